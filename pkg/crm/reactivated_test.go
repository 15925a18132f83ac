package crm_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestWhatIsReactivatedIsTrustedForAWhile(t *testing.T) {
	t.Parallel()
	known := crm.Reactivated{At: noon, IDs: crm.SortedIDs{3, 8}}
	for name, c := range map[string]struct {
		known crm.Reactivated
		after time.Duration
		want  bool
	}{
		"at once":                {known, 0, true},
		"three days later":       {known, 3 * day, true},
		"not later than that":    {known, 3*day + 1, false},
		"asked in the future":    {known, -1, false},
		"nothing":                {crm.Reactivated{}, 0, false},
		"asked, and none is one": {crm.Reactivated{At: noon}, 0, true},
	} {
		ids, ok := c.known.Among(noon.Add(c.after))
		assert.Equal(t, c.want, ok, name)
		if !ok {
			assert.Empty(t, ids, name)
		}
	}
	later := crm.Reactivated{At: noon.Add(time.Hour)}
	assert.Equal(t, later, known.Join(later, noon.Add(time.Hour)))
	assert.Equal(t, later, later.Join(known, noon.Add(time.Hour)))
	assert.Equal(t, known, known.Join(later, noon), "asked in the future")
}

func TestIDsAreKeptByHowFarTheyAreApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ids  crm.SortedIDs
		text string
	}{
		{crm.SortedIDs{1, 2, 40, 1_000_040}, `"1 1 12 lfls"`},
		{nil, `""`},
	} {
		text, err := json.Marshal(c.ids)
		require.NoError(t, err)
		assert.Equal(t, c.text, string(text))
		var read crm.SortedIDs
		require.NoError(t, json.Unmarshal(text, &read))
		assert.Equal(t, c.ids, read)
	}
	for _, damaged := range []string{"0", "-1", "1 _", "zzzzzzzzzz", strings.Repeat("1 ", crm.ReactivatedMost+1)} {
		var read crm.SortedIDs
		require.Error(t, read.UnmarshalText([]byte(damaged)), damaged)
	}
}
