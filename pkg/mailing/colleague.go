package mailing

import (
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
	return l.finish(r, mail.Message{
		From: l.From, ReplyTo: firstAddress(l.ReplyTo, r.Company.Catchall), To: []address.Address{to},
		Subject: text.Subject, Text: text.Text, HTML: text.HTML, MessageID: messageID, Date: at.In(l.Zone), Language: headerLanguage(text),
	}, key, "")
}
