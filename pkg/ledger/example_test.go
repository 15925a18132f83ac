package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// A run is killed when the mail server has both its mails. The next run finds two
// claims that nobody confirmed. It cannot know how far the first run came, so it
// takes them for uncertain instead of mailing the clients again.
func ExampleClassify() {
	odoo := ledgertest.NewBackend()
	// Two steps claim the mails, and two are needed for each mail.
	killed := &ledgertest.Process{Backend: odoo, DieAfter: 2 + 2*2}
	_, err := ledgertest.Courier(killed, "a").Deliver(context.Background(), ledgertest.Mails("a", 1, 2), ledgertest.Noon.Add(time.Minute))
	fmt.Println(errors.Is(err, ledgertest.ErrKilled))

	verdicts := odoo.Classify(unknown)
	fmt.Println(len(verdicts.Alive), "alive,", len(verdicts.Uncertain), "uncertain")
	odoo.Pass(ledger.ClaimTTL)
	verdicts = odoo.Classify(unknown)
	fmt.Println(len(verdicts.Alive), "alive,", len(verdicts.Uncertain), "uncertain")
	// Output:
	// true
	// 2 alive, 0 uncertain
	// 0 alive, 2 uncertain
}

// The mail server refuses one of three clients. Their claim is released, and a
// note quotes the server.
func ExampleCourier_Deliver() {
	odoo := ledgertest.NewBackend()
	odoo.Reply(2, ledgertest.Reply{Err: ledgertest.ErrNoClient})
	courier := ledgertest.Courier(&ledgertest.Process{Backend: odoo}, "a")
	results, err := courier.Deliver(context.Background(), ledgertest.Mails("a", 1, 3), ledgertest.Noon.Add(time.Minute))
	for _, r := range results {
		fmt.Println(r.Outcome == ledger.Sent, r.Err)
	}
	fmt.Println(err)
	for _, e := range odoo.Stored() {
		fmt.Println(e.MessageID, e.Confirmed)
	}
	// Output:
	// true <nil>
	// false 550 5.1.1 no such <user>
	// true <nil>
	// <nil>
	// <crm-tool.remind.1.7.a@example.com> true
	// <crm-tool.remind.3.7.a@example.com> true
	// <crm-tool.refused.2.7.fc78426ef8296477@example.com> false
}
