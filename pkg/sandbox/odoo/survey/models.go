package survey

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
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

// questionCount is the number of a survey's questions.
func questionCount(e *orm.Env, r *orm.Record) any {
	return int64(len(orm.IDs(e.Get(r, "question_ids"))))
}

// sessionCode is the number under which a survey can be joined live.
func sessionCode(_ *orm.Env, r *orm.Record) any { return strconv.FormatInt(1000+r.ID%9000, 10) }

// sessionLink is the address under which it can.
func sessionLink(e *orm.Env, r *orm.Record) any {
	return e.BaseURL + "/s/" + fmt.Sprint(sessionCode(e, r))
}

// surveyDefaults completes a new survey.
func surveyDefaults(e *orm.Env, values map[string]any) error {
	drawToken(values)
	if _, given := values["user_id"]; !given {
		values["user_id"] = e.User.ID
	}
	return nil
}

// questionDefaults makes a new question one with a single answer.
func questionDefaults(_ *orm.Env, values map[string]any) error {
	if values["question_type"] == nil && values["is_page"] != true {
		values["question_type"] = "simple_choice"
	}
	return nil
}

// choiceDefaults refuses an empty choice.
func choiceDefaults(_ *orm.Env, values map[string]any) error {
	if values["value"] == nil {
		return orm.UserError("%sSuggested answer value must not be empty (a text and/or an image must be provided).", orm.NotCompleted)
	}
	return nil
}

// participationDefaults refuses a participation in no survey.
func participationDefaults(_ *orm.Env, values map[string]any) error {
	if values["survey_id"] == nil {
		return orm.ServerError("ValueError: Expected singleton: survey.survey()")
	}
	drawToken(values)
	return nil
}

// drawToken gives a new record an access token, unless the call gives one.
func drawToken(values map[string]any) {
	if _, given := values["access_token"]; !given {
		values["access_token"] = newToken()
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
