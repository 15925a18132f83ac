package gateway_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// claimed makes claims of reminders, and returns their entries.
func claimed(t *testing.T, g *gateway.Gateway, on ...crm.OpportunityID) []crm.EntryID {
	t.Helper()
	list := make([]ledger.Claim, len(on))
	for i, o := range on {
		key := crm.ReminderKey(o, 7)
		list[i] = ledger.Claim{Key: key, MessageID: key.MessageID("aa", "example.com"), Body: "<p>Hello</p>"}
	}
	made, err := g.Claim(t.Context(), list)
	require.NoError(t, err)
	ids := make([]crm.EntryID, len(made))
	for i, m := range made {
		require.NoError(t, m.Err)
		ids[i] = m.Entry.ID
	}
	return ids
}

func TestADeletedEntryKeepsNoOtherFromBeingSettled(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		for name, gone := range map[string]int{"the first": 0, "the middle one": 1, "the last": 2} {
			for action, settle := range map[string]func(*gateway.Gateway, context.Context, []crm.EntryID) error{
				"confirmed": (*gateway.Gateway).Confirm, "confirmed as a note": (*gateway.Gateway).ConfirmNotes, "released": (*gateway.Gateway).Release,
			} {
				g := d.gateway(t)
				ids := claimed(t, g, d.opportunity(t, "A", nil), d.opportunity(t, "B", nil), d.opportunity(t, "C", nil))
				d.call(t, "mail.message", "unlink", []any{int64(ids[gone])})
				require.NoError(t, settle(g, t.Context(), ids), "%s is gone, the others are %s", name, action)

				open, err := g.Unconfirmed(t.Context(), ids)
				require.NoError(t, err)
				left := d.find(t, "mail.message", []any{[]any{"id", "in", []any{int64(ids[0]), int64(ids[1]), int64(ids[2])}}}, "message_type")
				if action == "released" {
					assert.Empty(t, left, name)
					continue
				}
				assert.Equal(t, []crm.EntryID{ids[gone]}, open, name)
				assert.Len(t, left, 2, name)
			}
		}
	})
}

func TestARefusalAboutEntriesThatAllExistIsReal(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		ids := claimed(t, d.gateway(t), d.opportunity(t, "A", nil), d.opportunity(t, "B", nil))
		client := d.client(t)
		_, err := client.Login(t.Context())
		require.NoError(t, err)
		refusals := 0
		denied := &odoo.Error{Kind: odoo.AccessDenied}
		err = recordset.ChangeExisting(t.Context(), client, "mail.message", ids, func([]crm.EntryID) error {
			refusals++
			return denied
		})
		require.ErrorIs(t, err, denied)
		assert.Equal(t, 1, refusals)
	})
}

func TestAnActivityOfNobodyOrOfARoleComesBackAsItWas(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		if d.version < 19 {
			t.Skip("each activity is somebody's")
		}
		g := d.gateway(t)
		on := d.opportunity(t, "busy", nil)
		d.activity(t, on, "Nobody's", map[string]any{"user_id": false})
		ofRole := map[string]any{"user_id": false}
		var role int64
		if d.version >= 20 {
			role = d.create(t, "res.role", map[string]any{"name": "Planner"})
			ofRole["role_id"] = role
		}
		d.activity(t, on, "A role's", ofRole)
		before, err := g.Activities(t.Context(), []crm.OpportunityID{on})
		require.NoError(t, err)
		require.Len(t, before[on], 2)
		assert.Zero(t, before[on][0].User)
		assert.Zero(t, before[on][0].Role)
		assert.Equal(t, role, before[on][1].Role)
		for _, a := range before[on] {
			d.call(t, "mail.activity", "unlink", []any{int64(a.ID)})
		}

		errs, err := g.PlanActivities(t.Context(), again(before[on]...))
		require.NoError(t, err)
		assert.Equal(t, []error{nil, nil}, errs)
		after, err := g.Activities(t.Context(), []crm.OpportunityID{on})
		require.NoError(t, err)
		assert.Equal(t, withoutIDs(before[on]), withoutIDs(after[on]))
	})
}

func TestTheKeyIsWhereThisOdooKeepsIt(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		g := d.gateway(t)
		id, err := g.EnsureKey(t.Context(), 0)
		require.NoError(t, err)
		same, err := g.EnsureKey(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, id, same, "it is found again")
		kept := d.find(t, "ir.attachment", []any{[]any{"id", "=", id}}, "description", "datas")[0]
		told, hidden := kept["description"] != false, kept["datas"] != false
		assert.Equal(t, d.version < 20, hidden)
		assert.Equal(t, d.version >= 20, told, "in Odoo 16 everybody can search for a description")
	})
}
