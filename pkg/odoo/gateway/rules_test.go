package gateway_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// A search finds what a window has, whatever choice it makes.
func TestAWindowFindsTheOpportunitiesOfItsChoice(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		first, second := d.create(t, "crm.team", map[string]any{"name": "Export"}), d.create(t, "crm.team", map[string]any{"name": "Import"})
		stage := d.create(t, "crm.stage", map[string]any{"name": "Negotiation"})
		vip, fresh := d.create(t, "crm.tag", map[string]any{"name": "VIP"}), d.create(t, "crm.tag", map[string]any{"name": "Fresh"})
		ids := d.leadsOf(t, []any{false, first, second}, stage, vip, fresh)
		all, err := g.Opportunities(t.Context(), ids)
		require.NoError(t, err)
		require.Len(t, all, 24)

		r := rand.New(rand.NewPCG(7, 8))
		kinds := map[int]bool{}
		for range 40 {
			choice := anyChoice(r, first, second, stage, vip, fresh)
			window := crm.Window{Until: g.Now().Add(time.Hour), Of: choice}
			found, err := g.Due(t.Context(), crm.Scope{Kind: crm.Reminder, Windows: []crm.Window{window}, Among: ids}, 0, 100)
			require.NoError(t, err)
			var want []crm.OpportunityID
			for _, o := range all {
				if window.Has(o) {
					want = append(want, o.ID)
				}
			}
			assert.ElementsMatch(t, want, crm.OpportunityIDs(found), "%+v", choice)
			kinds[len(want)] = true
		}
		assert.Greater(t, len(kinds), 5, "the choices differ")
	})
}

// leadsOf makes 24 opportunities that differ in team, stage, tags and company.
func (d database) leadsOf(t *testing.T, teams []any, stage, vip, fresh int64) (ids []crm.OpportunityID) {
	t.Helper()
	for i := range 24 {
		values := map[string]any{"name": "Desks", "type": "opportunity", "team_id": teams[i%3]}
		if i%2 == 0 {
			values["stage_id"] = stage
		}
		switch i / 6 {
		case 1:
			values["tag_ids"] = []any{[]any{6, 0, []any{vip}}}
		case 2:
			values["tag_ids"] = []any{[]any{6, 0, []any{vip, fresh}}}
		}
		id := d.create(t, "crm.lead", values)
		if i%4 == 0 {
			_, err := d.execute("admin", "crm.lead", "write", []any{[]any{id}, map[string]any{"company_id": false, "team_id": values["team_id"]}}, map[string]any{})
			require.NoError(t, err)
		}
		ids = append(ids, crm.OpportunityID(id))
	}
	return ids
}

// anyChoice returns a choice by up to three conditions.
func anyChoice(r *rand.Rand, first, second, stage, vip, fresh int64) (choice crm.Choice) {
	for range r.IntN(4) {
		choice = append(choice, crm.Branch{If: crm.Condition{
			Teams: some[crm.TeamID](r, first, second), Stages: some[crm.StageID](r, stage),
			Tags: some[crm.TagID](r, vip, fresh), Companies: some[crm.CompanyID](r, 0, 1),
		}, Meant: r.IntN(2) == 0})
	}
	return choice
}

// some returns each id in one of three cases.
func some[T ~int64](r *rand.Rand, from ...int64) (list []T) {
	for _, id := range from {
		if r.IntN(3) == 0 {
			list = append(list, T(id))
		}
	}
	return list
}
