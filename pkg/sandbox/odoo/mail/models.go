// Package mail is Odoo's app for messages and activities on records, and for the
// mail that clients send. What a message says when an activity is done, and how a
// bounce is told from an answer, is as in Odoo; nothing is ever mailed.
package mail

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// App is the messages and activities on records, and the mail that comes in.
func App(version int) orm.App {
	todo, document, check := "To-Do", "Document", "fa-check"
	if version < 18 {
		check = "fa-tasks"
	}
	if version == 16 {
		todo = "To Do"
	}
	if version < 19 {
		document = "Upload Document"
	}
	return orm.App{
		Name: "mail",
		Models: []*orm.Model{
			blacklistModel(version), subtypeModel(version), messageModel(version), threadModel(version),
			activityTypeModel(version), activityModel(version), eventModel(version),
		},
		Data: []orm.Dataset{
			{Model: "mail.message.subtype", Rows: []map[string]any{
				{"id": "mail.mt_comment", "name": "Discussions", "default": true, "sequence": 0},
				{"id": "mail.mt_note", "name": "Note", "internal": true, "sequence": 100},
				{"id": "mail.mt_activities", "name": "Activities", "internal": true, "sequence": 90},
				{"id": "calendar.subtype_invitation", "name": "Invitation", "res_model": "calendar.event", "sequence": 1},
			}},
			{Model: "mail.activity.type", Rows: []map[string]any{
				{"id": "mail.mail_activity_data_email", "name": "Email", "category": "default", "icon": "fa-envelope", "sequence": 3},
				{"id": "mail.mail_activity_data_call", "name": "Call", "category": "phonecall", "icon": "fa-phone", "sequence": 6},
				{"id": "mail.mail_activity_data_meeting", "name": "Meeting", "category": "meeting", "icon": "fa-users", "sequence": 9},
				{"id": "mail.mail_activity_data_todo", "name": todo, "category": "default", "icon": check, "sequence": 2},
				{"id": "mail.mail_activity_data_upload_document", "name": document, "category": "upload_file", "icon": "fa-upload", "sequence": 25},
			}},
		},
	}
}

// blacklistModel is mail.blacklist: the addresses that want no mail.
func blacklistModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{
		Name: "mail.blacklist", Label: "Mail Blacklist",
		Defaults: func(_ *orm.Env, values map[string]any) error {
			address, _ := values["email"].(string)
			values["email"] = base.NormalizeEmail(address)
			return nil
		},
	}, version,
		orm.Field{Name: "email", Label: "Email Address", Kind: orm.Char, Required: true, Indexed: true},
		orm.Field{Name: "active", Label: "Active", Kind: orm.Boolean},
	)
}

// subtypeModel is mail.message.subtype.
func subtypeModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{Name: "mail.message.subtype", Label: "Message subtypes", Rights: orm.ReadOnly(), Order: "sequence, id"}, version,
		orm.Field{Name: "name", Label: "Message Type", Kind: orm.Char, Required: true},
		orm.Field{Name: "internal", Label: "Internal Only", Kind: orm.Boolean},
		orm.Field{Name: "default", Label: "Default", Kind: orm.Boolean},
		orm.Field{Name: "hidden", Label: "Hidden", Kind: orm.Boolean},
		orm.Field{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
		orm.Field{Name: "res_model", Label: "Model", Kind: orm.Char},
	)
}

