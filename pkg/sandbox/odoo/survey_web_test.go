package odoo_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

const (
	head = http.MethodHead
	get  = http.MethodGet
	send = http.MethodPost
)

func TestOpeningTheLinkRecordsNothing(t *testing.T) {
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			newSurvey(t, server, "1")
			site := start(t, server)
			page := map[int]string{19: "/en/survey/survey-token/first", 20: "/en/survey/survey-token"}[version]
			if version < 19 {
				page = "/survey/survey-token/first"
			}
			for _, method := range []string{head, get} {
				assert.Equal(t, visited{status: 303, location: page}, visit(t, method, site+"/survey/start/survey-token?answer_token=first", nil))
			}
			if version == 20 { // which knows the client by a cookie
				assert.Equal(t, visited{status: 303, location: "/"}, visit(t, get, site+page, nil))
				page = "/survey/survey-token/first"
			}
			assert.Equal(t, visited{status: 200}, visit(t, head, site+page, nil))
			seen := visit(t, get, site+page, nil)
			assert.Equal(t, 200, seen.status)
			assert.Contains(t, seen.body, "Start Survey")
			assert.Contains(t, seen.body, "<p>Hello</p>")
			assert.Equal(t, []any{"new", "new"}, states(t, server))
		})
	}
}

func TestSurveyIsAnsweredByItsForm(t *testing.T) {
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			newSurvey(t, server, "1")
			site := start(t, server)
			const page = "/survey/survey-token/first"
			assert.Equal(t, visited{status: 303, location: page}, visit(t, send, site+"/survey/begin/survey-token/first", url.Values{}))
			assert.Equal(t, []any{"in_progress", "new"}, states(t, server))
			questions := visit(t, get, site+page, nil).body
			for _, want := range []string{"How was it?", `type="radio" name="1" value="2" required>`, `type="checkbox" name="2" value="3">`, "<textarea "} {
				assert.Contains(t, questions, want)
			}

			again := visit(t, send, site+"/survey/submit/survey-token/first", url.Values{"2": {"4"}, "3": {"<b>Merci</b>"}})
			assert.Equal(t, 200, again.status)
			for _, want := range []string{"This question requires an answer.", `name="2" value="4" checked>`, "&lt;b&gt;Merci&lt;/b&gt;</textarea>"} {
				assert.Contains(t, again.body, want)
			}
			assert.Equal(t, 0, execute(t, server, bot, "survey.user_input.line", "search_count", []any{}))

			filled := url.Values{"1": {"2"}, "2": {"3", "4"}, "3": {" Hé <b>& à bientôt"}}
			assert.Equal(t, visited{status: 303, location: page}, visit(t, send, site+"/survey/submit/survey-token/first", filled))
			assert.Equal(t, []any{"done", "new"}, states(t, server))
			done := visit(t, get, site+page, nil).body
			assert.Contains(t, done, "Thank you!")
			assert.Contains(t, done, "<p>Good bye</p>")
			assert.NotContains(t, done, "/survey/retry/", "a limited survey offers no second answer")

			assert.Equal(t, []any{
				values{"id": int64(1), "value_text_box": false, "answer_type": "suggestion", "skipped": false, "display_name": "Bad"},
				values{"id": int64(2), "value_text_box": false, "answer_type": "suggestion", "skipped": false, "display_name": "Price"},
				values{"id": int64(3), "value_text_box": false, "answer_type": "suggestion", "skipped": false, "display_name": "Speed"},
				values{"id": int64(4), "value_text_box": " Hé <b>& à bientôt", "answer_type": "text_box", "skipped": false, "display_name": "Hé <b>& à bientôt"},
			}, execute(t, server, bot, "survey.user_input.line", "search_read", []any{term("user_input_id", "in", []any{1})},
				[]string{"value_text_box", "answer_type", "skipped", "display_name"}))
			assert.Equal(t, values{"start_datetime": "2026-11-23 08:00:00", "end_datetime": "2026-11-23 08:00:00", "write_uid": []any{int64(3), "Public user"}},
				read(t, server, "survey.user_input", 1, "start_datetime", "end_datetime", "write_uid"))
			review := visit(t, get, site+"/survey/print/survey-token?answer_token=first&review=True", nil).body
			assert.Contains(t, review, `<li class="o_survey_selected">Bad ✓</li>`)
			assert.Contains(t, review, " Hé &lt;b&gt;&amp; à bientôt</p>")
		})
	}
}

