package odoo

import (
	"fmt"
	"strings"
)

// activityState is how an activity stands on the day of the call.
func activityState(e *env, r *record) any {
	today, due := e.now.Format(dateLayout), e.text(r, "date_deadline")
	switch {
	case r.values["active"] == false:
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
func callFeedback(e *env, t *table, a arguments) (any, error) {
	if err := e.checkModel(t, opWrite); err != nil {
		return nil, err
	}
	records, err := e.targets(t, a.ids(), opWrite)
	if err != nil {
		return nil, err
	}
	feedback, _ := a["feedback"].(string)
	var last any = false
	for _, r := range records {
		if last, err = e.tellDone(r, feedback); err != nil {
			return nil, err
		}
		kind := e.follow(r, "activity_type_id")
		if e.db.version < 19 && (kind == nil || !e.flag(kind, "keep_done")) {
			e.remove(r)
			continue
		}
		e.set(r, "active", false)
		e.set(r, "date_done", e.now.Format(dateLayout))
		e.set(r, "feedback", optional(feedback))
	}
	return last, nil
}

// tellDone writes what remains of an activity on its record.
func (e *env) tellDone(r *record, feedback string) (any, error) {
	values := map[string]any{
		"model": r.values["res_model"], "res_id": r.values["res_id"], "body": e.doneBody(r, feedback), "message_type": "notification",
		"subtype_id": e.ref("mail.mt_activities"), "mail_activity_type_id": r.values["activity_type_id"],
	}
	if on := e.target(r, "res_model"); on != nil && on.table.fields["message_ids"] != nil {
		if parent := e.ancestor(on); parent != 0 {
			values["parent_id"] = parent
		}
	}
	var message *record
	err := e.asSystem(func() (err error) {
		message, err = e.create(e.table("mail.message"), values)
		return err
	})
	if err != nil {
		return nil, err
	}
	return message.id, nil
}

// doneBody is the text of that message: what was done, and, with the
// note first from 18 on, what was said about it and the note of the activity.
func (e *env) doneBody(r *record, feedback string) string {
	var b strings.Builder
	icon, name := "", ""
	if kind := e.follow(r, "activity_type_id"); kind != nil {
		icon, name = e.text(kind, "icon"), e.title(kind)
	}
	fmt.Fprintf(&b, "\n    <p>\n        <span class=\"fa %s fa-fw\"></span><span>%s</span> done\n", icon, escape(name))
	if assigned := e.follow(r, "user_id"); assigned != e.user {
		who := ""
		if assigned != nil {
			who = "<span>" + escape(e.title(assigned)) + "</span>"
		}
		fmt.Fprintf(&b, "         (originally assigned to %s)\n", who)
	}
	if summary := e.text(r, "summary"); summary != "" {
		fmt.Fprintf(&b, "        <span>: </span><span>%s</span>\n", escape(summary))
	}
	b.WriteString("    </p>")
	said, note := e.doneSaid(feedback), e.doneNote(r)
	if e.db.version < 18 {
		return b.String() + said + note + "\n"
	}
	b.WriteString(note + said + "\n")
	if e.db.version < 19 {
		return b.String()
	}
	return "<div>" + b.String() + "</div>"
}

// doneSaid is the part of the text with the feedback.
func (e *env) doneSaid(feedback string) string {
	if feedback == "" {
		return ""
	}
	lines := strings.ReplaceAll(escape(feedback), "\n", "\n            <br>\n            ")
	title := ""
	if e.db.version >= 18 {
		title = "        <div class=\"fw-bold\">Feedback:</div>\n"
	}
	return "\n    <div>\n" + title + "            " + lines + "\n    </div>"
}

// doneNote is the part of the text with the activity's own note.
func (e *env) doneNote(r *record) string {
	note := e.text(r, "note")
	if note == "" || note == "<p><br></p>" {
		return ""
	}
	title := "<div class=\"o_mail_note_title fw-bold\">Original note:</div>"
	if e.db.version < 18 {
		title = "<div class=\"o_mail_note_title\"><strong>Original note:</strong></div>"
	}
	return "\n    \n        " + title + "\n        <div>" + note + "</div>"
}
