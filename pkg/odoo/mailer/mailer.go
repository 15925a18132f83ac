// Package mailer hands mails to Odoo, which sends them through its own mail server
// at once, while the call waits: mail.template.send_mail with force_send.
//
// Odoo sends on behalf of a template alone. So crm-tool has one, which says nothing:
// each call gives it all that a mail has. It is ours if one of our users made it and
// changed it last; before a batch that is looked at, because its text is a program that
// Odoo runs with our rights.
//
// A call is made once, whatever becomes of it. What Odoo answers says whether the mail
// left (see [Error]): Odoo talks to its mail server within the transaction of the call,
// and after it has handed the mail over it changes only records that it made in the
// same transaction. So nothing makes Odoo begin the call anew.
package mailer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	templateModel = "mail.template"
	// templateName is for people who look through Odoo's templates.
	templateName = "crm-tool: sends its mails"
	externalID   = "crm_tool.mail_template"
)

// timeout is how long a mail may take. It fits between [ledger.SendDeadline] and
// [ledger.ClaimTTL]; Odoo itself gives its mail server a minute for each step.
const timeout = 4 * time.Minute

// Sender sends mails through an Odoo, one at a time. It is not safe for concurrent use.
type Sender struct {
	client *odoo.Client
	ours   *ownership.Ours
	log    *slog.Logger

	// template is 0 until it is needed. checked is how many more mails may leave
	// before it is looked at again, which also shows that Odoo answers.
	template int64
	checked  int
}

var _ ledger.Sender = (*Sender)(nil)

// New returns a sender through the Odoo of a client. It calls nothing.
func New(c *odoo.Client, ours *ownership.Ours, log *slog.Logger) *Sender {
	return &Sender{client: c, ours: ours, log: log}
}

// Send implements [ledger.Sender]. Odoo does not tell which copies its mail server
// refused.
func (s *Sender) Send(ctx context.Context, m ledger.Mail, begin func() error) ([]string, error) {
	values, err := read(m.Raw)
	if err != nil {
		return nil, fmt.Errorf("read the mail for Odoo: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		return nil, &Error{failure: ledger.FailureServer, err: err}
	}
	if err := begin(); err != nil {
		return nil, fmt.Errorf("hold the mail back: %w", err)
	}
	s.checked--
	answer, err := s.client.Call(ctx, odoo.Request{
		Model: templateModel, Method: "send_mail", Args: []any{[]int64{s.template}, int64(m.Key.Opportunity)},
		Kwargs: map[string]any{"force_send": true, "raise_exception": true, "email_values": values},
		Once:   true, Timeout: timeout, Aside: true,
	})
	if err != nil {
		// An Odoo that is restarted behind a proxy would leave each further mail in doubt.
		s.checked = 0
		return nil, failed(err, m.Envelope)
	}
	if id, _ := answer.(int64); id <= 0 {
		return nil, &Error{failure: ledger.FailureUnknown, err: odoo.MalformedAnswer(templateModel+".send_mail", answer)}
	}
	return nil, nil
}

// Takes implements [ledger.Sender]: Odoo cannot be asked without a mail.
func (s *Sender) Takes(context.Context, mail.Envelope) error {
	return fmt.Errorf("ask Odoo's mail server about a client: %w", errors.ErrUnsupported)
}

// MayUse tells whether our user may have a template of its own.
func MayUse(ctx context.Context, may func(ctx context.Context, model, operation string) (bool, error)) (bool, error) {
	return may(ctx, templateModel, "create")
}

// TemplateError says that the template is not ours, or that a stranger changed it.
type TemplateError struct {
	Template int64
	// Maker made it if Changed is false, else changed it.
	Maker   crm.UserID
	Changed bool
}

func (e *TemplateError) Error() string {
	if e.Changed {
		return fmt.Sprintf("user %d changed mail.template %d in Odoo, with which crm-tool sends, while it was sending", e.Maker, e.Template)
	}
	return fmt.Sprintf("user %d made mail.template %d in Odoo, which stands where crm-tool's own one should", e.Maker, e.Template)
}

// Hint says what a person can do about it.
func (e *TemplateError) Hint() string {
	if e.Changed {
		return "ask that user why: whoever edits a template runs programs in Odoo with the rights of those who send it; the next run makes it anew"
	}
	return "delete that template in Odoo (Settings, Technical, Email Templates), and ask its user what it was for"
}

// ready makes the template if there is none, and looks at it before each batch.
func (s *Sender) ready(ctx context.Context) error {
	if s.checked > 0 {
		return nil
	}
	fresh := s.template == 0
	if fresh {
		if err := s.load(ctx); err != nil {
			return err
		}
	}
	err := s.look(ctx)
	if changed, ok := errors.AsType[*TemplateError](err); ok && fresh && changed.Changed {
		s.log.Warn("somebody changed the mail template with which crm-tool sends, so it is made anew",
			"template", changed.Template, "user", int64(changed.Maker))
		if err := recordset.Unlink(ctx, s.client, templateModel, []int64{s.template}); err != nil {
			return fmt.Errorf("delete the changed mail template: %w", err)
		}
		if err := s.load(ctx); err != nil {
			return err
		}
		err = s.look(ctx)
	}
	if err != nil {
		s.template = 0
		return err
	}
	s.checked = ledger.BatchSize
	return nil
}

// load makes the template. It is archived, so that nobody is offered it to write with.
func (s *Sender) load(ctx context.Context) error {
	columns := []string{"id", "name", "model_id/id", "subject", "body_html", "use_default_to", "auto_delete", "active"}
	rows, err := s.ours.Hide(ctx, [][]string{{externalID, templateName, "crm.model_crm_lead", "-", "<p>-</p>", "0", "1", "0"}})
	if err != nil {
		return err
	}
	loaded, err := s.client.Load(ctx, templateModel, columns, rows, nil)
	if err == nil {
		err = loaded[0].Err
	}
	if err != nil {
		return fmt.Errorf("make the mail template with which to send: %w", err)
	}
	s.template = loaded[0].ID
	return nil
}

// look tells whether the template is ours. A replica of Odoo's database is never asked.
func (s *Sender) look(ctx context.Context) error {
	records, err := recordset.Call(ctx, s.client, odoo.Request{
		Model: templateModel, Method: "get_metadata", Args: []any{[]int64{s.template}}, Repeatable: true,
	})
	if err != nil {
		return fmt.Errorf("look at the mail template with which to send: %w", err)
	}
	if len(records) != 1 {
		return fmt.Errorf("look at the mail template with which to send: %w", recordset.ErrVanished)
	}
	r := recordset.Row{Record: records[0], Model: templateModel}
	maker, changer := crm.UserID(r.Ref("create_uid")), crm.UserID(r.Ref("write_uid"))
	switch {
	case r.Err != nil:
		return r.Err
	case !s.ours.HasUser(maker):
		return &TemplateError{Template: s.template, Maker: maker}
	case !s.ours.HasUser(changer):
		return &TemplateError{Template: s.template, Maker: changer, Changed: true}
	}
	return nil
}
