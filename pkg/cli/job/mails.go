package job

import (
	"cmp"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// Composer makes the job's mails.
func (j *Job) Composer() *mailing.Composer {
	c := j.Config.Mail
	composer := &mailing.Composer{
		Templates: j.Templates, Notes: j.Notes, From: c.From, ReplyTo: c.ReplyTo, EnvelopeFrom: c.EnvelopeFrom, Language: c.Language, Zone: j.Zone,
		NameSalesperson: c.FromName == config.SalespersonSigns, Names: crm.NameRule(c.SubjectNames), Rules: j.Rules, Sets: j.sets,
	}
	if c.UnsubscribeURL != "" {
		composer.UnsubscribeURL = func(mailbox string) string {
			return notation.LinkFor(c.UnsubscribeURL, cmp.Or(j.Tester.Mailbox, mailbox))
		}
	}
	if j.gallery != nil {
		composer.Keep = j.gallery.Add
	}
	if !j.spec.ReadOnly {
		composer.Log = j.Log
	}
	return composer
}

// Courier delivers the job's mails. That of a dry run does nothing.
func (j *Job) Courier() *ledger.Courier {
	courier := &ledger.Courier{
		Entries: j.Gateway, Sender: j.Server, Notes: j.Notes, Token: j.token, Domain: j.Config.Mail.From.Domain(),
		Connections: j.Config.SMTP.Connections, Clock: j.Host.Clock, Journal: j.journal,
	}
	if j.dry {
		courier.Entries, courier.Sender = &ledger.DryEntries{Clock: j.Gateway.Now}, ledger.DrySender{}
	}
	return courier
}
