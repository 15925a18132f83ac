package gateway_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// A run leaves how far it looked, and the next one finds all the same: what is open, what
// is new, and what somebody else made.
func TestWhatWasLookedAtIsNotLookedAtAgain(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		old, dead, forged, fresh := d.opportunity(t, "old", nil), d.opportunity(t, "dead", nil), d.opportunity(t, "forged", nil), d.opportunity(t, "new", nil)
		made, err := g.Claim(t.Context(), claims("abc", old, dead))
		require.NoError(t, err)
		require.NoError(t, g.ConfirmNotes(t.Context(), []crm.EntryID{made[0].Entry.ID}))
		stranger(t, d, forged, crm.ArchivedKey(forged).MessageID("abc", "client.example"))
		assert.Zero(t, g.Looked())
		g.TakeSearchesForSlow()
		open, err := g.OpenClaims(t.Context(), crm.Archived, time.Time{})
		require.NoError(t, err)
		require.Len(t, g.Looked().Points, 1)
		require.Empty(t, g.Looked().Marks, "what is being written now is not seen yet")

		// Hours later another run looks.
		point := g.Looked().Points[0]
		point.At = point.At.Add(-3 * time.Hour)
		text, err := lastrun.Record{Looked: crm.Looked{Points: []crm.Point{point}}}.Text()
		require.NoError(t, err)
		require.NoError(t, g.SaveLastRun(t.Context(), "archive", text))
		next := d.gateway(t)
		shared(t, next)
		again, err := next.OpenClaims(t.Context(), crm.Archived, time.Time{})
		require.NoError(t, err)
		assert.Equal(t, open, again)
		mark := next.Looked().Marks[crm.Archived]
		assert.Equal(t, point.ID, mark.Up)
		assert.Len(t, mark.Open, 2)

		made, err = next.Claim(t.Context(), claims("xyz", fresh))
		require.NoError(t, err)
		stranger(t, d, old, "<mail@client.example>")
		third, err := next.OpenClaims(t.Context(), crm.Archived, next.Now().Add(-time.Hour))
		require.NoError(t, err)
		assert.Equal(t, append(open.Claims, made[0].Entry), third.Claims)
		assert.Equal(t, open.Forged, third.Forged)
		assert.Len(t, third.Mails, 1)

		require.NoError(t, next.ConfirmNotes(t.Context(), []crm.EntryID{open.Claims[0].ID}))
		fourth, err := next.OpenClaims(t.Context(), crm.Archived, time.Time{})
		require.NoError(t, err)
		assert.Equal(t, made[0].Entry, fourth.Claims[0])
		assert.Len(t, next.Looked().Marks[crm.Archived].Open, 1)
	})
}

// Sales managers can write the records of last runs, too.
func TestWhatSomebodyElseSaysWasLookedAtDoesNotCount(t *testing.T) {
	t.Parallel()
	newestOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		text, err := json.Marshal(lastrun.Record{Looked: crm.Looked{Points: []crm.Point{{ID: 1_000_000, At: g.Now().Add(-3 * time.Hour)}}}})
		require.NoError(t, err)
		require.NoError(t, g.SaveLastRun(t.Context(), "remind", string(text)))
		next := d.gateway(t)
		shared(t, next)
		assert.NotZero(t, next.Looked())
		written := d.find(t, "ir.attachment", []any{[]any{"name", "=", "crm-tool/last-run/remind"}}, "description")
		d.write(t, "ir.attachment", written[0]["id"].(int64), map[string]any{"description": string(text)})
		next = d.gateway(t)
		shared(t, next)
		assert.Zero(t, next.Looked())
	})
}

func shared(t *testing.T, g *gateway.Gateway) {
	t.Helper()
	_, err := g.Shared(t.Context())
	require.NoError(t, err)
}

// What has no stage is not won.
func TestWonOnesAreFoundApart(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		won := d.find(t, "crm.stage", []any{[]any{"is_won", "=", true}}, "name")[0]["id"].(int64)
		ids := []crm.OpportunityID{
			d.opportunity(t, "won", map[string]any{"stage_id": won, "probability": 100}), d.opportunity(t, "open", nil), d.opportunity(t, "nowhere", map[string]any{"stage_id": false}),
		}
		d.write(t, "crm.lead", int64(ids[2]), map[string]any{"stage_id": false})
		for filter, want := range map[crm.WonFilter][]crm.OpportunityID{crm.WonOrNot: ids, crm.NotWon: ids[1:], crm.OnlyWon: ids[:1]} {
			scope := crm.Scope{Kind: crm.Archived, Windows: []crm.Window{{Until: g.Now().Add(time.Hour)}}, Among: ids, Won: filter}
			found, err := g.Due(t.Context(), scope, 0, 10)
			require.NoError(t, err)
			assert.Equal(t, want, crm.OpportunityIDs(found))
			n, err := g.CountDue(t.Context(), scope)
			require.NoError(t, err)
			assert.Equal(t, len(want), n)
		}
	})
}
