package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

func TestARecordThatIsLargerThanAnAnswerIsUnreadableAlone(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		t.Helper()
		first := d.opportunity(t, "Chairs", nil)
		giant := d.opportunity(t, strings.Repeat("x", 100_000), nil)
		last := d.opportunity(t, "Desks", nil)
		client, err := odoo.New(odoo.Options{
			URL: d.url, Database: d.name, User: d.bot, Password: func() string { return d.password }, Timeout: time.Minute, Now: time.Now,
			MaxAnswer: 64 << 10,
		})
		require.NoError(t, err)
		t.Cleanup(client.Close)
		g := gateway.New(client)
		_, err = g.Open(t.Context())
		require.NoError(t, err)

		scope := crm.Scope{Kind: crm.Archived, Windows: []crm.Window{{Until: time.Now().Add(time.Hour)}}}
		due, err := g.Due(t.Context(), scope, first-1, 10)
		require.NoError(t, err)
		byID, err := g.Opportunities(t.Context(), []crm.OpportunityID{first, giant, last})
		require.NoError(t, err)
		for _, list := range [][]crm.Opportunity{due, byID} {
			require.Equal(t, []crm.OpportunityID{first, giant, last}, crm.OpportunityIDs(list))
			require.NoError(t, list[0].Unreadable)
			require.ErrorContains(t, list[1].Unreadable, "crm.lead")
			require.ErrorContains(t, list[1].Unreadable, "is longer than 65536 bytes")
			require.NoError(t, list[2].Unreadable)
			assert.Equal(t, "Desks", list[2].Name)
		}
	})
}
