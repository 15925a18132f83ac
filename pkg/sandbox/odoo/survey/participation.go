package survey

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// participationModel is survey.user_input: somebody's participation in a
// survey, asked for or begun.
func participationModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{
		Name: "survey.user_input", Label: "Survey User Input", Rights: orm.Everything(), Group: surveyGroup, Keeper: surveyKeeper,
		Order:  "create_date desc",
		Title:  func(e *orm.Env, r *orm.Record) string { return surveyTitle(e, r) },
		Allows: ownSurveyOnly(func(e *orm.Env, r *orm.Record) *orm.Record { return e.Follow(r, "survey_id") }),
		Unique: []orm.UniqueField{{Name: "access_token", Sentence: "An access token must be unique!"}},
		Defaults: func(_ *orm.Env, values map[string]any) error {
			if values["survey_id"] == nil {
				return orm.ServerError("ValueError: Expected singleton: survey.survey()")
			}
			for name, v := range map[string]any{"state": "new", "access_token": newToken()} {
				if _, given := values[name]; !given {
					values[name] = v
				}
			}
			return nil
		},
		Deleting: dropBelow("user_input_line_ids"),
	}, version,
		orm.Field{Name: "survey_id", Label: "Survey", Kind: orm.Many2one, Relation: "survey.survey", Required: true, Indexed: true},
		orm.Field{Name: "start_datetime", Label: "Start date and time", Kind: orm.Datetime},
		orm.Field{Name: "end_datetime", Label: "End date and time", Kind: orm.Datetime},
		orm.Field{Name: "deadline", Label: "Deadline", Kind: orm.Datetime},
		orm.Field{Name: "state", Label: "Status", Kind: orm.Selection, Choices: orm.Choices("new", "New", "in_progress", "In Progress", "done", "Completed")},
		orm.Field{Name: "test_entry", Label: "Test Entry", Kind: orm.Boolean},
		orm.Field{Name: "is_attempts_limited", Label: "Limited number of attempts", Kind: orm.Boolean, Via: "survey_id", Readonly: true},
		orm.Field{Name: "attempts_limit", Label: "Number of attempts", Kind: orm.Integer, Via: "survey_id", Readonly: true},
		orm.Field{Name: "access_token", Label: "Identification token", Kind: orm.Char, Required: true, Indexed: true},
		orm.Field{Name: "invite_token", Label: "Invite token", Kind: orm.Char},
		orm.Field{Name: "partner_id", Label: "Contact", Kind: orm.Many2one, Relation: "res.partner"},
		orm.Field{Name: "email", Label: "Email", Kind: orm.Char},
		orm.Field{Name: "nickname", Label: "Nickname", Kind: orm.Char},
		orm.Field{Name: "user_input_line_ids", Label: "Answers", Kind: orm.One2many, Relation: "survey.user_input.line", Inverse: "user_input_id"},
		orm.Field{Name: "scoring_percentage", Label: "Score (%)", Kind: orm.Float},
		orm.Field{Name: "scoring_total", Label: "Total Score", Kind: orm.Float},
		orm.Field{Name: "lead_id", Label: "Lead", Kind: orm.Many2one, Relation: "crm.lead", Since: 19},
	)
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
func answerLineModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{
		Name: "survey.user_input.line", Label: "Survey User Input Line", Rights: orm.ReadOnly(), Group: surveyGroup,
		Keeper: surveyKeeper, Editors: surveyManager, Order: "question_sequence, id",
		Title: answerTitle,
		Allows: ownSurveyOnly(func(e *orm.Env, r *orm.Record) *orm.Record {
			if participation := e.Follow(r, "user_input_id"); participation != nil {
				return e.Follow(participation, "survey_id")
			}
			return nil
		}),
	}, version,
		orm.Field{Name: "user_input_id", Label: "User Input", Kind: orm.Many2one, Relation: "survey.user_input", Required: true, Indexed: true},
		orm.Field{Name: "survey_id", Label: "Survey", Kind: orm.Many2one, Relation: "survey.survey", Via: "user_input_id", Readonly: true},
		orm.Field{Name: "question_id", Label: "Question", Kind: orm.Many2one, Relation: "survey.question", Required: true, Indexed: true},
		orm.Field{Name: "question_sequence", Label: "Sequence", Kind: orm.Integer, Compute: func(e *orm.Env, r *orm.Record) any {
			if question := e.Follow(r, "question_id"); question != nil {
				return e.Get(question, "sequence")
			}
			return nil
		}},
		orm.Field{Name: "skipped", Label: "Skipped", Kind: orm.Boolean},
		orm.Field{Name: "answer_type", Label: "Answer Type", Kind: orm.Selection},
		orm.Field{Name: "value_char_box", Label: "Text answer", Kind: orm.Char},
		orm.Field{Name: "value_numerical_box", Label: "Numerical answer", Kind: orm.Float},
		orm.Field{Name: "value_date", Label: "Date answer", Kind: orm.Date},
		orm.Field{Name: "value_datetime", Label: "Datetime answer", Kind: orm.Datetime},
		orm.Field{Name: "value_text_box", Label: "Free Text answer", Kind: orm.Text},
		orm.Field{Name: "suggested_answer_id", Label: "Suggested answer", Kind: orm.Many2one, Relation: "survey.question.answer"},
		orm.Field{Name: "answer_score", Label: "Score", Kind: orm.Float, Compute: func(e *orm.Env, r *orm.Record) any {
			if choice := e.Follow(r, "suggested_answer_id"); choice != nil {
				return orm.Number(e.Get(choice, "answer_score"))
			}
			return 0.0
		}},
	)
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