// messageModel is mail.message. Who may see the record that a message stands
// on may see the message.
func messageModel(version int) *orm.Model {
	types := orm.Choices("email", "Incoming Email", "comment", "Comment")
	if version >= 17 {
		types = append(types, orm.Choices("email_outgoing", "Outgoing Email")...)
	}
	types = append(types, orm.Choices("notification", "System notification", "auto_comment", "Automated Targeted Notification")...)
	if version >= 19 {
		types = append(types, orm.Choices("out_of_office", "Out-of-office Message")...)
	}
	types = append(types, orm.Choices("user_notification", "User Specific Notification")...)
	return orm.NewModel(orm.Model{
		Name: "mail.message", Label: "Message", Rights: orm.Everything(), Order: "id desc", Lenient: true, Checked: "message_type",
		Title:  messageTitle,
		Allows: messageAllowed, Strict: true,
		Refusal:  messageRefusal,
		Defaults: messageDefaults,
		Updating: messageUpdating,
	}, version,
		orm.Field{Name: "subject", Label: "Subject", Kind: orm.Char},
		orm.Field{Name: "date", Label: "Date", Kind: orm.Datetime},
		orm.Field{Name: "body", Label: "Contents", Kind: orm.HTML},
		orm.Field{Name: "model", Label: "Related Document Model", Kind: orm.Char},
		orm.Field{Name: "res_id", Label: "Related Document ID", Kind: orm.Reference, Indexed: true},
		orm.Field{Name: "message_type", Label: "Type", Kind: orm.Selection, Choices: types, Required: true},
		orm.Field{Name: "subtype_id", Label: "Subtype", Kind: orm.Many2one, Relation: "mail.message.subtype"},
		orm.Field{Name: "mail_activity_type_id", Label: "Mail Activity Type", Kind: orm.Many2one, Relation: "mail.activity.type"},
		orm.Field{Name: "is_internal", Label: "Employee Only", Kind: orm.Boolean},
		orm.Field{Name: "parent_id", Label: "Parent Message", Kind: orm.Many2one, Relation: "mail.message"},
		orm.Field{Name: "author_id", Label: "Author", Kind: orm.Many2one, Relation: "res.partner"},
		orm.Field{Name: "email_from", Label: "From", Kind: orm.Char},
		orm.Field{Name: "reply_to", Label: "Reply-To", Kind: orm.Char},
		orm.Field{Name: "message_id", Label: "Message-Id", Kind: orm.Char, Indexed: true},
		orm.Field{Name: "partner_ids", Label: "Recipients", Kind: orm.Many2many, Relation: "res.partner"},
		orm.Field{Name: "record_name", Label: "Message Record Name", Kind: orm.Char, Compute: recordName},
	)
}

// recordName is the name of the record that a message stands on.
func recordName(e *orm.Env, r *orm.Record) any {
	if on := messageTarget(e, r); on != nil {
		return e.Title(on)
	}
	return nil
}

// messageTarget returns the record that a message stands on, or nil.
func messageTarget(e *orm.Env, r *orm.Record) *orm.Record { return target(e, r, "model") }

// target returns the record that another stands on by the name of its model
// and its res_id, or nil.
func target(e *orm.Env, r *orm.Record, model string) *orm.Record {
	name, _ := r.Values[model].(string)
	t := e.Table(name)
	if t == nil {
		return nil
	}
	return t.Rows[orm.ID(r.Values["res_id"])]
}

// messageTitle is a message's display name: its subject from 19 on.
func messageTitle(e *orm.Env, r *orm.Record) string {
	if e.DB.Version >= 19 {
		return e.Text(r, "subject")
	}
	return e.Text(r, "record_name")
}

// messageAllowed is the rule of mail.message: its author and its recipients
// may, and whoever may do so with the record that it stands on. A notification
// is for its recipients alone.
func messageAllowed(e *orm.Env, r *orm.Record, op orm.Operation) bool {
	me := e.User.Values["partner_id"]
	recipients := orm.IDs(r.Values["partner_ids"])
	switch {
	case op == orm.OpRead && r.Values["create_uid"] == e.User.ID,
		(op == orm.OpRead || op == orm.OpWrite) && (r.Values["author_id"] == me || slices.Contains(recipients, orm.ID(me))):
		return true
	case r.Values["model"] == nil || orm.ID(r.Values["res_id"]) == 0:
		return op == orm.OpCreate
	case r.Values["message_type"] == "user_notification":
		return false
	}
	on := messageTarget(e, r)
	if on == nil {
		return false
	}
	if op != orm.OpRead {
		op = orm.OpWrite
	}
	return e.CheckModel(on.Table, op) == nil && e.Allowed(on, op)
}

