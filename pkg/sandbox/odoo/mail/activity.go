package mail

import (
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// activityDefaults completes an activity. Which model it is about is told by
// the id of the model or by the context; in 19 it is nobody's unless the call
// says whose.
func activityDefaults(e *orm.Env, values map[string]any) error {
	models := e.Table("ir.model")
	if name, ok := e.Context["default_res_model"].(string); ok && values["res_model_id"] == nil {
		values["res_model_id"] = e.Ref(base.ModelID(name))
	}
	values["res_model"] = nil
	if about := models.Rows[value.ID(values["res_model_id"])]; about != nil {
		values["res_model"] = about.Values["model"]
	} else if e.Version >= 19 {
		return orm.UserError("The operation cannot be completed: Activities have to be linked to records with a not null res_id.")
	}
	if _, given := values["user_id"]; !given && e.Version < 19 {
		values["user_id"] = e.User.ID
	}
	if values["date_deadline"] == nil {
		values["date_deadline"] = e.Now.Format(time.DateOnly)
	}
	return nil
}

// activityCreated writes the message that somebody gets when somebody else
// plans something for them.
func activityCreated(e *orm.Env, r *orm.Record, _ map[string]any) error {
	user, on := e.Follow(r, "user_id"), e.Target(r)
	if user == nil || user == e.User || on == nil || e.Context["mail_activity_quick_update"] == true {
		return nil
	}
	return Notify(e, on, user, fmt.Sprintf("%q assigned to you", e.Title(on)+": "+e.Text(r, "summary")), "")
}

// activityState is how an activity stands on the day of the call.
func activityState(e *orm.Env, r *orm.Record) any {
	today, due := e.Now.Format(time.DateOnly), e.Text(r, "date_deadline")
	switch {
	case r.Values["active"] == false:
		return "done"
	case due < today:
		return "overdue"
	case due == today:
		return "today"
	default:
		return "planned"
	}
}

// callFeedback is mail.activity.action_feedback: the activity is done and
// leaves a message, whose id is the answer. 19 archives the activity, 17 and 18
// do if its type says so, all others delete it.
func callFeedback(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	records, err := e.Targets(t, a.IDs(), orm.OpWrite)
	if err != nil {
		return nil, err
	}
	feedback, _ := a["feedback"].(string)
	var last any = false
	for _, r := range records {
		if last, err = tellDone(e, r, feedback); err != nil {
			return nil, err
		}
		kind := e.Follow(r, "activity_type_id")
		if e.Version < 19 && (kind == nil || !e.Flag(kind, "keep_done")) {
			e.Remove(r)
			continue
		}
		e.Set(r, "active", false)
		e.Set(r, "date_done", e.Now.Format(time.DateOnly))
		e.Set(r, "feedback", value.Optional(feedback))
	}
	return last, nil
}

// tellDone writes what remains of an activity on its record.
func tellDone(e *orm.Env, r *orm.Record, feedback string) (any, error) {
	values := map[string]any{
		"model": r.Values["res_model"], "res_id": r.Values["res_id"], "body": doneBody(e, r, feedback), "message_type": "notification",
		"subtype_id": e.Ref("mail.mt_activities"), "mail_activity_type_id": r.Values["activity_type_id"],
	}
	if on := e.Target(r); on != nil && on.Table.Field("message_ids") != nil {
		if parent := ancestor(e, on); parent != 0 {
			values["parent_id"] = parent
		}
	}
	message, err := post(e, values)
	if err != nil {
		return nil, err
	}
	return message.ID, nil
}

// doneBody is the text of that message: what was done, and, with the
// note first from 18 on, what was said about it and the note of the activity.
func doneBody(e *orm.Env, r *orm.Record, feedback string) string {
	var b strings.Builder
	icon, name := "", ""
	if kind := e.Follow(r, "activity_type_id"); kind != nil {
		icon, name = e.Text(kind, "icon"), e.Title(kind)
	}
	fmt.Fprintf(&b, "\n    <p>\n        <span class=\"fa %s fa-fw\"></span><span>%s</span> done\n", icon, xmlrpc.Escape(name))
	if assigned := e.Follow(r, "user_id"); assigned != e.User {
		who := ""
		if assigned != nil {
			who = "<span>" + xmlrpc.Escape(e.Title(assigned)) + "</span>"
		}
		fmt.Fprintf(&b, "         (originally assigned to %s)\n", who)
	}
	if summary := e.Text(r, "summary"); summary != "" {
		fmt.Fprintf(&b, "        <span>: </span><span>%s</span>\n", xmlrpc.Escape(summary))
	}
	b.WriteString("    </p>")
	said, note := doneSaid(e, feedback), doneNote(e, r)
	if e.Version < 18 {
		return b.String() + said + note + "\n"
	}
	b.WriteString(note + said + "\n")
	if e.Version < 19 {
		return b.String()
	}
	return "<div>" + b.String() + "</div>"
}

// doneSaid is the part of the text with the feedback.
func doneSaid(e *orm.Env, feedback string) string {
	if feedback == "" {
		return ""
	}
	lines := strings.ReplaceAll(xmlrpc.Escape(feedback), "\n", "\n            <br>\n            ")
	title := e.Since(18, "        <div class=\"fw-bold\">Feedback:</div>\n", "")
	return "\n    <div>\n" + title + "            " + lines + "\n    </div>"
}

// doneNote is the part of the text with the activity's own note.
func doneNote(e *orm.Env, r *orm.Record) string {
	note := e.Text(r, "note")
	if note == "" || note == "<p><br></p>" {
		return ""
	}
	title := e.Since(18, "<div class=\"o_mail_note_title fw-bold\">Original note:</div>",
		"<div class=\"o_mail_note_title\"><strong>Original note:</strong></div>")
	return "\n    \n        " + title + "\n        <div>" + note + "</div>"
}
