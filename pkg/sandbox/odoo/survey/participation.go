package survey

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// participationModel is survey.user_input: somebody's participation in a
// survey, asked for or begun.
func participationModel() orm.Model {
	return orm.Model{
		Name: "survey.user_input", Label: "Survey User Input", Rights: orm.Everything(), Group: surveyGroup, Keeper: surveyKeeper,
		Order:  "create_date desc",
		Title:  func(e *orm.Env, r *orm.Record) string { return surveyTitle(e, r) },
		Allows: ownSurveyOnly("survey_id"),
		Unique: []orm.UniqueField{{Name: "access_token", Sentence: "An access token must be unique!"}},
		Defaults: func(_ *orm.Env, values map[string]any) error {
			if values["survey_id"] == nil {
				return orm.ServerError("ValueError: Expected singleton: survey.survey()")
			}
			complete(values, map[string]any{"state": "new", "access_token": newToken()})
			return nil
		},
		Deleting: dropBelow("user_input_line_ids"),
		Fields: []orm.Field{
			{Name: "survey_id", Label: "Survey", Kind: orm.Many2one, Relation: "survey.survey", Required: true, Indexed: true},
			{Name: "start_datetime", Label: "Start date and time", Kind: orm.Datetime},
			{Name: "end_datetime", Label: "End date and time", Kind: orm.Datetime},
			{Name: "deadline", Label: "Deadline", Kind: orm.Datetime},
			{Name: "state", Label: "Status", Kind: orm.Selection, Choices: orm.Choices("new", "New", "in_progress", "In Progress", "done", "Completed")},
			{Name: "test_entry", Label: "Test Entry", Kind: orm.Boolean},
			{Name: "is_attempts_limited", Label: "Limited number of attempts", Kind: orm.Boolean, Via: "survey_id", Readonly: true},
			{Name: "attempts_limit", Label: "Number of attempts", Kind: orm.Integer, Via: "survey_id", Readonly: true},
			{Name: "access_token", Label: "Identification token", Kind: orm.Char, Required: true, Indexed: true},
			{Name: "invite_token", Label: "Invite token", Kind: orm.Char},
			{Name: "partner_id", Label: "Contact", Kind: orm.Many2one, Relation: "res.partner"},
			{Name: "email", Label: "Email", Kind: orm.Char},
			{Name: "nickname", Label: "Nickname", Kind: orm.Char},
			{Name: "user_input_line_ids", Label: "Answers", Kind: orm.One2many, Relation: "survey.user_input.line", Inverse: "user_input_id"},
			{Name: "scoring_percentage", Label: "Score (%)", Kind: orm.Float},
			{Name: "scoring_total", Label: "Total Score", Kind: orm.Float},
			{Name: "lead_id", Label: "Lead", Kind: orm.Many2one, Relation: "crm.lead", Since: 19},
		},
	}
}

// surveyTitle is the title of the survey that a record belongs to.
func surveyTitle(e *orm.Env, r *orm.Record) string {
	if survey := e.Follow(r, "survey_id"); survey != nil {
		return e.Title(survey)
	}
	return ""
}

// answerLineModel is survey.user_input.line: one answer to one question. Only
// the survey's own pages write it.
func answerLineModel() orm.Model {
	return orm.Model{
		Name: "survey.user_input.line", Label: "Survey User Input Line", Rights: orm.ReadOnly(), Group: surveyGroup,
		Keeper: surveyKeeper, Editors: surveyManager, Order: "question_sequence, id",
		Title:  answerTitle,
		Allows: ownSurveyOnly("user_input_id", "survey_id"),
		Fields: []orm.Field{
			{Name: "user_input_id", Label: "User Input", Kind: orm.Many2one, Relation: "survey.user_input", Required: true, Indexed: true},
			{Name: "survey_id", Label: "Survey", Kind: orm.Many2one, Relation: "survey.survey", Via: "user_input_id", Readonly: true},
			{Name: "question_id", Label: "Question", Kind: orm.Many2one, Relation: "survey.question", Required: true, Indexed: true},
			{Name: "question_sequence", Label: "Sequence", Kind: orm.Integer, Via: "question_id", Of: "sequence", Readonly: true},
			{Name: "skipped", Label: "Skipped", Kind: orm.Boolean},
			{Name: "answer_type", Label: "Answer Type", Kind: orm.Selection},
			{Name: "value_char_box", Label: "Text answer", Kind: orm.Char},
			{Name: "value_numerical_box", Label: "Numerical answer", Kind: orm.Float},
			{Name: "value_date", Label: "Date answer", Kind: orm.Date},
			{Name: "value_datetime", Label: "Datetime answer", Kind: orm.Datetime},
			{Name: "value_text_box", Label: "Free Text answer", Kind: orm.Text},
			{Name: "suggested_answer_id", Label: "Suggested answer", Kind: orm.Many2one, Relation: "survey.question.answer"},
			{Name: "answer_score", Label: "Score", Kind: orm.Float, Via: "suggested_answer_id", Of: "answer_score", Readonly: true},
		},
	}
}

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
	left := int(orm.Number(survey.Values["attempts_limit"]))
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