func TestSurveyIsAnsweredByOdoosOwnScript(t *testing.T) {
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			newSurvey(t, server, "1")
			site := start(t, server)
			result := func(path string, params values) any {
				_, got := call(t, site+"/survey/"+path, params)
				if list, ok := got.([]any); ok && version >= 17 {
					assert.Len(t, list, 2)
					return list[1]
				}
				return got
			}
			content := func(v any) any { return v.(values)["survey_content"] }

			assert.Contains(t, content(result("begin/survey-token/first", nil)), "How was it?")
			assert.Equal(t, values{"error": "The survey has already started."}, result("begin/survey-token/first", nil))
			assert.Equal(t, values{"error": "validation", "fields": values{"1": "This question requires an answer."}},
				result("submit/survey-token/first", values{"2": []any{"3"}}))
			if version == 16 {
				assert.Contains(t, content(result("submit/survey-token/first", values{"1": "1"})), "Thank you!")
			} else {
				refusal := result("submit/survey-token/first", values{"1": "1"}).(values)["data"].(values)
				assert.Equal(t, "This answer cannot be overwritten.", refusal["message"], "what could be taken was")
			}

			assert.Contains(t, content(result("submit/survey-token/second", values{"1": 1, "csrf_token": "x"})), "Thank you!",
				"answers are taken from somebody who has not begun")
			assert.Equal(t, values{"error": "unauthorized"}, result("submit/survey-token/second", values{"1": "2"}))
			assert.Equal(t, []any{
				values{"id": int64(1), "suggested_answer_id": []any{int64(1), chosen(version)}, "skipped": false, "answer_type": "suggestion"},
				values{"id": int64(2), "suggested_answer_id": false, "skipped": true, "answer_type": false},
				values{"id": int64(3), "suggested_answer_id": false, "skipped": true, "answer_type": false},
			}, lines(t, server, 2))
		})
	}
}

// chosen is the name of the first choice.
func chosen(version int) string {
	if version == 16 {
		return "Good"
	}
	return "How was it? : Good"
}

// lines are the answers of a participation, numbered from 1.
func lines(t *testing.T, server *odoo.Server, participation int) []any {
	t.Helper()
	found := execute(t, server, bot, "survey.user_input.line", "search_read", []any{term("user_input_id", "=", participation)},
		[]string{"suggested_answer_id", "skipped", "answer_type"}).([]any)
	for i, line := range found {
		line.(values)["id"] = int64(i + 1)
	}
	return found
}

func TestWrongAnswersAreErrors(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	newSurvey(t, server, "1")
	site := start(t, server)
	for reply, want := range map[string]string{
		"99": "odoo.exceptions.MissingError: Record does not exist or has been deleted.\n(Record: survey.question.answer(99,), User: 3)",
		"x":  "builtins.ValueError: invalid literal for int() with base 10: 'x'",
	} {
		_, got := call(t, site+"/survey/submit/survey-token/first", values{"1": reply})
		data := got.(values)["data"].(values)
		assert.Equal(t, want, fmt.Sprintf("%s: %s", data["name"], data["message"]))
		assert.Equal(t, 500, visit(t, send, site+"/survey/submit/survey-token/first", url.Values{"1": {reply}}).status)
	}
	assert.Equal(t, 0, execute(t, server, bot, "survey.user_input.line", "search_count", []any{}))
	assert.Equal(t, 415, visit(t, get, site+"/survey/begin/survey-token/first", nil).status)
	assert.Equal(t, 400, visit(t, send, site+"/survey/survey-token/first", url.Values{}).status)
	assert.Equal(t, []any{"new", "new"}, states(t, server))
}

