package mailing

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// Preview is a mail as its client would get it, made as a run makes it, and
// what keeps a run from sending it.
type Preview struct {
	Draft

	// Against is all that speaks against sending it now; for the reminder of a
	// questionnaire that is left open.
	Against []crm.Reason
	// Due is the day on which a reminder falls due.
	Due calendar.Date
	// Unfinished is set when there is no finished activity to ask about: the
	// mail is as if one had been finished now.
	Unfinished bool
}

// Nobody stands for the address that a client does not have.
func Nobody() address.Address {
	return address.Address{Name: "no e-mail address", Mailbox: "nobody@client.invalid"}
}

// Preview returns the mail that compose makes.
func (l *Composer) Preview(compose func(*Composer) error) (Draft, error) {
	var kept Draft
	looked := *l
	looked.Keep = func(d Draft) { kept = d }
	err := compose(&looked)
	return kept, err
}

// Test makes a test mail of a preview, for its reader alone. Its subject says that
// it is a test. Neither Odoo nor crm-tool knows its Message-ID, and answers and
// delivery reports do not reach Odoo.
func (p Preview) Test(to, envelopeFrom address.Address, token string, now time.Time) (ledger.Mail, error) {
	msg := p.Message
	msg.To, msg.CC, msg.ReplyTo = []address.Address{to}, nil, to
	msg.Unsubscribe, msg.UnsubscribeURL = address.Address{}, ""
	msg.Subject = "[Test] " + msg.Subject
	msg.MessageID = fmt.Sprintf("<test.%s@%s>", token, msg.From.Domain())
	msg.Date = now
	raw, err := mail.Compose(msg)
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("compose the test: %w", err)
	}
	from := firstAddress(envelopeFrom, msg.From.Mailbox) // not the one that Odoo fetches
	return ledger.Mail{
		Claim:    ledger.Claim{Key: crm.Key{Opportunity: p.Opportunity.ID}, MessageID: msg.MessageID},
		Envelope: mail.Envelope{From: from.Mailbox, To: to.Mailbox}, Raw: raw,
	}, nil
}
