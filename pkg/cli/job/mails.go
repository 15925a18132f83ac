package job

import (
	"cmp"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// Composer makes the job's mails.
func (j *Job) Composer() *mailing.Composer {
	c := j.Config.Mail
	composer := &mailing.Composer{
		Templates: j.Templates, Notes: j.Notes, From: c.From, ReplyTo: c.ReplyTo, EnvelopeFrom: c.EnvelopeFrom, Language: c.Language, Zone: j.Zone,
		NameSalesperson: c.FromName == config.SalespersonSigns, Names: crm.NameRule(c.SubjectNames), Rules: j.Rules, Sets: j.sets, OdooSends: j.throughOdoo(),
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

// openSender makes what mails are handed to, if the command makes any. It does not
// connect yet.
func (j *Job) openSender() error {
	if !j.spec.Mails {
		return nil
	}
	if j.throughOdoo() {
		j.Sender = j.Gateway.Mailer(j.Log)
		return nil
	}
	server, err := j.Host.MailServer(j.Config.SMTP, j.Config.StateDir)
	if err != nil {
		return err
	}
	j.Sender = server
	j.closers = append(j.closers, server.Close)
	return nil
}

// throughOdoo tells whether Odoo sends the mails.
func (j *Job) throughOdoo() bool { return j.Config.Mail.Transport == config.OdooTransport }

// oneByOne tells whether the run's calls to Odoo follow each other. By JSON-2 each reading
// would wait until it shows what was confirmed meanwhile.
func (j *Job) oneByOne() bool {
	return j.Host.pace(j.Config.Odoo).Rate() > 0 || j.throughOdoo() || j.Login.API == odoo.JSON2
}

// connections is how many mails are sent at the same time: through Odoo one, as its
// calls for one run never overlap.
func (j *Job) connections() int {
	if j.throughOdoo() {
		return 1
	}
	return j.Config.SMTP.Connections
}

// Courier delivers the job's mails. That of a dry run does nothing.
func (j *Job) Courier() *ledger.Courier {
	courier := &ledger.Courier{
		Entries: j.Gateway, Sender: j.Sender, Notes: j.Notes, Token: j.token, Domain: j.Config.Mail.From.Domain(),
		Connections: j.connections(), Clock: j.Host.Clock, Journal: j.journal,
	}
	if rate := j.Base.Rate; rate > 0 {
		courier.Rate = state.NewRate(j.Config.StateDir, rate, j.Host.Clock)
	}
	if j.dry {
		courier.Entries, courier.Sender = &ledger.DryEntries{Clock: j.Gateway.Now}, ledger.DrySender{}
	}
	return courier
}
