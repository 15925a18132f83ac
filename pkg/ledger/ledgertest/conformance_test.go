package ledgertest_test

import (
	"testing"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

func TestTheBackendKeepsTheLedgersContract(t *testing.T) {
	t.Parallel()
	ledgertest.TestEntries(t, func(*testing.T) ledgertest.Subject {
		b := ledgertest.NewBackend()
		return ledgertest.Subject{
			First: &ledgertest.Process{Backend: b}, Second: &ledgertest.Process{Backend: b},
			Opportunities: [3]crm.OpportunityID{1, 2, 3},
			DeleteEntry: func(id crm.EntryID) {
				for _, e := range b.Entries() {
					if e.ID == id {
						b.Delete(e.Key)
					}
				}
			},
			DeleteOpportunity: func(id crm.OpportunityID) { b.Deleted[id] = true },
		}
	})
}
