package mailing

import (
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// ComposeInternal makes a mail to the salesperson of an opportunity, who answers to
// Odoo. The caller adds what its claims say in the chatter.
func (l *Composer) ComposeInternal(r crm.Record, text render.Mail, to address.Address, key crm.Key, messageID string, at time.Time) (ledger.Mail, error) {
	replyTo := firstAddress(l.ReplyTo, r.Company.Catchall)
	msg := mail.Message{
		From: l.From, ReplyTo: replyTo, To: []address.Address{to}, Subject: text.Subject, Text: text.Text, HTML: text.HTML,
		MessageID: messageID, Date: at.In(l.Zone), Language: strings.ReplaceAll(text.Language, "_", "-"),
	}
	raw, err := mail.Compose(msg)
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("compose the mail: %w", err)
	}
	if l.Keep != nil {
		l.Keep(Draft{Opportunity: r.Opportunity, Kind: key.Kind, Step: key.Step, Message: msg, Raw: raw})
	}
	envelope := mail.Envelope{From: l.From.Mailbox, To: to.Mailbox}
	bounce := firstAddress(l.EnvelopeFrom, r.Company.Bounce)
	if !bounce.IsZero() {
		envelope.From = bounce.Mailbox
	}
	l.warn(r.Opportunity.ID, replyTo, bounce)
	return ledger.Mail{
		Claim:    ledger.Claim{Key: key, MessageID: messageID, From: l.From.String(), ReplyTo: replyTo.String()},
		Language: r.Salesperson.Language, Envelope: envelope, Raw: raw,
	}, nil
}