func TestClosedSurveyTakesNoAnswers(t *testing.T) {
	for version := 16; version <= 20; version++ {
		now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
		server := newOdoo(t, odoo.Options{Version: version, Clock: func() time.Time { return now }})
		newSurvey(t, server, "1")
		site := start(t, server)
		closed := func(reason string) {
			t.Helper()
			for _, path := range []string{"/survey/start/survey-token?answer_token=first", "/survey/survey-token/first"} {
				seen := visit(t, get, site+path, nil)
				assert.Equal(t, 200, seen.status)
				assert.Contains(t, seen.body, "This survey is now closed. Thank you for your interest!")
			}
			for _, action := range []string{"begin", "submit"} {
				_, got := call(t, site+"/survey/"+action+"/survey-token/first", values{"1": "1"})
				assert.Contains(t, fmt.Sprint(got), "map[error:"+reason+"]")
				visit(t, send, site+"/survey/"+action+"/survey-token/first", url.Values{"1": {"1"}})
			}
			assert.Equal(t, []any{"new", "new"}, states(t, server))
		}
		t.Run(fmt.Sprintf("when it is archived in Odoo %d", version), func(*testing.T) {
			execute(t, server, bot, "survey.survey", "write", []any{1}, values{"active": false})
			closed("survey_closed")
			execute(t, server, bot, "survey.survey", "write", []any{1}, values{"active": true})
		})
		t.Run(fmt.Sprintf("after the deadline in Odoo %d", version), func(*testing.T) {
			now = time.Date(2026, time.December, 7, 8, 0, 0, 0, time.UTC)
			assert.Contains(t, visit(t, get, site+"/survey/survey-token/first", nil).body, "Start Survey")
			now = now.Add(time.Second)
			closed("answer_deadline")
		})
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	for version, home := range map[int]string{16: "/web", 17: "/web", 18: "/odoo", 19: "/odoo", 20: "/odoo"} {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			newSurvey(t, server, "1")
			execute(t, server, bot, "survey.survey", "create", values{"title": "Empty", "access_token": "empty", "access_mode": "token"})
			execute(t, server, bot, "survey.user_input", "create", values{"survey_id": 2, "access_token": "nothing"})
			execute(t, server, bot, "survey.survey", "create", values{"title": "Staff", "access_token": "staff", "users_login_required": true})
			execute(t, server, bot, "survey.user_input", "create", values{"survey_id": 3, "access_token": "somebody"})
			site := start(t, server)
			for path, want := range map[string]string{
				"/survey/start/nope?answer_token=first":     "303 /",
				"/survey/nope/nope":                         "303 /",
				"/survey/start/survey-token":                "303 /",
				"/survey/retry/nope/nope":                   "303 /",
				"/survey/start/empty?answer_token=nothing":  "200 Empty survey is empty",
				"/survey/start/staff?answer_token=somebody": "200 Login required",
				"/survey/":           "404 ",
				"/survey/nope":       map[bool]string{false: "404 ", true: "303 /"}[version >= 20],
				"/survey/a/b/c":      "404 ",
				"/survey/a/b/c/d":    "404 ",
				"/elsewhere":         "404 ",
				"/":                  "303 " + home,
				home:                 "303 /web/login?redirect=" + url.QueryEscape(home+"?"),
				"/web/login":         "200 Log in",
				"/survey/start/":     "404 ",
				"/survey/print/nope": "303 /",
			} {
				seen := visit(t, get, site+path, nil)
				if heading, shown := strings.CutPrefix(want, "200 "); shown {
					assert.Equal(t, 200, seen.status, path)
					assert.Contains(t, seen.body, "<h1>"+heading+"</h1>", path)
					continue
				}
				assert.Equal(t, want, fmt.Sprintf("%d %s", seen.status, seen.location), path)
			}
			for _, path := range []string{
				"/survey/start/survey-token?answer_token=nope", "/survey/survey-token/nope", "/survey/survey-token/nothing",
				"/survey/retry/survey-token/nope", "/survey/print/survey-token?answer_token=nope",
			} {
				seen := visit(t, get, site+path, nil)
				if version == 16 {
					assert.Equal(t, visited{status: 303, location: "/"}, seen, path)
					continue
				}
				assert.Equal(t, 200, seen.status, path)
				assert.Contains(t, seen.body, "Survey Access Error", path)
			}
		})
	}
}

