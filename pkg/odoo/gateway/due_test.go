package gateway_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
)

// What a slow search learns of conversions changes nothing in what later ones find.
func TestWhatIsDueIsFoundWithWhatIsKnownOfConversions(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		week := g.Now().Add(-8 * 24 * time.Hour)
		converted := func(name string, at time.Time, more map[string]any) crm.OpportunityID {
			values := map[string]any{"date_conversion": at.Format(time.DateTime)}
			maps.Copy(values, more)
			return d.opportunity(t, name, values)
		}
		before := []crm.OpportunityID{
			converted("due", week, nil), converted("archived", week, map[string]any{"active": false}),
			converted("too old", week.AddDate(0, 0, -4), nil), converted("a lead again", week, map[string]any{"type": "lead"}),
		}
		scope := crm.Scope{Kind: crm.Reminder, Windows: []crm.Window{{Step: 7, From: week.AddDate(0, 0, -2), Until: week.AddDate(0, 0, 2)}}}
		find := func(want ...crm.OpportunityID) {
			t.Helper()
			page, err := g.Due(t.Context(), scope, 0, 10)
			require.NoError(t, err)
			assert.Equal(t, want, crm.OpportunityIDs(page))
			n, err := g.CountDue(t.Context(), scope)
			require.NoError(t, err)
			assert.Equal(t, len(want), n)
			addresses, err := g.DueMailboxes(t.Context(), scope, 0, 10)
			require.NoError(t, err)
			assert.Len(t, addresses, len(want))
		}
		find(before[0])
		g.TakeSearchesForSlow()
		find(before[0])
		require.Zero(t, g.Conversions(), "no next run would know it")
		g.Learn()
		find(before[0])
		known := g.Conversions()
		require.Contains(t, known.Among, before[0])
		require.Contains(t, known.Among, before[1])
		require.Contains(t, known.Among, before[3])
		require.NotContains(t, known.Among, before[2])

		text, err := lastrun.Record{Conversions: known}.Text()
		require.NoError(t, err)
		require.NoError(t, g.SaveLastRun(t.Context(), "remind", text))
		g = d.gateway(t)
		shared(t, g)
		require.Equal(t, known, g.Conversions())
		for _, id := range before[1:] {
			d.write(t, "crm.lead", int64(id), map[string]any{"active": true, "type": "opportunity"})
		}
		imported := converted("imported", week, nil)
		find(before[0], before[1], before[3], imported)
		g.TakeSearchesForSlow()
		g.Learn()
		find(before[0], before[1], before[3], imported)
		assert.Equal(t, known, g.Conversions(), "it is known, so Odoo is not asked again")

		// A window that was not asked for is searched in full, and asked for.
		scope.Windows[0].From = scope.Windows[0].From.AddDate(0, 0, -9)
		find(before[0], before[1], before[2], before[3], imported)
		assert.Contains(t, g.Conversions().Among, before[2])
	})
}

// Odoo is asked only if that is of use.
func TestConversionsAreAskedForWhereThatIsOfUse(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		g.TakeSearchesForSlow()
		g.Learn()
		now := g.Now()
		for _, w := range []crm.Window{
			{Until: now.AddDate(0, 0, -30)},                                      // Archiving.
			{Step: 0, From: now.AddDate(0, 0, -3), Until: now},                   // What is made and converted meanwhile.
			{Step: 7, From: now.AddDate(0, 0, -8), Until: now.AddDate(0, 0, -8)}, // One that nobody can wait for.
		} {
			_, err := g.Due(t.Context(), crm.Scope{Kind: crm.Reminder, Windows: []crm.Window{w}}, 0, 10)
			require.NoError(t, err)
			assert.Zero(t, g.Conversions(), w)
		}
	})
}

