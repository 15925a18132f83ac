package survey

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
)

// answerTitle is the display name of an answer: what was answered.
func answerTitle(e *orm.Env, r *orm.Record) string {
	if choice := e.Follow(r, "suggested_answer_id"); choice != nil {
		return e.Text(choice, "value")
	}
	if said := e.Text(r, "value_char_box"); said != "" {
		return said
	}
	if said := e.Text(r, "value_text_box"); said != "" {
		return shorten(said, 50, " [...]")
	}
	return "Skipped"
}

// attemptsLeft is how often a survey may still be answered by that contact, or
// else from that address, within one invitation. Without a limit it is 1.
func attemptsLeft(e *orm.Env, survey *orm.Record, partner, email, invitation any) int {
	if !e.Flag(survey, "is_attempts_limited") || survey.Values["access_mode"] == "public" && !e.Flag(survey, "users_login_required") {
		return 1
	}
	left := int(value.Number(survey.Values["attempts_limit"]))
	for _, p := range e.FollowAll(survey, "user_input_ids") {
		same := partner != nil && p.Values["partner_id"] == partner || partner == nil && p.Values["email"] == email
		if invitation != nil {
			same = same && p.Values["invite_token"] == invitation
		}
		if same && p.Values["state"] == "done" && !e.Flag(p, "test_entry") {
			left--
		}
	}
	return left
}
