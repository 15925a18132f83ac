package odoo

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The groups of the Survey app, and how Odoo names them to somebody who may
// not.
const (
	surveyGroup   = "survey.group_survey_user"
	surveyKeeper  = "Surveys/Administrator\n\t- Surveys/User"
	surveyManager = "Surveys/Administrator"
)

// ownSurveyOnly is the record rule of everything below a survey, which owner
// finds: up to 17 a user changes only what belongs to a survey that he created
// himself; from 18 on what belongs to any.
func ownSurveyOnly(owner func(*env, *record) *record) func(*env, *record, operation) bool {
	return func(e *env, r *record, op operation) bool {
		survey := owner(e, r)
		if e.db.version >= 18 {
			return survey != nil
		}
		return op == opRead || survey != nil && survey.values["create_uid"] == e.user.id
	}
}

// surveyModel is survey.survey.
func surveyModel(version int) *model {
	return newModel(model{
		name: "survey.survey", label: "Survey", rights: everything(), group: surveyGroup, keeper: surveyKeeper, order: "create_date desc",
		title:    func(e *env, r *record) string { return e.text(r, "title") },
		allows:   ownSurveyOnly(func(_ *env, r *record) *record { return r }),
		unique:   []uniqueField{{name: "access_token", sentence: "Access token should be unique"}},
		defaults: surveyDefaults,
		updating: surveyUpdating,
		deleting: dropBelow("question_and_page_ids", "user_input_ids"),
	}, version,
		field{name: "title", label: "Survey Title", kind: char, required: true},
		field{name: "survey_type", label: "Survey Type", kind: selection, since: 17, required: true, choices: choices(
			"survey", "Survey", "live_session", "Live session", "assessment", "Assessment", "custom", "Custom")},
		field{name: "description", label: "Description", kind: html},
		field{name: "description_done", label: "End Message", kind: html},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "user_id", label: "Responsible", kind: many2one, relation: "res.users"},
		field{name: "question_and_page_ids", label: "Sections and Questions", kind: one2many, relation: "survey.question", inverse: "survey_id"},
		field{name: "page_ids", label: "Pages", kind: one2many, relation: "survey.question", compute: questionsOf(true)},
		field{name: "question_ids", label: "Questions", kind: one2many, relation: "survey.question", compute: questionsOf(false)},
		field{name: "question_count", label: "# Questions", kind: integer, compute: func(e *env, r *record) any {
			return int64(len(ids(e.get(r, "question_ids"))))
		}},
		field{name: "questions_layout", label: "Pagination", kind: selection, required: true, choices: choices(
			"page_per_question", "One page per question", "page_per_section", "One page per section", "one_page", "One page with all the questions")},
		field{name: "access_mode", label: "Access Mode", kind: selection, required: true, choices: choices(
			"public", "Anyone with the link", "token", "Invited people only")},
		field{name: "access_token", label: "Access Token", kind: char, indexed: true},
		field{name: "users_login_required", label: "Require Login", kind: boolean},
		field{name: "users_can_go_back", label: "Users can go back", kind: boolean},
		field{name: "user_input_ids", label: "User responses", kind: one2many, relation: "survey.user_input", inverse: "survey_id"},
		field{name: "scoring_type", label: "Scoring", kind: selection, required: true},
		field{name: "is_attempts_limited", label: "Limited number of attempts", kind: boolean},
		field{name: "attempts_limit", label: "Number of attempts", kind: integer},
		field{name: "session_code", label: "Session Code", kind: char, compute: sessionCode},
		field{name: "session_link", label: "Session Link", kind: char, compute: func(e *env, r *record) any {
			return e.db.baseURL + "/s/" + fmt.Sprint(sessionCode(e, r))
		}},
	)
}

// sessionCode is the number under which a survey can be joined live.
func sessionCode(_ *env, r *record) any { return strconv.FormatInt(1000+r.id%9000, 10) }

// surveyDefaults completes a new survey.
func surveyDefaults(e *env, values map[string]any) error {
	for name, v := range map[string]any{
		"survey_type": "custom", "access_mode": "public", "questions_layout": "page_per_question", "scoring_type": "no_scoring",
		"attempts_limit": int64(1), "access_token": newToken(), "user_id": e.user.id,
	} {
		if _, given := values[name]; !given {
			values[name] = v
		}
	}
	return nil
}

// newToken draws a token in the form of a random UUID.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// surveyUpdating takes the limit of attempts off a survey that becomes open to
// everybody.
func surveyUpdating(_ *env, r *record, values map[string]any) error {
	_, mode := values["access_mode"]
	_, login := values["users_login_required"]
	if _, given := values["is_attempts_limited"]; given || !mode && !login {
		return nil
	}
	after := func(name string) any {
		if v, given := values[name]; given {
			return v
		}
		return r.values[name]
	}
	if after("access_mode") == "public" && after("users_login_required") != true {
		values["is_attempts_limited"] = false
	}
	return nil
}

