package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// relay is a refusal that says nothing about the client.
var relay = &ledgertest.DeliveryError{Text: "554 5.7.1 relaying denied", Kind: ledger.FailureMail}

// unknown is what a host without a journal knows.
func unknown(crm.Entry) ledger.LocalStatus { return ledger.LocalUnknown }

// reminder is the entry of a client's mail.
func reminder(w *ledgertest.Backend, id crm.OpportunityID) (ledgertest.StoredEntry, bool) {
	return w.Entry(ledgertest.Reminder(id))
}

// reply is what the mail server does with a mail.
type reply = ledgertest.Reply

func client(id crm.OpportunityID) string { return ledgertest.Client(id) }

func words[T any](list []T) string { return strings.Trim(fmt.Sprint(list), "[]") }

// outcomes returns the results' outcomes.
func outcomes(results []ledger.Result) []ledger.Outcome {
	list := make([]ledger.Outcome, len(results))
	for i, r := range results {
		list[i] = r.Outcome
	}
	return list
}
