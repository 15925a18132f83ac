package scenario_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each way to write an address that was recorded, on one Odoo, where whatever Odoo
// reads in a field is on its blacklist.
func TestNobodyOnTheBlacklistIsMailedHoweverTheyAreSpelled(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../odoo/gateway/testdata/spellings.ndjson")
	require.NoError(t, err)
	defer file.Close()
	s := newSite(t)
	seller, blocked := s.user(sam), map[string]bool{}
	var rows []map[string]any
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var recorded struct{ Field, Normalized string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &recorded))
		rows = append(rows, map[string]any{"type": "opportunity", "name": "Chairs", "email_from": recorded.Field, "user_id": seller})
		if name := recorded.Normalized; name != "" && !blocked[name] && s.Blacklist(name) == nil {
			blocked[name] = true // Odoo refuses what is no address.
		}
	}
	require.Greater(t, len(rows), 1000)
	require.Greater(t, len(blocked), 100)
	var ids []int64
	for part := range slices.Chunk(rows, 200) {
		ids = append(ids, s.create(leadModel, part...)...)
	}
	require.NoError(t, s.SetCreated(leadModel, ids, time.Now().Add(-7*24*time.Hour)))

	planned, _ := s.run(t, "remind", "--dry-run", "--yes")
	report, _ := s.run(t, "remind", "--yes")
	require.Len(t, planned.Items, len(ids))
	require.Len(t, report.Items, len(ids))
	for _, i := range append(planned.Items, report.Items...) {
		for _, to := range i.To {
			require.False(t, blocked[strings.ToLower(to)] && i.Outcome != "skipped", "%+v", i)
		}
	}
	for _, m := range s.mailbox.Messages() {
		for _, to := range m.Recipients {
			require.NotContains(t, slices.Collect(maps.Keys(blocked)), strings.ToLower(to))
		}
	}
	outcomes := report.outcomes()
	require.Greater(t, outcomes["skipped blacklisted"], 300, "%v", outcomes)
	require.Greater(t, outcomes["skipped bad-email"], 300, "%v", outcomes)
}
