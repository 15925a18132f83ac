package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// withServer does something with the mail server, logged in if login is set.
func (s *Subject) withServer(login bool, do func(*smtp.Sender) error) error {
	c := s.Config.SMTP
	c.Connections = 1
	if !login {
		c.User, c.Password, c.Auth = "", config.Secret{}, config.PasswordAuth
	}
	if s.Hasty {
		c.Timeout = hastyTimeout
	}
	server, err := s.Host.MailServer(c, s.Config.StateDir)
	if err != nil {
		return err
	}
	defer server.Close()
	return do(server)
}

// odooSends is why nothing is tried that Odoo decides when it sends the mails. Our user may
// not look at its mail servers.
const odooSends = skip("Odoo sends the mails, and decides about this")

func (s *Subject) throughOdoo() bool { return s.Config.Mail.Transport == config.OdooTransport }

// transport tells whether our user may send through Odoo, if it is to.
func (s *Subject) transport(ctx context.Context) (string, error) {
	if !s.throughOdoo() {
		return "", skip("the mails leave through smtp.host")
	}
	if s.session == nil {
		return "", skip("it needs a login to Odoo")
	}
	may, err := s.session.Gateway.MayMail(ctx)
	if err != nil {
		return "", err
	}
	if !may {
		return "", &odoo.Error{
			Kind: odoo.AccessDenied, Message: s.session.Login.Name + " may not have a mail template, with which Odoo sends mails",
			Cure: "give this user the right to create records of mail.template in Odoo, or set mail.transport to smtp",
		}
	}
	return "Odoo sends the mails", nil
}

func (s *Subject) mailServer(ctx context.Context) (string, error) {
	if s.throughOdoo() {
		return "", odooSends
	}
	return "the mail server answers", s.withServer(false, func(server *smtp.Sender) error { return server.Check(ctx) })
}

func (s *Subject) mailLogin(ctx context.Context) (string, error) {
	if s.throughOdoo() {
		return "", odooSends
	}
	if s.Config.SMTP.User == "" {
		return "", skip("it works without a login")
	}
	return "logged in", s.withServer(true, func(server *smtp.Sender) error { return server.Check(ctx) })
}

// mailSender asks the server whether it takes mails from each sender.
func (s *Subject) mailSender(ctx context.Context) (string, error) {
	s.refusal = nil
	if s.throughOdoo() {
		return "", odooSends
	}
	senders := s.senders()
	for _, from := range senders {
		err := s.takes(ctx, from)
		if err != nil && len(senders) > 1 {
			err = fmt.Errorf("try the sender %s: %w", from, err)
		}
		if err != nil {
			return "", err
		}
	}
	return "the mail server takes mails from " + strings.Join(senders, ", "), nil
}

// senders are who mails are from, as far as the server is told.
func (s *Subject) senders() []string {
	c := s.Config.Mail
	if reports := cmp.Or(c.EnvelopeFrom.Mailbox, mailbox(s.company.Bounce)); reports != "" {
		return []string{reports}
	}
	senders := []string{c.From.Mailbox}
	for _, r := range s.Config.Rules {
		if from := r.From.Mailbox; from != "" && !slices.Contains(senders, from) {
			senders = append(senders, from)
		}
	}
	return senders
}

// takes asks the server whether it takes a mail from a sender, addressed to where
// answers go: many servers look at the sender only then. No mail follows.
func (s *Subject) takes(ctx context.Context, from string) error {
	c := s.Config.Mail
	envelope := mail.Envelope{From: from, To: cmp.Or(c.ReplyTo.Mailbox, s.Catchall(), c.From.Mailbox)}
	err := s.withServer(true, func(server *smtp.Sender) error { return server.Takes(ctx, envelope) })
	refused, ok := errors.AsType[*smtp.Error](err)
	if ok && refused.Stage == smtp.StageRcpt && refused.Code != 0 && !aboutSender(refused) {
		err = nil
		if !refused.Temporary() {
			s.refusal = refused
		}
	}
	return err
}

// Catchall returns the address to which answers go if mail.reply_to does not name
// one; empty if Odoo has none, or before [OdooLogin].
func (s *Subject) Catchall() string { return mailbox(s.company.Catchall) }

// mailbox returns the address in a field of Odoo; empty if it has none.
func mailbox(field string) string {
	a, err := address.First(field)
	if err != nil {
		return ""
	}
	return a.Mailbox
}

// aboutSender tells whether the server refuses a recipient because of the sender.
func aboutSender(e *smtp.Error) bool {
	return slices.Contains([]ledger.Failure{ledger.FailureServer, ledger.FailureSender}, e.Failure())
}

// mailEnvelope says where delivery reports go.
func (s *Subject) mailEnvelope(context.Context) (string, error) {
	if s.throughOdoo() {
		return "", odooSends
	}
	to := cmp.Or(s.Config.Mail.EnvelopeFrom.Mailbox, mailbox(s.company.Bounce))
	if to == "" {
		return "", caution{hinted("delivery reports go to "+s.Config.Mail.From.Mailbox+", where Odoo may not see them, and mails to dead addresses go on",
			"set mail.envelope_from to the bounce address of the company in Odoo")}
	}
	return "delivery reports go to " + to, nil
}

// mailReplyTo says where answers go, and whether the mail server takes mails to
// there.
func (s *Subject) mailReplyTo(context.Context) (string, error) {
	to := cmp.Or(s.Config.Mail.ReplyTo.Mailbox, s.Catchall())
	switch {
	case to == "":
		return "", caution{hinted("answers go to "+s.Config.Mail.From.Mailbox+", where Odoo may not see them, and reminders go on",
			"set mail.reply_to to an address whose mail Odoo fetches")}
	case s.refusal != nil:
		return "", caution{hinted(fmt.Sprintf("answers go to %s, which the mail server does not take: %s", to, s.refusal),
			"see whether the mailbox in mail.reply_to exists")}
	}
	return "answers go to " + to, nil
}