// messageRefusal words what messageAllowed refuses.
func messageRefusal(e *orm.Env, wanted []int64, op orm.Operation) *orm.FaultError {
	f := orm.AccessError("The requested operation cannot be completed due to security restrictions. "+
		"Please contact your system administrator.\n\n(Document type: Message, Operation: %s)\n\nRecords: %s, User: %d",
		op, strings.Trim(xmlrpc.Repr(xmlrpc.List(wanted)), "[]"), e.User.ID)
	if op == orm.OpCreate && len(wanted) == 1 {
		r := e.Browse("mail.message", wanted[0])
		f.Lone = r != nil && messageTarget(e, r) == nil
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
		values["email_from"] = sender(e, orm.ID(values["author_id"]))
	}
	if _, given := values["reply_to"]; !given {
		id := orm.ID(values["res_id"])
		switch {
		case on != nil && id == 0:
			return orm.ServerError("KeyError: False")
		case on != nil && on.Rows[id] == nil:
			return e.Missing(on.Model, id)
		}
		values["reply_to"] = values["email_from"]
	}
	if values["message_type"] == nil {
		values["message_type"] = "comment"
		if e.DB.Version == 16 {
			values["message_type"] = "email"
		}
	}
	if values["date"] == nil {
		values["date"] = e.Now
	}
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
	e.DB.Serial++
	about := "private"
	if id := orm.ID(values["res_id"]); id != 0 {
		about = fmt.Sprintf("%d-%s", id, values["model"])
	}
	return fmt.Sprintf("<%015d.%d.%06d-openerp-%s@sandbox>", e.DB.Serial, e.Now.Unix(), e.Now.Nanosecond()/1000, about)
}

// Note writes a message of Odoo's own on a record.
func Note(e *orm.Env, on *orm.Record, subtype, body string) error {
	values := map[string]any{
		"model": on.Table.Name, "res_id": on.ID, "body": body,
		"message_type": "notification", "subtype_id": e.Ref(subtype),
	}
	if subtype == "mail.mt_note" {
		values["is_internal"] = true
	} else if parent := ancestor(e, on); parent != 0 {
		values["parent_id"] = parent
	}
	return e.AsSystem(func() error {
		_, err := e.Create(e.Table("mail.message"), values)
		return err
	})
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

// threadModel is mail.thread, which has no records: mail comes in through it.
func threadModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{
		Name: "mail.thread", Label: "Email Thread", Rights: orm.ReadOnly(),
		Methods: map[string]orm.Method{
			"message_process": orm.NewMethod(callMessageProcess, 2, "model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"),
		},
	}, version)
}

// activityTypeModel is mail.activity.type.
func activityTypeModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{Name: "mail.activity.type", Label: "Activity Type", Rights: orm.ReadOnly(), Order: "sequence, id"}, version,
		orm.Field{Name: "name", Label: "Name", Kind: orm.Char, Required: true},
		orm.Field{Name: "category", Label: "Action", Kind: orm.Selection},
		orm.Field{Name: "icon", Label: "Icon", Kind: orm.Char},
		orm.Field{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
		orm.Field{Name: "res_model", Label: "Model", Kind: orm.Selection},
		orm.Field{Name: "active", Label: "Active", Kind: orm.Boolean},
		orm.Field{Name: "keep_done", Label: "Keep Done", Kind: orm.Boolean, Since: 17, Until: 18},
	)
}

