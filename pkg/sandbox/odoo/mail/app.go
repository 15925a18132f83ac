// Package mail is Odoo's app for messages and activities on records, and for the
// mail that clients send. What a message says when an activity is done, and how a
// bounce is told from an answer, is as in Odoo; nothing is ever mailed.
package mail

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// App is the messages and activities on records, and the mail that comes in.
func App(version orm.Version) orm.App {
	return orm.App{
		Name:   "mail",
		Models: models(version),
		Data:   data(version),
	}
}

// models are the app's models.
func models(version orm.Version) []orm.Model {
	return []orm.Model{
		{
			Name: "mail.blacklist", Label: "Mail Blacklist",
			Defaults: func(_ *orm.Env, values map[string]any) error {
				address, _ := values["email"].(string)
				values["email"] = base.NormalizeEmail(address)
				return nil
			},
			Fields: []orm.Field{
				{Name: "email", Label: "Email Address", Kind: orm.Char, Required: true, Indexed: true},
				{Name: "active", Label: "Active", Kind: orm.Boolean},
			},
		},
		{
			Name: "mail.message.subtype", Label: "Message subtypes", Rights: orm.ReadOnly(), Order: "sequence, id",
			Fields: []orm.Field{
				{Name: "name", Label: "Message Type", Kind: orm.Char, Required: true},
				{Name: "internal", Label: "Internal Only", Kind: orm.Boolean},
				{Name: "default", Label: "Default", Kind: orm.Boolean},
				{Name: "hidden", Label: "Hidden", Kind: orm.Boolean},
				{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
				{Name: "res_model", Label: "Model", Kind: orm.Char},
			},
		},
		messageModel(version),
		{
			Name: "mail.thread", Label: "Email Thread", Rights: orm.ReadOnly(),
			Methods: map[string]orm.Method{
				"message_process": orm.NewMethod(callMessageProcess, 2, "model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"),
			},
		},
		{
			Name: "mail.activity.type", Label: "Activity Type", Rights: orm.ReadOnly(), Order: "sequence, id",
			Fields: []orm.Field{
				{Name: "name", Label: "Name", Kind: orm.Char, Required: true},
				{Name: "category", Label: "Action", Kind: orm.Selection},
				{Name: "icon", Label: "Icon", Kind: orm.Char},
				{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
				{Name: "res_model", Label: "Model", Kind: orm.Selection},
				{Name: "active", Label: "Active", Kind: orm.Boolean},
				{Name: "keep_done", Label: "Keep Done", Kind: orm.Boolean, Since: 17, Until: 18},
			},
		},
		activityModel(version),
		{
			Name: "calendar.event", Label: "Calendar Event", Rights: orm.Everything(),
			Fields: []orm.Field{
				{Name: "name", Label: "Meeting Subject", Kind: orm.Char, Required: true},
			},
		},
	}
}

// data are the records that come with the app.
func data(version orm.Version) []orm.Dataset {
	since := version.Since
	todo, document, check := since(17, "To-Do", "To Do"), since(19, "Document", "Upload Document"), since(18, "fa-check", "fa-tasks")
	return []orm.Dataset{
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
	}
}
