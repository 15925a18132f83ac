package ledgertest

import (
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// Client returns the address of an opportunity's client.
func Client(id crm.OpportunityID) string { return fmt.Sprintf("client%d@client.example", id) }

// Reminder returns the key of the reminder that [Mails] sends to the client.
func Reminder(id crm.OpportunityID) crm.Key {
	return crm.ReminderKey(id, 7)
}

// Mails returns one reminder for each of the opportunities from first to last.
func Mails(token string, first, last crm.OpportunityID) []ledger.Mail {
	var list []ledger.Mail
	for id := first; id <= last; id++ {
		list = append(list, ledger.Mail{
			Claim: ledger.Claim{
				Key: Reminder(id), MessageID: Reminder(id).MessageID(token, Domain), Subject: "Chairs", Body: "<p>Chairs</p>",
			},
			Envelope: mail.Envelope{From: "sales@example.com", To: Client(id)}, Raw: []byte("Subject: Chairs\r\n\r\n"),
		})
	}
	return list
}

// Courier returns a Courier for the process, over one connection.
func Courier(p *Process, token string) *ledger.Courier {
	return &ledger.Courier{
		Entries: p, Sender: p, Notes: Notes{}, Token: token, Domain: Domain, Connections: 1, Clock: p.Now,
	}
}

// Notes words notes in English, in short.
type Notes struct{}

var _ ledger.Notes = Notes{}

// Uncertain implements [ledger.Notes].
func (Notes) Uncertain(m ledger.Mail) string { return "uncertain " + m.Envelope.To }

// Refused implements [ledger.Notes].
func (Notes) Refused(m ledger.Mail, serverWords string) string {
	return "refused " + m.Envelope.To + ": " + serverWords
}

// DeliveryError is a mail server's error.
type DeliveryError struct {
	Text string
	Kind ledger.Failure
}

var _ ledger.DeliveryError = (*DeliveryError)(nil)

func (e *DeliveryError) Error() string { return e.Text }

// Failure implements [ledger.DeliveryError].
func (e *DeliveryError) Failure() ledger.Failure { return e.Kind }

// Words implements [ledger.DeliveryError].
func (e *DeliveryError) Words() string { return e.Text }

// Errors for a [Reply], one for each [ledger.Failure].
var (
	ErrCutOff      = &DeliveryError{"the connection broke", ledger.FailureUnknown}
	ErrNoClient    = &DeliveryError{"550 5.1.1 no such <user>", ledger.FailureClient}
	ErrGreylisted  = &DeliveryError{"450 4.2.0 greylisted", ledger.FailureClientForNow}
	ErrSpam        = &DeliveryError{"554 5.7.1 this looks like spam", ledger.FailureMail}
	ErrUnreachable = &DeliveryError{"connection refused", ledger.FailureServer}
	ErrNoReason    = &DeliveryError{"550 no", ledger.FailureClientPerhaps}
	ErrRelay       = &DeliveryError{"550 relay not permitted", ledger.FailureSender}
)