// dropBelow returns what deletes a record's children of those fields with it.
func dropBelow(fields ...string) func(*env, *record) error {
	return func(e *env, r *record) error {
		for _, name := range fields {
			for _, child := range e.followAll(r, name) {
				if err := e.unlink(child); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// questionsOf computes the pages of a survey, or its questions.
func questionsOf(pages bool) func(*env, *record) any {
	return func(e *env, r *record) any {
		found := []int64{}
		for _, question := range e.followAll(r, "question_and_page_ids") {
			if e.flag(question, "is_page") == pages {
				found = append(found, question.id)
			}
		}
		return found
	}
}

// questionModel is survey.question: a question, or a page that begins before
// the questions after it.
func questionModel(version int) *model {
	types := choices("simple_choice", "Multiple choice: only one answer", "multiple_choice", "Multiple choice: multiple answers allowed",
		"text_box", "Multiple Lines Text Box", "char_box", "Single Line Text Box", "numerical_box", "Numerical Value")
	if version >= 18 {
		types = append(types, choice{"scale", "Scale"})
	}
	types = append(types, choices("date", "Date", "datetime", "Datetime", "matrix", "Matrix")...)
	return newModel(model{
		name: "survey.question", label: "Survey Question", rights: everything(), group: surveyGroup, keeper: surveyKeeper, order: "sequence, id",
		title:  func(e *env, r *record) string { return e.text(r, "title") },
		allows: ownSurveyOnly(func(e *env, r *record) *record { return e.follow(r, "survey_id") }),
		defaults: func(_ *env, values map[string]any) error {
			if values["question_type"] == nil && values["is_page"] != true {
				values["question_type"] = "simple_choice"
			}
			return defaultSequence(values)
		},
		deleting: dropBelow("suggested_answer_ids", "user_input_line_ids"),
	}, version,
		field{name: "title", label: "Title", kind: char, required: true},
		field{name: "description", label: "Description", kind: html},
		field{name: "survey_id", label: "Survey", kind: many2one, relation: "survey.survey", indexed: true},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "is_page", label: "Is a page?", kind: boolean},
		field{name: "question_type", label: "Question Type", kind: selection, choices: types},
		field{name: "constr_mandatory", label: "Mandatory Answer", kind: boolean},
		field{name: "constr_error_msg", label: "Error message", kind: char},
		field{name: "question_placeholder", label: "Placeholder", kind: char},
		field{name: "suggested_answer_ids", label: "Types of answers", kind: one2many, relation: "survey.question.answer", inverse: "question_id"},
		field{name: "user_input_line_ids", label: "Answers", kind: one2many, relation: "survey.user_input.line", inverse: "question_id"},
	)
}

// defaultSequence puts a record in the middle of its siblings.
func defaultSequence(values map[string]any) error {
	if _, given := values["sequence"]; !given {
		values["sequence"] = int64(10)
	}
	return nil
}

// questionAnswerModel is survey.question.answer: a choice of a question.
func questionAnswerModel(version int) *model {
	return newModel(model{
		name: "survey.question.answer", label: "Survey Label", rights: everything(), group: surveyGroup, keeper: surveyKeeper,
		order: "question_id, sequence, id",
		title: choiceTitle,
		allows: ownSurveyOnly(func(e *env, r *record) *record {
			if question := e.follow(r, "question_id"); question != nil {
				return e.follow(question, "survey_id")
			}
			return nil
		}),
		defaults: func(_ *env, values map[string]any) error {
			if values["value"] == nil {
				return userError("%sSuggested answer value must not be empty (a text and/or an image must be provided).", notCompleted)
			}
			return defaultSequence(values)
		},
	}, version,
		field{name: "question_id", label: "Question", kind: many2one, relation: "survey.question", indexed: true},
		field{name: "sequence", label: "Label Sequence order", kind: integer},
		field{name: "value", label: "Suggested value", kind: char},
		field{name: "is_correct", label: "Correct", kind: boolean},
		field{name: "answer_score", label: "Score", kind: float},
	)
}

// choiceTitle is the display name of a choice: from 17 on with its question,
// shortened to 90 characters.
func choiceTitle(e *env, r *record) string {
	const longest, leastOfQuestion = 90, 30
	value := e.text(r, "value")
	question := e.follow(r, "question_id")
	if e.db.version < 17 || question == nil {
		return value
	}
	title := e.text(question, "title")
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
