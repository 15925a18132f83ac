package gateway_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

func TestARecordOfSomebodyElseUnderOurExternalIDIsNoClaim(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		on, free := d.opportunity(t, "taken", nil), d.opportunity(t, "free", nil)
		key := crm.ReminderKey(on, 7)
		answer, err := d.execute("sam", "mail.message", "load", []any{
			[]any{"id", "model", "res_id", "message_id", "message_type"},
			[]any{[]any{key.ExternalID(), "crm.lead", fmt.Sprint(on), key.MessageID("00ff", "example.com"), "comment"}},
		}, map[string]any{"context": map[string]any{"mode": "update", "noupdate": true}})
		require.NoError(t, err)
		taken := answer.(map[string]any)["ids"].([]any)[0].(int64)

		g := d.gateway(t)
		claimed, err := g.Claim(t.Context(), []ledger.Claim{
			{Key: key, MessageID: key.MessageID("aa", "example.com"), Body: "<p>Hello</p>"},
			{Key: crm.ReminderKey(free, 7), MessageID: crm.ReminderKey(free, 7).MessageID("aa", "example.com"), Body: "<p>Hello</p>"},
		})
		require.NoError(t, err)
		var stranger *gateway.TakenError
		require.ErrorAs(t, claimed[0].Err, &stranger)
		assert.Equal(t, taken, stranger.Record)
		assert.Contains(t, stranger.Hint(), key.ExternalID())
		require.NoError(t, claimed[1].Err)
		entries, _, err := g.History(t.Context(), []crm.OpportunityID{on, free})
		require.NoError(t, err)
		assert.Empty(t, entries[on])
		assert.Len(t, entries[free], 1)
	})
}