// activityModel is mail.activity.
func activityModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{
		Name: "mail.activity", Label: "Activity", Rights: orm.Everything(), Order: "date_deadline, id",
		Defaults: activityDefaults, Created: activityCreated,
		Methods: map[string]orm.Method{
			"action_feedback": orm.NewMethod(callFeedback, 1, "ids", "feedback", "attachment_ids"),
			"action_done":     orm.NewMethod(callFeedback, 1, "ids"),
		},
	}, version,
		orm.Field{Name: "res_model", Label: "Related Document Model", Kind: orm.Char},
		orm.Field{Name: "res_model_id", Label: "Document Model", Kind: orm.Many2one, Relation: "ir.model", Required: version < 19},
		orm.Field{Name: "res_id", Label: "Related Document ID", Kind: orm.Reference, Indexed: true},
		orm.Field{Name: "activity_type_id", Label: "Activity Type", Kind: orm.Many2one, Relation: "mail.activity.type"},
		orm.Field{Name: "summary", Label: "Summary", Kind: orm.Char},
		orm.Field{Name: "note", Label: "Note", Kind: orm.HTML},
		orm.Field{Name: "date_deadline", Label: "Due Date", Kind: orm.Date},
		orm.Field{Name: "user_id", Label: "Assigned to", Kind: orm.Many2one, Relation: "res.users"},
		orm.Field{Name: "calendar_event_id", Label: "Calendar Meeting", Kind: orm.Many2one, Relation: "calendar.event"},
		orm.Field{Name: "automated", Label: "Automated activity", Kind: orm.Boolean},
		orm.Field{Name: "state", Label: "State", Kind: orm.Selection, Compute: activityState, Choices: orm.Choices(
			"overdue", "Overdue", "today", "Today", "planned", "Planned", "done", "Done")},
		orm.Field{Name: "feedback", Label: "Feedback", Kind: orm.Text, Since: 17},
		orm.Field{Name: "date_done", Label: "Done Date", Kind: orm.Date, Since: 17},
		orm.Field{Name: "active", Label: "Active", Kind: orm.Boolean, Since: 17},
	)
}

// eventModel is calendar.event, as far as an activity points to one.
func eventModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{Name: "calendar.event", Label: "Calendar Event", Rights: orm.Everything()}, version,
		orm.Field{Name: "name", Label: "Meeting Subject", Kind: orm.Char, Required: true},
	)
}

// activityDefaults completes an activity. Which model it is about is told by
// the id of the model or by the context; in 19 it is nobody's unless the call
// says whose.
func activityDefaults(e *orm.Env, values map[string]any) error {
	models := e.Table("ir.model")
	if name, ok := e.Context["default_res_model"].(string); ok && values["res_model_id"] == nil {
		values["res_model_id"] = e.Ref(base.ModelID(name))
	}
	values["res_model"] = nil
	if about := models.Rows[orm.ID(values["res_model_id"])]; about != nil {
		values["res_model"] = about.Values["model"]
	} else if e.DB.Version >= 19 {
		return orm.UserError("The operation cannot be completed: Activities have to be linked to records with a not null res_id.")
	}
	if _, given := values["user_id"]; !given && e.DB.Version < 19 {
		values["user_id"] = e.User.ID
	}
	if values["date_deadline"] == nil {
		values["date_deadline"] = e.Now.Format(xmlrpc.DateLayout)
	}
	return nil
}

// activityCreated writes the message that somebody gets when somebody else
// plans something for him.
func activityCreated(e *orm.Env, r *orm.Record, _ map[string]any) error {
	user, on := e.Follow(r, "user_id"), target(e, r, "res_model")
	if user == nil || user == e.User || on == nil || e.Context["mail_activity_quick_update"] == true {
		return nil
	}
	return e.AsSystem(func() error {
		_, err := e.Create(e.Table("mail.message"), map[string]any{
			"model": on.Table.Name, "res_id": on.ID, "message_type": "user_notification", "is_internal": true,
			"subject":     fmt.Sprintf("%q assigned to you", e.Title(on)+": "+e.Text(r, "summary")),
			"subtype_id":  e.Ref("mail.mt_note"),
			"partner_ids": []any{user.Values["partner_id"]},
		})
		return err
	})
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
	if body, _ := a["body"].(string); e.DB.Version >= 17 && a["body_is_html"] != true {
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
	if e.DB.Version >= 19 {
		return []any{message.ID}, nil
	}
	return message.ID, nil
}
