package survey

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// The groups of the Survey app, and how Odoo names them to somebody who may
// not.
const (
	surveyGroup   = "survey.group_survey_user"
	surveyKeeper  = "Surveys/Administrator\n\t- Surveys/User"
	surveyManager = "Surveys/Administrator"
)

// ownSurveyOnly is the record rule of everything below a survey, which is found
// along many2one fields: up to 17 a user changes only what belongs to a survey
// that they created themselves; from 18 on what belongs to any.
func ownSurveyOnly(path ...string) func(*orm.Env, *orm.Record, orm.Operation) bool {
	return func(e *orm.Env, survey *orm.Record, op orm.Operation) bool {
		for _, name := range path {
			if survey = e.Follow(survey, name); survey == nil {
				return e.Version < 18 && op == orm.OpRead
			}
		}
		return e.Version >= 18 || op == orm.OpRead || survey.Values["create_uid"] == e.User.ID
	}
}

// surveyModel is survey.survey.
func surveyModel() orm.Model {
	return orm.Model{
		Name: "survey.survey", Label: "Survey", Rights: orm.Everything(), Group: surveyGroup, Keeper: surveyKeeper, Order: "create_date desc",
		Title:    func(e *orm.Env, r *orm.Record) string { return e.Text(r, "title") },
		Allows:   ownSurveyOnly(),
		Unique:   []orm.UniqueField{{Name: "access_token", Sentence: "Access token should be unique"}},
		Defaults: surveyDefaults,
		Updating: surveyUpdating,
		Deleting: dropBelow("question_and_page_ids", "user_input_ids"),
		Fields: []orm.Field{
			{Name: "title", Label: "Survey Title", Kind: orm.Char, Required: true},
			{Name: "survey_type", Label: "Survey Type", Kind: orm.Selection, Since: 17, Required: true, Choices: orm.Choices(
				"survey", "Survey", "live_session", "Live session", "assessment", "Assessment", "custom", "Custom")},
			{Name: "description", Label: "Description", Kind: orm.HTML},
			{Name: "description_done", Label: "End Message", Kind: orm.HTML},
			{Name: "active", Label: "Active", Kind: orm.Boolean},
			{Name: "user_id", Label: "Responsible", Kind: orm.Many2one, Relation: "res.users"},
			{Name: "question_and_page_ids", Label: "Sections and Questions", Kind: orm.One2many, Relation: "survey.question", Inverse: "survey_id"},
			{Name: "page_ids", Label: "Pages", Kind: orm.One2many, Relation: "survey.question", Compute: questionsOf(true)},
			{Name: "question_ids", Label: "Questions", Kind: orm.One2many, Relation: "survey.question", Compute: questionsOf(false)},
			{Name: "question_count", Label: "# Questions", Kind: orm.Integer, Compute: func(e *orm.Env, r *orm.Record) any {
				return int64(len(orm.IDs(e.Get(r, "question_ids"))))
			}},
			{Name: "questions_layout", Label: "Pagination", Kind: orm.Selection, Required: true, Choices: orm.Choices(
				"page_per_question", "One page per question", "page_per_section", "One page per section", "one_page", "One page with all the questions")},
			{Name: "access_mode", Label: "Access Mode", Kind: orm.Selection, Required: true, Choices: orm.Choices(
				"public", "Anyone with the link", "token", "Invited people only")},
			{Name: "access_token", Label: "Access Token", Kind: orm.Char, Indexed: true},
			{Name: "users_login_required", Label: "Require Login", Kind: orm.Boolean},
			{Name: "users_can_go_back", Label: "Users can go back", Kind: orm.Boolean},
			{Name: "user_input_ids", Label: "User responses", Kind: orm.One2many, Relation: "survey.user_input", Inverse: "survey_id"},
			{Name: "scoring_type", Label: "Scoring", Kind: orm.Selection, Required: true},
			{Name: "is_attempts_limited", Label: "Limited number of attempts", Kind: orm.Boolean},
			{Name: "attempts_limit", Label: "Number of attempts", Kind: orm.Integer},
			{Name: "session_code", Label: "Session Code", Kind: orm.Char, Compute: sessionCode},
			{Name: "session_link", Label: "Session Link", Kind: orm.Char, Compute: func(e *orm.Env, r *orm.Record) any {
				return e.BaseURL + "/s/" + fmt.Sprint(sessionCode(e, r))
			}},
		},
	}
}

// sessionCode is the number under which a survey can be joined live.
func sessionCode(_ *orm.Env, r *orm.Record) any { return strconv.FormatInt(1000+r.ID%9000, 10) }

// surveyDefaults completes a new survey.
func surveyDefaults(e *orm.Env, values map[string]any) error {
	complete(values, map[string]any{
		"survey_type": "custom", "access_mode": "public", "questions_layout": "page_per_question", "scoring_type": "no_scoring",
		"attempts_limit": int64(1), "access_token": newToken(), "user_id": e.User.ID,
	})
	return nil
}

// complete adds those values that a call has not given, not even as absent.
func complete(values, defaults map[string]any) {
	for name, v := range defaults {
		if _, given := values[name]; !given {
			values[name] = v
		}
	}
}

// newToken draws a token in the form of a random UUID.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// surveyUpdating takes the limit of attempts off a survey that becomes open to
// everybody.
func surveyUpdating(_ *orm.Env, r *orm.Record, values map[string]any) error {
	_, mode := values["access_mode"]
	_, login := values["users_login_required"]
	if _, given := values["is_attempts_limited"]; given || !mode && !login {
		return nil
	}
	after := func(name string) any {
		if v, given := values[name]; given {
			return v
		}
		return r.Values[name]
	}
	if after("access_mode") == "public" && after("users_login_required") != true {
		values["is_attempts_limited"] = false
	}
	return nil
}

