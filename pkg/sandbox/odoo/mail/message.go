package mail

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// recordName is the name of the record that a message stands on.
func recordName(e *orm.Env, r *orm.Record) any {
	if on := e.Target(r); on != nil {
		return e.Title(on)
	}
	return nil
}

// messageAllowed is the rule of mail.message: its author and its recipients
// may, and whoever may do so with the record that it stands on. A notification
// is for its recipients alone.
func messageAllowed(e *orm.Env, r *orm.Record, op orm.Operation) bool {
	me := e.User.Values["partner_id"]
	recipients := orm.IDs(r.Values["partner_ids"])
	switch {
	case op == orm.OpRead && r.Values["create_uid"] == e.User.ID,
		(op == orm.OpRead || op == orm.OpWrite) && (r.Values["author_id"] == me || slices.Contains(recipients, value.ID(me))):
		return true
	case r.Values["model"] == nil || value.ID(r.Values["res_id"]) == 0:
		return op == orm.OpCreate
	case r.Values["message_type"] == "user_notification":
		return false
	}
	return e.AllowedAt(e.Target(r), op)
}

// messageRefusal words what messageAllowed refuses.
func messageRefusal(e *orm.Env, wanted []int64, op orm.Operation) *orm.FaultError {
	f := orm.AccessError("The requested operation cannot be completed due to security restrictions. "+
		"Please contact your system administrator.\n\n(Document type: Message, Operation: %s)\n\nRecords: %s, User: %d",
		op, strings.Trim(xmlrpc.Repr(xmlrpc.List(wanted)), "[]"), e.User.ID)
	if op == orm.OpCreate && len(wanted) == 1 {
		r := e.Browse("mail.message", wanted[0])
		f.Lone = r != nil && e.Target(r) == nil
	}
	return f
}

// messageUpdating keeps messages where they are.
func messageUpdating(e *orm.Env, _ *orm.Record, values map[string]any) error {
	_, model := values["model"]
	_, id := values["res_id"]
	if (model || id) && e.Role != orm.RoleAdministrator {
		return orm.AccessError("Only administrators can modify 'model' and 'res_id' fields.")
	}
	return nil
}

// messageDefaults completes a message: the caller is its author. Only an
// answer address that must be computed needs the record to exist already.
func messageDefaults(e *orm.Env, values map[string]any) error {
	name, _ := values["model"].(string)
	on := e.Table(name)
	if name != "" && on == nil {
		return orm.ServerError("KeyError: '%s'", name)
	}
	if _, given := values["author_id"]; !given {
		values["author_id"] = e.User.Values["partner_id"]
	}
	if _, given := values["email_from"]; !given {
		values["email_from"] = sender(e, value.ID(values["author_id"]))
	}
	if _, given := values["reply_to"]; !given {
		id := value.ID(values["res_id"])
		switch {
		case on != nil && id == 0:
			return orm.ServerError("KeyError: False")
		case on != nil && on.Rows[id] == nil:
			return e.Missing(on.Model, id)
		}
		values["reply_to"] = values["email_from"]
	}
	value.Default(values, map[string]any{"message_type": e.Since(17, "comment", "email"), "date": e.Now})
	if values["message_id"] == nil {
		values["message_id"] = newMessageID(e, values)
	}
	return nil
}

// sender is a contact's mailbox, nil when it has none.
func sender(e *orm.Env, partner int64) any {
	contact := e.Browse("res.partner", partner)
	if contact == nil || e.Text(contact, "email") == "" {
		return nil
	}
	return base.FormatAddress(e.Text(contact, "name"), e.Text(contact, "email"))
}

// newMessageID makes a Message-ID in Odoo's form.
func newMessageID(e *orm.Env, values map[string]any) string {
	e.Serial++
	about := "private"
	if id := value.ID(values["res_id"]); id != 0 {
		about = fmt.Sprintf("%d-%s", id, values["model"])
	}
	return fmt.Sprintf("<%015d.%d.%06d-openerp-%s@sandbox>", e.Serial, e.Now.Unix(), e.Now.Nanosecond()/1000, about)
}

