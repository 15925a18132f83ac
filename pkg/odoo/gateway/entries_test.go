package gateway_test

import (
	"fmt"
	"testing"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

func TestTheGatewayKeepsTheLedgersContract(t *testing.T) {
	t.Parallel()
	everyOdoo(t, func(t *testing.T, d database) {
		t.Helper()
		ledgertest.TestEntries(t, func(t *testing.T) ledgertest.Subject {
			t.Helper()
			s := ledgertest.Subject{
				First: d.gateway(t), Second: d.gateway(t),
				DeleteEntry:       func(id crm.EntryID) { d.call(t, "mail.message", "unlink", []any{int64(id)}) },
				DeleteOpportunity: func(id crm.OpportunityID) { d.call(t, "crm.lead", "unlink", []any{int64(id)}) },
				Settle:            func() { d.find(t, "crm.lead", []any{}, "name") },
			}
			for i := range s.Opportunities {
				values := map[string]any{"name": fmt.Sprintf("Opportunity %d", i), "type": "opportunity"}
				s.Opportunities[i] = crm.OpportunityID(d.create(t, "crm.lead", values))
			}
			return s
		})
	})
}
