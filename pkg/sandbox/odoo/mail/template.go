package mail

import (
	"maps"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// templateAllowed is the rule of mail.template from 19 on: who is no editor of templates
// changes their own alone. Before, every employee is an editor, unless somebody changed
// that.
func templateAllowed(e *orm.Env, r *orm.Record, op orm.Operation) bool {
	return op == orm.OpRead || e.Version < 19 || r.Values["create_uid"] == e.User.ID
}

// templateDefaults refuses a program from who is no editor of templates.
func templateDefaults(e *orm.Env, values map[string]any) error {
	for _, field := range []string{"subject", "body_html"} {
		text, _ := values[field].(string)
		if e.Version >= 19 && e.Role != orm.RoleAdministrator && (strings.Contains(text, "{{") || strings.Contains(text, "t-out")) {
			return orm.AccessError("Only members of Mail Template Editor group are allowed to edit templates containing sensible placeholders")
		}
	}
	return nil
}

// callSendMail is mail.template.send_mail: a mail about one record, with the values of the
// template, and of the call instead. No program in a template is run.
func callSendMail(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	templates, err := e.Targets(t, a.IDs(), orm.OpRead)
	if err != nil {
		return nil, err
	}
	if len(templates) != 1 {
		return nil, orm.ServerError("ValueError: Expected singleton: mail.template()")
	}
	template := templates[0]
	model := e.Follow(template, "model_id")
	on := e.Table(e.Text(model, "model"))
	about, err := e.Targets(on, orm.Arguments{"ids": a["res_id"]}.IDs(), orm.OpRead)
	if err != nil {
		return nil, err
	}
	values := map[string]any{"model": on.Name, "res_id": about[0].ID}
	for _, field := range []string{"subject", "body_html", "email_from", "email_to", "email_cc", "reply_to", "auto_delete"} {
		values[field] = e.Get(template, field)
	}
	if e.Flag(template, "use_default_to") {
		values["email_to"], values["email_cc"] = e.Get(about[0], "email_from"), nil
	}
	given, _ := a["email_values"].(map[string]any)
	maps.Copy(values, given)
	m, err := newOutgoing(values)
	if err != nil {
		return nil, err
	}
	message, err := post(e, messageOf(e, values))
	if err != nil {
		return nil, err
	}
	if a["force_send"] == true {
		return message.ID, m.leave(e, message, values["auto_delete"] == true, a["raise_exception"] == true)
	}
	return message.ID, nil
}

// messageOf returns the message of a mail.
func messageOf(e *orm.Env, values map[string]any) map[string]any {
	message := map[string]any{"body": values["body_html"], "message_type": e.Since(17, "email_outgoing", "email")}
	for _, field := range []string{"subject", "message_id", "email_from", "reply_to", "model", "res_id", "message_type"} {
		if v, ok := values[field]; ok && v != false {
			message[field] = v
		}
	}
	return message
}

// leave sends the mail. Without a valid recipient nothing is sent, and nothing is said. If
// it left, or had nobody to go to, it is deleted with its message if it is to be.
func (m *outgoing) leave(e *orm.Env, message *orm.Record, autoDelete, raise bool) error {
	m.date = e.Now
	m.from, m.envelopeFrom = rewritten(e, m.from)
	if len(m.recipients()) > 0 {
		if err := m.send(e.MailServer); err != nil {
			if raise {
				return err
			}
			return nil // It stays, as a failed one.
		}
	}
	if autoDelete {
		e.Remove(message)
	}
	return nil
}

// rewritten returns the sender as a mail server shows it that has no filter: from 17 on,
// Odoo's address for notifications takes the place of the sender's. Delivery reports go to
// the company's address for them.
func rewritten(e *orm.Env, from string) (shown, envelope string) {
	if e.AliasDomain == "" {
		return from, mailboxOf(from)
	}
	bounce := "bounce@" + e.AliasDomain
	if e.Version < 17 {
		return from, bounce
	}
	name, _, _ := strings.Cut(from, "<")
	return strings.TrimSpace(name) + " <notifications@" + e.AliasDomain + ">", bounce
}

// recipients are the mailboxes that get the mail: those of To and of Cc that are any.
func (m *outgoing) recipients() []string {
	var found []string
	for _, text := range []string{m.to, m.cc} {
		if text == "" {
			continue
		}
		for _, part := range splitAddresses(text) {
			if mailbox := base.NormalizeEmail(part); mailbox != "" && !slices.Contains(found, mailbox) {
				found = append(found, mailbox)
			}
		}
	}
	return found
}