// Note writes a message of Odoo's own on a record.
func Note(e *orm.Env, on *orm.Record, subtype, body string) error {
	return note(e, on, subtype, body, "notification")
}

// Track writes the message about changes of a record, which has a type of its own
// from 20 on.
func Track(e *orm.Env, on *orm.Record, subtype string) error {
	return note(e, on, subtype, "", e.Since(20, "tracking", "notification"))
}

func note(e *orm.Env, on *orm.Record, subtype, body, kind string) error {
	values := map[string]any{
		"model": on.Table.Name, "res_id": on.ID, "body": body,
		"message_type": kind, "subtype_id": e.Ref(subtype),
	}
	if subtype == "mail.mt_note" {
		values["is_internal"] = true
	} else if parent := ancestor(e, on); parent != 0 {
		values["parent_id"] = parent
	}
	_, err := post(e, values)
	return err
}

// post writes a message with all rights.
func post(e *orm.Env, values map[string]any) (message *orm.Record, err error) {
	err = e.AsSystem(func() error {
		message, err = e.Create(e.Table("mail.message"), values)
		return err
	})
	return message, err
}

// Notify writes a message on a record that is for a user alone.
func Notify(e *orm.Env, on, user *orm.Record, subject, body string) error {
	_, err := post(e, map[string]any{
		"model": on.Table.Name, "res_id": on.ID, "message_type": "user_notification", "is_internal": true, "subject": subject, "body": value.Optional(body),
		"subtype_id": e.Ref("mail.mt_note"), "partner_ids": []any{user.Values["partner_id"]},
	})
	return err
}

// ancestor returns the message that a new one on a record belongs to: the
// last mail or comment, else the last of any kind; 0 when there is none.
func ancestor(e *orm.Env, on *orm.Record) int64 {
	var last *orm.Record
	rank := func(m *orm.Record) (spoken bool, at time.Time) {
		at, _ = m.Values["date"].(time.Time)
		return m.Values["message_type"] == "email" || m.Values["message_type"] == "comment", at
	}
	for _, m := range e.FollowAll(on, "message_ids") {
		if m.Values["message_type"] == "user_notification" {
			continue
		}
		if last == nil {
			last = m
			continue
		}
		wasSpoken, before := rank(last)
		isSpoken, at := rank(m)
		if isSpoken && !wasSpoken || isSpoken == wasSpoken && !at.Before(before) {
			last = m
		}
	}
	if last == nil {
		return 0
	}
	return last.ID
}

// MessagePost is the method message_post of the models that are mail threads.
func MessagePost() orm.Method {
	return orm.NewMethod(callMessagePost, 1,
		"ids", "body", "subject", "message_type", "subtype_xmlid", "author_id", "email_from", "message_id", "body_is_html")
}

// callMessagePost is mail.thread.message_post: a message in the chatter, by
// the caller unless it says otherwise. From 17 on the body is text unless the
// call says that it is HTML. The result is a list of ids in 19.
func callMessagePost(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	records, err := e.Targets(t, a.IDs(), orm.OpRead)
	if err != nil || len(records) == 0 {
		return false, err
	}
	given := map[string]any{
		"model": t.Name, "res_id": records[0].ID, "message_type": "notification",
		"subtype_id": e.Ref("mail.mt_note"),
	}
	for _, name := range []string{"body", "subject", "message_type", "author_id", "email_from", "message_id"} {
		if v, ok := a[name]; ok {
			given[name] = v
		}
	}
	if body, _ := a["body"].(string); e.Version >= 17 && a["body_is_html"] != true {
		given["body"] = xmlrpc.Escape(body)
	}
	if parent := ancestor(e, records[0]); parent != 0 {
		given["parent_id"] = parent
	}
	if name, ok := a["subtype_xmlid"].(string); ok {
		given["subtype_id"] = e.Ref(name)
	}
	message, err := e.Create(e.Table("mail.message"), given)
	if err != nil {
		return nil, err
	}
	if e.Version >= 19 {
		return []any{message.ID}, nil
	}
	return message.ID, nil
}
