package crm_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
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

func TestOfReactivatedOpportunitiesAsManyAreKeptAsFit(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ count, step, least int }{{0, 1, 0}, {1, 1, 1}, {4218, 200, 4218}, {6000, 1, 5000}, {5000, 400, 2500}, {5000, 1_000_000, 1200}} {
		var ids []crm.OpportunityID
		last := crm.OpportunityID(0)
		for range c.count {
			if last++; c.count == 5000 {
				last += crm.OpportunityID(random.IntN(c.step))
			} else {
				last += crm.OpportunityID(c.step - 1)
			}
			ids = append(ids, last)
		}
		known, err := crm.NewReactivated(noon.Add(time.Millisecond), ids)
		require.NoError(t, err)
		assert.Equal(t, noon, known.At)
		assert.GreaterOrEqual(t, len(known.IDs), c.least)
		assert.LessOrEqual(t, len(known.IDs), crm.ReactivatedMost)
		assert.True(t, slices.Equal(ids[:len(known.IDs)], known.IDs))
		text, err := json.Marshal(known)
		require.NoError(t, err)
		assert.Less(t, len(text), 5100, "the shared state reads 10,000 characters of a record")
		var read crm.Reactivated
		require.NoError(t, json.Unmarshal(text, &read))
		assert.Equal(t, known.At, read.At)
		assert.True(t, slices.Equal(known.IDs, read.IDs))
	}
}

func TestDamagedIDsAreNone(t *testing.T) {
	t.Parallel()
	many := make(crm.SortedIDs, crm.ReactivatedMost+1)
	for i := range many {
		many[i] = crm.OpportunityID(i + 1)
	}
	for name, ids := range map[string]crm.SortedIDs{"too many": many, "not ascending": {5, 5}, "far apart": {1 << 40}} {
		text, err := ids.MarshalText()
		require.NoError(t, err)
		var read crm.SortedIDs
		require.Error(t, read.UnmarshalText(text), name)
	}
	for _, text := range []string{"-", "AAAA", "S0"} {
		var read crm.SortedIDs
		require.Error(t, read.UnmarshalText([]byte(text)), text)
	}
}