// dropBelow returns what deletes a record's children of those fields with it.
func dropBelow(fields ...string) func(*orm.Env, *orm.Record) error {
	return func(e *orm.Env, r *orm.Record) error {
		for _, name := range fields {
			for _, child := range e.FollowAll(r, name) {
				if err := e.Unlink(child); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// questionsOf computes the pages of a survey, or its questions.
func questionsOf(pages bool) func(*orm.Env, *orm.Record) any {
	return func(e *orm.Env, r *orm.Record) any {
		found := []int64{}
		for _, question := range e.FollowAll(r, "question_and_page_ids") {
			if e.Flag(question, "is_page") == pages {
				found = append(found, question.ID)
			}
		}
		return found
	}
}

// questionModel is survey.question: a question, or a page that begins before
// the questions after it.
func questionModel(version orm.Version) orm.Model {
	types := orm.Choices("simple_choice", "Multiple choice: only one answer", "multiple_choice", "Multiple choice: multiple answers allowed",
		"text_box", "Multiple Lines Text Box", "char_box", "Single Line Text Box", "numerical_box", "Numerical Value")
	if version >= 18 {
		types = append(types, orm.Choices("scale", "Scale")...)
	}
	types = append(types, orm.Choices("date", "Date", "datetime", "Datetime", "matrix", "Matrix")...)
	return orm.Model{
		Name: "survey.question", Label: "Survey Question", Rights: orm.Everything(), Group: surveyGroup, Keeper: surveyKeeper, Order: "sequence, id",
		Title:  func(e *orm.Env, r *orm.Record) string { return e.Text(r, "title") },
		Allows: ownSurveyOnly("survey_id"),
		Defaults: func(_ *orm.Env, values map[string]any) error {
			if values["question_type"] == nil && values["is_page"] != true {
				values["question_type"] = "simple_choice"
			}
			complete(values, map[string]any{"sequence": int64(10)})
			return nil
		},
		Deleting: dropBelow("suggested_answer_ids", "user_input_line_ids"),
		Fields: []orm.Field{
			{Name: "title", Label: "Title", Kind: orm.Char, Required: true},
			{Name: "description", Label: "Description", Kind: orm.HTML},
			{Name: "survey_id", Label: "Survey", Kind: orm.Many2one, Relation: "survey.survey", Indexed: true},
			{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
			{Name: "is_page", Label: "Is a page?", Kind: orm.Boolean},
			{Name: "question_type", Label: "Question Type", Kind: orm.Selection, Choices: types},
			{Name: "constr_mandatory", Label: "Mandatory Answer", Kind: orm.Boolean},
			{Name: "constr_error_msg", Label: "Error message", Kind: orm.Char},
			{Name: "question_placeholder", Label: "Placeholder", Kind: orm.Char},
			{Name: "suggested_answer_ids", Label: "Types of answers", Kind: orm.One2many, Relation: "survey.question.answer", Inverse: "question_id"},
			{Name: "user_input_line_ids", Label: "Answers", Kind: orm.One2many, Relation: "survey.user_input.line", Inverse: "question_id"},
		},
	}
}

// questionAnswerModel is survey.question.answer: a choice of a question.
func questionAnswerModel() orm.Model {
	return orm.Model{
		Name: "survey.question.answer", Label: "Survey Label", Rights: orm.Everything(), Group: surveyGroup, Keeper: surveyKeeper,
		Order:  "question_id, sequence, id",
		Title:  choiceTitle,
		Allows: ownSurveyOnly("question_id", "survey_id"),
		Defaults: func(_ *orm.Env, values map[string]any) error {
			if values["value"] == nil {
				return orm.UserError("%sSuggested answer value must not be empty (a text and/or an image must be provided).", orm.NotCompleted)
			}
			complete(values, map[string]any{"sequence": int64(10)})
			return nil
		},
		Fields: []orm.Field{
			{Name: "question_id", Label: "Question", Kind: orm.Many2one, Relation: "survey.question", Indexed: true},
			{Name: "sequence", Label: "Label Sequence order", Kind: orm.Integer},
			{Name: "value", Label: "Suggested value", Kind: orm.Char},
			{Name: "is_correct", Label: "Correct", Kind: orm.Boolean},
			{Name: "answer_score", Label: "Score", Kind: orm.Float},
		},
	}
}

// choiceTitle is the display name of a choice: from 17 on with its question,
// shortened to 90 characters.
func choiceTitle(e *orm.Env, r *orm.Record) string {
	const longest, leastOfQuestion = 90, 30
	value := e.Text(r, "value")
	question := e.Follow(r, "question_id")
	if e.Version < 17 || question == nil {
		return value
	}
	title := e.Text(question, "title")
	n := utf8.RuneCountInString
	over := n(title) + n(value) + n(" : ") - longest
	if over <= 0 {
		return title + " : " + value
	}
	return shorten(shorten(title, max(leastOfQuestion, n(title)-over), "...")+" : "+value, longest, "...")
}

// shorten cuts a text after a word so that it has no more than so many
// characters with the dots that then end it, as Python's textwrap.shorten does.
func shorten(s string, width int, dots string) string {
	words := strings.Fields(s)
	if whole := strings.Join(words, " "); utf8.RuneCountInString(whole) <= width {
		return whole
	}
	short := ""
	for _, word := range words {
		longer := strings.TrimPrefix(short+" "+word, " ")
		if utf8.RuneCountInString(longer+dots) > width {
			break
		}
		short = longer
	}
	return short + dots
}
