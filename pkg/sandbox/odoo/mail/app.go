// Package mail is Odoo's app for messages and activities on records, and for the
// mail that clients send. What a message says when an activity is done, and how a
// bounce is told from an answer, is as in Odoo; nothing is mailed but what
// mail.template.send_mail is told to, through the mail server of the database.
package mail

import (
	_ "embed" // schema.json

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/apps"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

//go:embed schema.json
var schema []byte

// App is the messages and activities on records, and the mail that comes in.
func App() apps.App {
	return apps.App{Name: "mail", Schema: schema, Behavior: map[string]orm.Behavior{
		"mail.blacklist": {Defaults: func(_ *orm.Env, values map[string]any) error {
			address, _ := values["email"].(string)
			values["email"] = base.NormalizeEmail(address)
			return nil
		}},
		"mail.message": {
			Title:  func(e *orm.Env, r *orm.Record) string { return e.Text(r, e.Since(19, "subject", "record_name")) },
			Allows: messageAllowed, Refusal: messageRefusal, Defaults: messageDefaults, Updating: messageUpdating,
			Compute: map[string]func(*orm.Env, *orm.Record) any{"record_name": recordName},
		},
		"mail.template": {
			Allows: templateAllowed, Defaults: templateDefaults,
			Methods: map[string]orm.Method{
				"send_mail": orm.NewMethod(callSendMail, 2, "ids", "res_id", "force_send", "raise_exception", "email_values", "email_layout_xmlid"),
			},
		},
		"mail.thread": {Methods: map[string]orm.Method{
			"message_process": orm.NewMethod(callMessageProcess, 2, "model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"),
		}},
		"mail.activity": {
			Defaults: activityDefaults, Created: activityCreated,
			Compute: map[string]func(*orm.Env, *orm.Record) any{"state": activityState},
			Methods: map[string]orm.Method{
				"action_feedback": orm.NewMethod(callFeedback, 1, "ids", "feedback", "attachment_ids"),
				"action_done":     orm.NewMethod(callFeedback, 1, "ids"),
			},
		},
	}}
}
