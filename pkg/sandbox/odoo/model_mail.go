package odoo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// mailApp is the messages and activities on records, and the mail that comes in.
func mailApp(version int) app {
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
	return app{
		name: "mail",
		models: []*model{
			blacklistModel(version), subtypeModel(version), messageModel(version), threadModel(version),
			activityTypeModel(version), activityModel(version), eventModel(version),
		},
		data: []dataset{
			{model: "mail.message.subtype", rows: []map[string]any{
				{"id": "mail.mt_comment", "name": "Discussions", "default": true, "sequence": 0},
				{"id": "mail.mt_note", "name": "Note", "internal": true, "sequence": 100},
				{"id": "mail.mt_activities", "name": "Activities", "internal": true, "sequence": 90},
				{"id": "calendar.subtype_invitation", "name": "Invitation", "res_model": "calendar.event", "sequence": 1},
			}},
			{model: "mail.activity.type", rows: []map[string]any{
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
func blacklistModel(version int) *model {
	return newModel(model{
		name: "mail.blacklist", label: "Mail Blacklist",
		defaults: func(_ *env, values map[string]any) error {
			address, _ := values["email"].(string)
			values["email"] = normalizeEmail(address)
			return nil
		},
	}, version,
		field{name: "email", label: "Email Address", kind: char, required: true, indexed: true},
		field{name: "active", label: "Active", kind: boolean},
	)
}

// subtypeModel is mail.message.subtype.
func subtypeModel(version int) *model {
	return newModel(model{name: "mail.message.subtype", label: "Message subtypes", rights: readOnly(), order: "sequence, id"}, version,
		field{name: "name", label: "Message Type", kind: char, required: true},
		field{name: "internal", label: "Internal Only", kind: boolean},
		field{name: "default", label: "Default", kind: boolean},
		field{name: "hidden", label: "Hidden", kind: boolean},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "res_model", label: "Model", kind: char},
	)
}

// messageModel is mail.message. Who may see the record that a message stands
// on may see the message.
func messageModel(version int) *model {
	types := choices("email", "Incoming Email", "comment", "Comment")
	if version >= 17 {
		types = append(types, choice{"email_outgoing", "Outgoing Email"})
	}
	types = append(types, choices("notification", "System notification", "auto_comment", "Automated Targeted Notification")...)
	if version >= 19 {
		types = append(types, choice{"out_of_office", "Out-of-office Message"})
	}
	types = append(types, choice{"user_notification", "User Specific Notification"})
	return newModel(model{
		name: "mail.message", label: "Message", rights: everything(), order: "id desc", lenient: true, checked: "message_type",
		title:  messageTitle,
		allows: messageAllowed, strict: true,
		refusal:  messageRefusal,
		defaults: messageDefaults,
		updating: messageUpdating,
	}, version,
		field{name: "subject", label: "Subject", kind: char},
		field{name: "date", label: "Date", kind: datetime},
		field{name: "body", label: "Contents", kind: html},
		field{name: "model", label: "Related Document Model", kind: char},
		field{name: "res_id", label: "Related Document ID", kind: reference, indexed: true},
		field{name: "message_type", label: "Type", kind: selection, choices: types, required: true},
		field{name: "subtype_id", label: "Subtype", kind: many2one, relation: "mail.message.subtype"},
		field{name: "mail_activity_type_id", label: "Mail Activity Type", kind: many2one, relation: "mail.activity.type"},
		field{name: "is_internal", label: "Employee Only", kind: boolean},
		field{name: "parent_id", label: "Parent Message", kind: many2one, relation: "mail.message"},
		field{name: "author_id", label: "Author", kind: many2one, relation: "res.partner"},
		field{name: "email_from", label: "From", kind: char},
		field{name: "reply_to", label: "Reply-To", kind: char},
		field{name: "message_id", label: "Message-Id", kind: char, indexed: true},
		field{name: "partner_ids", label: "Recipients", kind: many2many, relation: "res.partner"},
		field{name: "record_name", label: "Message Record Name", kind: char, compute: recordName},
	)
}

// recordName is the name of the record that a message stands on.
func recordName(e *env, r *record) any {
	if on := e.messageTarget(r); on != nil {
		return e.title(on)
	}
	return nil
}

// messageTarget returns the record that a message stands on, or nil.
func (e *env) messageTarget(r *record) *record { return e.target(r, "model") }

// target returns the record that another stands on by the name of its model
// and its res_id, or nil.
func (e *env) target(r *record, model string) *record {
	name, _ := r.values[model].(string)
	t := e.table(name)
	if t == nil {
		return nil
	}
	return t.rows[number64(r.values["res_id"])]
}

// messageTitle is a message's display name: its subject from 19 on.
func messageTitle(e *env, r *record) string {
	if e.db.version >= 19 {
		return e.text(r, "subject")
	}
	return e.text(r, "record_name")
}

// messageAllowed is the rule of mail.message: its author and its recipients
// may, and whoever may do so with the record that it stands on. A notification
// is for its recipients alone.
func messageAllowed(e *env, r *record, op operation) bool {
	me := e.user.values["partner_id"]
	recipients := ids(r.values["partner_ids"])
	switch {
	case op == opRead && r.values["create_uid"] == e.user.id,
		(op == opRead || op == opWrite) && (r.values["author_id"] == me || slices.Contains(recipients, number64(me))):
		return true
	case r.values["model"] == nil || number64(r.values["res_id"]) == 0:
		return op == opCreate
	case r.values["message_type"] == "user_notification":
		return false
	}
	on := e.messageTarget(r)
	if on == nil {
		return false
	}
	if op != opRead {
		op = opWrite
	}
	return e.checkModel(on.table, op) == nil && e.allowed(on, op)
}

// messageRefusal words what messageAllowed refuses.
func messageRefusal(e *env, wanted []int64, op operation) *FaultError {
	f := accessError("The requested operation cannot be completed due to security restrictions. "+
		"Please contact your system administrator.\n\n(Document type: Message, Operation: %s)\n\nRecords: %s, User: %d",
		op, strings.Trim(python(each(wanted)), "[]"), e.user.id)
	if op == opCreate && len(wanted) == 1 {
		r := e.browse("mail.message", wanted[0])
		f.lone = r != nil && e.messageTarget(r) == nil
	}
	return f
}

// messageUpdating keeps messages where they are.
func messageUpdating(e *env, _ *record, values map[string]any) error {
	_, model := values["model"]
	_, id := values["res_id"]
	if (model || id) && e.role != roleAdministrator {
		return accessError("Only administrators can modify 'model' and 'res_id' fields.")
	}
	return nil
}

// messageDefaults completes a message: the caller is its author. Only an
// answer address that must be computed needs the record to exist already.
func messageDefaults(e *env, values map[string]any) error {
	name, _ := values["model"].(string)
	on := e.table(name)
	if name != "" && on == nil {
		return serverError("KeyError: '%s'", name)
	}
	if _, given := values["author_id"]; !given {
		values["author_id"] = e.user.values["partner_id"]
	}
	if _, given := values["email_from"]; !given {
		values["email_from"] = e.sender(number64(values["author_id"]))
	}
	if _, given := values["reply_to"]; !given {
		id := number64(values["res_id"])
		switch {
		case on != nil && id == 0:
			return serverError("KeyError: False")
		case on != nil && on.rows[id] == nil:
			return e.missing(on.model, id)
		}
		values["reply_to"] = values["email_from"]
	}
	if values["message_type"] == nil {
		values["message_type"] = "comment"
		if e.db.version == 16 {
			values["message_type"] = "email"
		}
	}
	if values["date"] == nil {
		values["date"] = e.now
	}
	if values["message_id"] == nil {
		values["message_id"] = e.newMessageID(values)
	}
	return nil
}

// sender is a contact's mailbox, nil when it has none.
func (e *env) sender(partner int64) any {
	contact := e.browse("res.partner", partner)
	if contact == nil || e.text(contact, "email") == "" {
		return nil
	}
	return formatAddress(e.text(contact, "name"), e.text(contact, "email"))
}

// newMessageID makes a Message-ID in Odoo's form.
func (e *env) newMessageID(values map[string]any) string {
	e.db.serial++
	about := "private"
	if id := number64(values["res_id"]); id != 0 {
		about = fmt.Sprintf("%d-%s", id, values["model"])
	}
	return fmt.Sprintf("<%015d.%d.%06d-openerp-%s@sandbox>", e.db.serial, e.now.Unix(), e.now.Nanosecond()/1000, about)
}

// note writes a message of Odoo's own on a record.
func (e *env) note(on *record, subtype, body string) error {
	values := map[string]any{
		"model": on.table.name, "res_id": on.id, "body": body,
		"message_type": "notification", "subtype_id": e.ref(subtype),
	}
	if subtype == "mail.mt_note" {
		values["is_internal"] = true
	} else if parent := e.ancestor(on); parent != 0 {
		values["parent_id"] = parent
	}
	return e.asSystem(func() error {
		_, err := e.create(e.table("mail.message"), values)
		return err
	})
}

// ancestor returns the message that a new one on a record belongs to: the
// last mail or comment, else the last of any kind; 0 when there is none.
func (e *env) ancestor(on *record) int64 {
	var last *record
	rank := func(m *record) (spoken bool, at time.Time) {
		at, _ = m.values["date"].(time.Time)
		return m.values["message_type"] == "email" || m.values["message_type"] == "comment", at
	}
	for _, m := range e.followAll(on, "message_ids") {
		if m.values["message_type"] == "user_notification" {
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
	return last.id
}

// threadModel is mail.thread, which has no records: mail comes in through it.
func threadModel(version int) *model {
	return newModel(model{
		name: "mail.thread", label: "Email Thread", rights: readOnly(),
		methods: map[string]method{
			"message_process": newMethod(callMessageProcess, 2, "model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"),
		},
	}, version)
}

// activityTypeModel is mail.activity.type.
func activityTypeModel(version int) *model {
	return newModel(model{name: "mail.activity.type", label: "Activity Type", rights: readOnly(), order: "sequence, id"}, version,
		field{name: "name", label: "Name", kind: char, required: true},
		field{name: "category", label: "Action", kind: selection},
		field{name: "icon", label: "Icon", kind: char},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "res_model", label: "Model", kind: selection},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "keep_done", label: "Keep Done", kind: boolean, since: 17, until: 18},
	)
}

// activityModel is mail.activity.
func activityModel(version int) *model {
	return newModel(model{
		name: "mail.activity", label: "Activity", rights: everything(), order: "date_deadline, id",
		defaults: activityDefaults, created: activityCreated,
		methods: map[string]method{
			"action_feedback": newMethod(callFeedback, 1, "ids", "feedback", "attachment_ids"),
			"action_done":     newMethod(callFeedback, 1, "ids"),
		},
	}, version,
		field{name: "res_model", label: "Related Document Model", kind: char},
		field{name: "res_model_id", label: "Document Model", kind: many2one, relation: "ir.model", required: version < 19},
		field{name: "res_id", label: "Related Document ID", kind: reference, indexed: true},
		field{name: "activity_type_id", label: "Activity Type", kind: many2one, relation: "mail.activity.type"},
		field{name: "summary", label: "Summary", kind: char},
		field{name: "note", label: "Note", kind: html},
		field{name: "date_deadline", label: "Due Date", kind: date},
		field{name: "user_id", label: "Assigned to", kind: many2one, relation: "res.users"},
		field{name: "calendar_event_id", label: "Calendar Meeting", kind: many2one, relation: "calendar.event"},
		field{name: "automated", label: "Automated activity", kind: boolean},
		field{name: "state", label: "State", kind: selection, compute: activityState, choices: choices(
			"overdue", "Overdue", "today", "Today", "planned", "Planned", "done", "Done")},
		field{name: "feedback", label: "Feedback", kind: text, since: 17},
		field{name: "date_done", label: "Done Date", kind: date, since: 17},
		field{name: "active", label: "Active", kind: boolean, since: 17},
	)
}

// eventModel is calendar.event, as far as an activity points to one.
func eventModel(version int) *model {
	return newModel(model{name: "calendar.event", label: "Calendar Event", rights: everything()}, version,
		field{name: "name", label: "Meeting Subject", kind: char, required: true},
	)
}

// activityDefaults completes an activity. Which model it is about is told by
// the id of the model or by the context; in 19 it is nobody's unless the call
// says whose.
func activityDefaults(e *env, values map[string]any) error {
	models := e.table("ir.model")
	if name, ok := e.context["default_res_model"].(string); ok && values["res_model_id"] == nil {
		values["res_model_id"] = e.ref(modelID(name))
	}
	values["res_model"] = nil
	if about := models.rows[number64(values["res_model_id"])]; about != nil {
		values["res_model"] = about.values["model"]
	} else if e.db.version >= 19 {
		return userError("The operation cannot be completed: Activities have to be linked to records with a not null res_id.")
	}
	if _, given := values["user_id"]; !given && e.db.version < 19 {
		values["user_id"] = e.user.id
	}
	if values["date_deadline"] == nil {
		values["date_deadline"] = e.now.Format(dateLayout)
	}
	return nil
}

// activityCreated writes the message that somebody gets when somebody else
// plans something for him.
func activityCreated(e *env, r *record, _ map[string]any) error {
	user, on := e.follow(r, "user_id"), e.target(r, "res_model")
	if user == nil || user == e.user || on == nil || e.context["mail_activity_quick_update"] == true {
		return nil
	}
	return e.asSystem(func() error {
		_, err := e.create(e.table("mail.message"), map[string]any{
			"model": on.table.name, "res_id": on.id, "message_type": "user_notification", "is_internal": true,
			"subject":     fmt.Sprintf("%q assigned to you", e.title(on)+": "+e.text(r, "summary")),
			"subtype_id":  e.ref("mail.mt_note"),
			"partner_ids": []any{user.values["partner_id"]},
		})
		return err
	})
}

// messagePost is the method message_post of the models that are mail threads.
func messagePost() method {
	return newMethod(callMessagePost, 1,
		"ids", "body", "subject", "message_type", "subtype_xmlid", "author_id", "email_from", "message_id", "body_is_html")
}

// callMessagePost is mail.thread.message_post: a message in the chatter, by
// the caller unless it says otherwise. From 17 on the body is text unless the
// call says that it is HTML. The result is a list of ids in 19.
func callMessagePost(e *env, t *table, a arguments) (any, error) {
	records, err := e.targets(t, a.ids(), opRead)
	if err != nil || len(records) == 0 {
		return false, err
	}
	given := map[string]any{
		"model": t.name, "res_id": records[0].id, "message_type": "notification",
		"subtype_id": e.ref("mail.mt_note"),
	}
	for _, name := range []string{"body", "subject", "message_type", "author_id", "email_from", "message_id"} {
		if v, ok := a[name]; ok {
			given[name] = v
		}
	}
	if body, _ := a["body"].(string); e.db.version >= 17 && a["body_is_html"] != true {
		given["body"] = escape(body)
	}
	if parent := e.ancestor(records[0]); parent != 0 {
		given["parent_id"] = parent
	}
	if name, ok := a["subtype_xmlid"].(string); ok {
		given["subtype_id"] = e.ref(name)
	}
	message, err := e.create(e.table("mail.message"), given)
	if err != nil {
		return nil, err
	}
	if e.db.version >= 19 {
		return []any{message.id}, nil
	}
	return message.id, nil
}