// Without their entries, which a slow search learns, later ones find the same.
func TestWhatIsOldIsFoundWithWhatIsKnownOfReactivatedOpportunities(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		entry := func(on crm.OpportunityID) int64 {
			return d.create(t, "mail.message", map[string]any{
				"model": "crm.lead", "res_id": int64(on), "message_type": "comment", "body": "Archived",
				"message_id": crm.ArchivedKey(on).MessageID("0123456789abcdef", "example.com"),
			})
		}
		restored, deleted, open := d.opportunity(t, "restored", nil), d.opportunity(t, "deleted", nil), d.opportunity(t, "open", nil)
		archived := d.opportunity(t, "archived", map[string]any{"active": false})
		gone := entry(deleted)
		for _, on := range []crm.OpportunityID{restored, open, archived} {
			entry(on)
		}
		scope := crm.Scope{
			Kind: crm.Archived, Windows: []crm.Window{{Until: g.Now().Add(time.Hour)}}, Won: crm.NotWon, Also: []crm.OpportunityID{open},
		}
		find := func(want ...crm.OpportunityID) {
			t.Helper()
			page, err := g.Due(t.Context(), scope, 0, 1000)
			require.NoError(t, err)
			mine := slices.DeleteFunc(crm.OpportunityIDs(page), func(id crm.OpportunityID) bool { return id < restored })
			assert.Equal(t, want, mine)
		}
		find(open)
		require.Zero(t, g.Reactivated(), "no next run would know it")
		g.TakeSearchesForSlow()
		g.Learn()
		find(open)
		known := g.Reactivated()
		require.Subset(t, known.IDs, []crm.OpportunityID{restored, deleted})
		require.NotContains(t, known.IDs, open, "its entry may be an open claim")
		require.NotContains(t, known.IDs, archived)

		text, err := lastrun.Record{Reactivated: known}.Text()
		require.NoError(t, err)
		require.NoError(t, g.SaveLastRun(t.Context(), "archive", text))
		g = d.gateway(t)
		shared(t, g)
		require.Equal(t, known, g.Reactivated())
		d.write(t, "crm.lead", int64(archived), map[string]any{"active": true})
		d.call(t, "mail.message", "unlink", []any{gone})
		due := d.opportunity(t, "due", nil)
		find(open, due)
		scope.Also = append(scope.Also, restored)
		find(restored, open, due)
		g = d.gateway(t)
		find(restored, deleted, open, due)
	})
}

// How the first page is read changes neither which opportunities are on it nor their order.
func TestPagesAreByTheIDs(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		var ids []crm.OpportunityID
		for _, priority := range []string{"1", "2", "0"} {
			ids = append(ids, d.opportunity(t, "priority "+priority, map[string]any{"priority": priority}))
		}
		// A real database has others.
		scope := crm.Scope{Kind: crm.Archived, Windows: []crm.Window{{Until: g.Now().Add(time.Hour)}}}
		all, err := g.Due(t.Context(), scope, 0, 1000)
		require.NoError(t, err)
		list := crm.OpportunityIDs(all)
		assert.Subset(t, list, ids)
		for i, o := range all {
			assert.Equal(t, list[i], o.ID)
		}
		for n := 1; n <= len(list); n++ {
			page, err := g.Due(t.Context(), scope, 0, n)
			require.NoError(t, err)
			require.Len(t, page, n)
			assert.Equal(t, list[n-1], page[n-1].ID)
		}
		page, err := g.Due(t.Context(), scope, ids[0], 2)
		require.NoError(t, err)
		assert.Equal(t, ids[1:], crm.OpportunityIDs(page))
	})
}

func TestZZ(t *testing.T) {
	newestOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		shared(t, g)
		var ids crm.SortedIDs
		for i := range 4218 {
			ids = append(ids, crm.OpportunityID(200*(i+1)))
		}
		text, err := lastrun.Record{Runs: []lastrun.Run{{Host: "x", Run: "y"}}, ManyWon: true, Reactivated: crm.Reactivated{At: g.Now().Truncate(time.Second), IDs: ids}}.Text()
		require.NoError(t, err)
		t.Log(len(text))
		require.NoError(t, g.SaveLastRun(t.Context(), "archive", text))
		g = d.gateway(t)
		shared(t, g)
		require.Len(t, g.Reactivated().IDs, 4218)
	})
}

func TestARecordWithManyReactivatedOpportunitiesIsRead(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		random, ids := rand.New(rand.NewPCG(1, 2)), []crm.OpportunityID{1}
		for range crm.ReactivatedMost {
			ids = append(ids, ids[len(ids)-1]+1+crm.OpportunityID(random.IntN(500)))
		}
		known, err := crm.NewReactivated(g.Now(), ids)
		require.NoError(t, err)
		text, err := lastrun.Record{Reactivated: known}.Text()
		require.NoError(t, err)
		require.NoError(t, g.SaveLastRun(t.Context(), "archive", text))
		g = d.gateway(t)
		shared(t, g)
		require.Equal(t, known, g.Reactivated())
	})
}