func TestSecondAnswer(t *testing.T) {
	const form = "/survey/submit/survey-token/first"
	reply := url.Values{"1": {"1"}}
	t.Run("without a limit is offered, and begins anew", func(t *testing.T) {
		for version, nickname := range map[int]string{16: "zoe@client.example", 18: "zoe@client.example", 19: "crm-tool:7:1", 20: "crm-tool:7:1"} {
			server := newOdoo(t, odoo.Options{Version: version})
			newSurvey(t, server, "0")
			site := start(t, server)
			visit(t, send, site+form, reply)
			assert.Contains(t, visit(t, get, site+"/survey/survey-token/first", nil).body, "Take Again")
			seen := visit(t, get, site+"/survey/retry/survey-token/first", nil)
			again := read(t, server, "survey.user_input", 3, "access_token", "nickname", "state", "invite_token", "deadline", "email")
			named := map[bool]string{true: site}[version == 16]
			assert.Equal(t, visited{status: 303, location: named + "/survey/start/survey-token?answer_token=" + again["access_token"].(string)}, seen)
			assert.Len(t, again["access_token"], 36)
			delete(again, "access_token")
			assert.Equal(t, values{
				"nickname": nickname, "state": "new", "invite_token": "invitation-1", "deadline": "2026-12-07 08:00:00", "email": "zoe@client.example",
			}, again)
		}
	})
	t.Run("is limited for each invitation", func(t *testing.T) {
		server := newOdoo(t, odoo.Options{})
		newSurvey(t, server, "1")
		site := start(t, server)
		visit(t, send, site+form, reply)
		visit(t, send, site+"/survey/submit/survey-token/second", reply)
		assert.Equal(t, []any{"done", "done"}, states(t, server))
		visit(t, get, site+"/survey/retry/survey-token/first", nil)
		assert.Equal(t, []any{"done", "done", "new"}, states(t, server), "who is not a contact gets an empty one")
		token := read(t, server, "survey.user_input", 3, "access_token")["access_token"].(string)
		_, got := call(t, site+"/survey/submit/survey-token/"+token, values{"1": "1"})
		assert.Equal(t, []any{values{}, values{"error": "unauthorized"}}, got)
	})
	t.Run("is limited for an address without invitations", func(t *testing.T) {
		server := newOdoo(t, odoo.Options{})
		newSurvey(t, server, "1")
		execute(t, server, bot, "survey.user_input", "write", []any{1, 2}, values{"invite_token": false})
		site := start(t, server)
		visit(t, send, site+form, reply)
		visit(t, send, site+"/survey/begin/survey-token/second", url.Values{})
		visit(t, send, site+"/survey/submit/survey-token/second", reply)
		assert.Equal(t, []any{"done", "in_progress"}, states(t, server))
	})
	t.Run("is refused to a contact", func(t *testing.T) {
		server := newOdoo(t, odoo.Options{})
		newSurvey(t, server, "1")
		zoe := execute(t, server, bot, "res.partner", "create", values{"name": "Zoë", "email": "zoe@client.example"})
		execute(t, server, bot, "survey.user_input", "write", []any{1}, values{"partner_id": zoe})
		site := start(t, server)
		visit(t, send, site+form, reply)
		assert.Equal(t, visited{status: 303, location: "/"}, visit(t, get, site+"/survey/retry/survey-token/first", nil))
		assert.Equal(t, []any{"done", "new"}, states(t, server))
		execute(t, server, bot, "survey.survey", "write", []any{1}, values{"attempts_limit": 2})
		assert.Contains(t, visit(t, get, site+"/survey/survey-token/first", nil).body, "Number of attempts left</span>: <span>1</span>")
		visit(t, get, site+"/survey/retry/survey-token/first", nil)
		assert.Equal(t, values{"partner_id": []any{zoe, "Zoë"}, "nickname": "crm-tool:7:1"}, read(t, server, "survey.user_input", 3, "partner_id", "nickname"))
	})
}

func TestSeveralDatabasesHideThePages(t *testing.T) {
	server := newOdoo(t, odoo.Options{SeveralDatabases: true})
	newSurvey(t, server, "1")
	site := start(t, server)
	for _, path := range []string{"/survey/start/survey-token?answer_token=first", "/survey/survey-token/first", "/web/login"} {
		assert.Equal(t, 404, visit(t, get, site+path, nil).status, path)
	}
	bare := newOdoo(t, odoo.Options{WithoutSurveys: true})
	assert.Equal(t, 404, visit(t, get, start(t, bare)+"/survey/start/survey-token?answer_token=first", nil).status, "so does an Odoo without surveys")
}
