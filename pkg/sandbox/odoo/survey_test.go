package odoo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

func TestSurveyIsLoadedOnceWithItsQuestions(t *testing.T) {
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version, PublicURL: "https://crm.example"})
			newSurvey(t, server, "1")
			changed := surveyRows("1")
			changed[0].([]any)[1], changed[1].([]any)[15] = "Another title", "Another choice"
			assert.Equal(t, values{"ids": []any{int64(1)}, "messages": []any{}, "nextrow": 0},
				within(t, server, once(), bot, "survey.survey", "load", surveyColumns(), changed))

			botID, _ := user(t, server, bot)
			assert.Equal(t, []any{values{
				"id": int64(1), "title": "Opinion", "access_mode": "token", "questions_layout": "one_page", "is_attempts_limited": true, "attempts_limit": int64(1),
				"description": "<p>Hello</p>", "description_done": "<p>Good bye</p>", "active": true, "users_login_required": false,
				"session_link": "https://crm.example/s/1001", "question_ids": []any{int64(1), int64(2), int64(3)}, "create_uid": []any{botID, "CRM Bot"},
			}}, execute(t, server, bot, "survey.survey", "search_read", []any{term("access_token", "=", "survey-token")}, []string{
				"title", "access_mode", "questions_layout", "is_attempts_limited", "attempts_limit", "description", "description_done",
				"active", "users_login_required", "session_link", "question_ids", "create_uid",
			}))
			question := func(id int, title, kind string, mandatory bool, choices ...any) values {
				return values{
					"id": int64(id), "title": title, "question_type": kind, "constr_mandatory": mandatory,
					"suggested_answer_ids": append([]any{}, choices...), "survey_id": []any{int64(1), "Opinion"},
				}
			}
			assert.Equal(t, []any{
				question(1, "How was it?", "simple_choice", true, int64(1), int64(2)),
				question(2, "What mattered?", "multiple_choice", false, int64(3), int64(4)),
				question(3, "Anything else?", "text_box", false),
			}, execute(t, server, bot, "survey.question", "search_read", []any{term("survey_id", "=", 1)},
				[]string{"title", "question_type", "constr_mandatory", "suggested_answer_ids", "survey_id"}))
			metadata := execute(t, server, bot, "survey.question.answer", "get_metadata", []any{2}).([]any)[0].(values)
			assert.Equal(t, "crm_tool.q1_2", metadata["xmlid"])
		})
	}
}

func TestSurveyIsLoadedInThreeSteps(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	for range 2 {
		for _, step := range []struct {
			model   string
			columns []string
			rows    []any
			ids     []any
		}{
			{"survey.survey", []string{"id", "title", "access_mode", "is_attempts_limited"}, []any{[]any{"crm_tool.s", "S", "token", "1"}}, []any{int64(1)}},
			{
				"survey.question",
				[]string{"id", "survey_id/id", "title", "sequence"},
				[]any{[]any{"crm_tool.b", "crm_tool.s", "Second", "2"}, []any{"crm_tool.a", "crm_tool.s", "First", "1"}},
				[]any{int64(1), int64(2)},
			},
			{
				"survey.question.answer",
				[]string{"id", "question_id/id", "value", "sequence"},
				[]any{[]any{"crm_tool.b_2", "crm_tool.b", "2", "2"}, []any{"crm_tool.b_1", "crm_tool.b", "1", "1"}, []any{"crm_tool.a_1", "crm_tool.a", "1", "1"}},
				[]any{int64(1), int64(2), int64(3)},
			},
		} {
			assert.Equal(t, values{"ids": step.ids, "messages": []any{}, "nextrow": 0},
				within(t, server, once(), bot, step.model, "load", step.columns, step.rows))
		}
	}
	assert.Equal(t, values{"question_ids": []any{int64(2), int64(1)}, "is_attempts_limited": true},
		read(t, server, "survey.survey", 1, "question_ids", "is_attempts_limited"), "questions stand in their sequence")
	assert.Equal(t, []any{int64(3), int64(2), int64(1)}, execute(t, server, bot, "survey.question.answer", "search", []any{}),
		"choices stand in the sequence of their questions")
	assert.Equal(t, values{"suggested_answer_ids": []any{int64(2), int64(1)}, "question_type": "simple_choice"},
		read(t, server, "survey.question", 1, "suggested_answer_ids", "question_type"))
}

func TestLoadBlamesTheRecordOfSeveralRows(t *testing.T) {
	server := newOdoo(t, odoo.Options{Version: 17})
	rows := append(surveyRows("1"), []any{"crm_tool.other", "Other", "other-token", "nonsense", "one_page"})
	failed := within(t, server, once(), bot, "survey.survey", "load", surveyColumns(), rows).(values)
	assert.Equal(t, false, failed["ids"])
	blamed := failed["messages"].([]any)[0].(values)
	assert.Equal(t, []any{1, values{"from": 5, "to": 5}, "access_mode"}, []any{blamed["record"], blamed["rows"], blamed["field"]})
	assert.Equal(t, 0, execute(t, server, bot, "survey.survey", "search_count", []any{}))
}

func TestTokensOfSurveysAreUnique(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	newSurvey(t, server, "1")
	assert.Equal(t, odoo.FaultError{Code: 2, Text: "The operation cannot be completed: Access token should be unique"},
		refused(t, server, bot, "survey.survey", "create", values{"title": "Other", "access_token": "survey-token"}))
	assert.Equal(t, odoo.FaultError{Code: 2, Text: "The operation cannot be completed: An access token must be unique!"},
		refused(t, server, bot, "survey.user_input", "write", []any{1}, values{"access_token": "second"}))
	assert.Equal(t, values{"ids": false, "nextrow": 0, "messages": []any{values{
		"rows": values{"from": 0, "to": 0}, "record": 0, "type": "error", "message": "An access token must be unique!", "field": "access_token",
	}}}, within(t, server, once(), bot, "survey.user_input", "load", []string{"id", "survey_id/id", "access_token"},
		[]any{[]any{"crm_tool.ask_3", "crm_tool.survey", "first"}}))
	execute(t, server, bot, "survey.user_input", "write", []any{1}, values{"access_token": "first", "nickname": "crm-tool:7:1:done"})
	assert.Equal(t, []any{int64(1)}, execute(t, server, bot, "survey.user_input", "search", []any{term("nickname", "=like", "crm-tool:%:done")}))
}

func TestUntilOdoo17ParticipationsBelongToTheMakerOfTheSurvey(t *testing.T) {
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			survey := execute(t, server, admin, "survey.survey", "create", values{"title": "The administrator's"}).(int64)
			loaded := within(t, server, once(), bot, "survey.user_input", "load", []string{"id", "survey_id/.id", "email"},
				[]any{[]any{"crm_tool.ask_1", fmt.Sprint(survey), "zoe@client.example"}}).(values)
			execute(t, server, bot, "survey.survey", "read", []any{survey}, []string{"title"})
			if version >= 18 {
				assert.Equal(t, []any{int64(1)}, loaded["ids"])
				execute(t, server, bot, "survey.survey", "write", []any{survey}, values{"title": "Changed"})
				return
			}
			assert.Equal(t, false, loaded["ids"])
			assert.Equal(t, 4, refused(t, server, bot, "survey.user_input", "create", values{"survey_id": survey}).Code)
			assert.Equal(t, 4, refused(t, server, bot, "survey.survey", "write", []any{survey}, values{"title": "Changed"}).Code)
		})
	}
}

func TestSurveysAreForTheirGroup(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	newSurvey(t, server, "1")
	for model, label := range map[string]string{
		"survey.survey": "Survey", "survey.question": "Survey Question", "survey.question.answer": "Survey Label",
		"survey.user_input": "Survey User Input", "survey.user_input.line": "Survey User Input Line",
	} {
		assert.Equal(t, odoo.FaultError{Code: 4, Text: "You are not allowed to access '" + label + "' (" + model + ") records.\n\n" +
			"This operation is allowed for the following groups:\n\t- Surveys/Administrator\n\t- Surveys/User\n\n" +
			"Contact your administrator to request access if necessary."}, refused(t, server, sam, model, "search", []any{}))
	}
	assert.Equal(t, odoo.FaultError{Code: 4, Text: "You are not allowed to modify 'Survey User Input Line' (survey.user_input.line) records.\n\n" +
		"This operation is allowed for the following groups:\n\t- Surveys/Administrator\n\n" +
		"Contact your administrator to request access if necessary."},
		refused(t, server, bot, "survey.user_input.line", "write", []any{1}, values{}))
}

func TestChoicesAreNamedWithTheirQuestionSinceOdoo17(t *testing.T) {
	title := strings.TrimSpace("Scale " + strings.Repeat("very ", 30))
	for version, want := range map[int]string{
		16: "0",
		17: "Scale very very very very very very very very very very very very very very very... : 0",
		19: "Scale very very very very very very very very very very very very very very very... : 0",
	} {
		server := newOdoo(t, odoo.Options{Version: version})
		execute(t, server, bot, "survey.survey", "create", values{"title": "S", "question_and_page_ids": []any{[]any{0, 0, values{
			"title": title, "suggested_answer_ids": []any{[]any{0, 0, values{"value": "0"}}},
		}}}})
		assert.Equal(t, values{"display_name": want, "value": "0"}, read(t, server, "survey.question.answer", 1, "display_name", "value"))
	}
}

func TestSurveyChanges(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	newSurvey(t, server, "1")
	execute(t, server, bot, "survey.survey", "write", []any{1}, values{"question_and_page_ids": []any{
		[]any{1, 1, values{"title": "How was it really?"}},
		[]any{2, 2},
		[]any{0, 0, values{"title": "More?", "question_type": "char_box", "sequence": 0}},
		[]any{0, 0, values{"title": "A page", "is_page": true, "question_type": false}},
	}})
	assert.Equal(t, values{"question_ids": []any{int64(4), int64(1), int64(3)}, "page_ids": []any{int64(5)}, "question_count": int64(3)},
		read(t, server, "survey.survey", 1, "question_ids", "page_ids", "question_count"))
	assert.Equal(t, values{"title": "How was it really?"}, read(t, server, "survey.question", 1, "title"))

	execute(t, server, bot, "survey.survey", "write", []any{1}, values{"access_mode": "public"})
	assert.Equal(t, values{"is_attempts_limited": false}, read(t, server, "survey.survey", 1, "is_attempts_limited"), "what everybody may answer has no limit")

	execute(t, server, bot, "survey.survey", "unlink", []any{1})
	for _, model := range []string{"survey.question", "survey.question.answer", "survey.user_input"} {
		assert.Equal(t, 0, execute(t, server, bot, model, "search_count", []any{}), model)
	}
}

func TestSurveyAppIsInstalledByAnAdministrator(t *testing.T) {
	for version, home := range map[int]string{16: "/web", 19: "/odoo", 20: "/odoo"} {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version, WithoutSurveys: true})
			module := func() values {
				return execute(t, server, bot, "ir.module.module", "search_read", []any{term("name", "=", "survey")}, []string{"state"}).([]any)[0].(values)
			}
			assert.Equal(t, "uninstalled", module()["state"])
			assert.Equal(t, odoo.FaultError{Code: 2, Text: "Object survey.survey doesn't exist"}, refused(t, server, bot, "survey.survey", "search", []any{}))
			install := []any{module()["id"]}
			assert.Equal(t, odoo.FaultError{Code: 3, Text: "Access Denied"}, refused(t, server, bot, "ir.module.module", "button_immediate_install", install))
			for range 2 {
				assert.Equal(t, values{"type": "ir.actions.act_url", "target": "self", "url": home},
					execute(t, server, admin, "ir.module.module", "button_immediate_install", install))
				assert.Equal(t, "installed", module()["state"])
			}
			if version == 16 {
				execute(t, server, bot, "survey.survey", "search", []any{}) // as each employee may
				execute(t, server, sam, "survey.survey", "search", []any{})
				return
			}
			assert.Equal(t, 4, refused(t, server, bot, "survey.survey", "search", []any{}).Code, "nobody is in the new groups")

			botID, _ := user(t, server, bot)
			groups, field := execute(t, server, bot, "res.groups", "search", []any{}).([]any), "groups_id"
			if version >= 19 {
				field = "group_ids"
			}
			for _, about := range execute(t, server, bot, "res.groups", "get_metadata", groups).([]any) {
				if about := about.(values); about["xmlid"] == "survey.group_survey_user" {
					execute(t, server, admin, "res.users", "write", []any{botID}, values{field: []any{[]any{4, about["id"]}}})
				}
			}
			execute(t, server, bot, "survey.survey", "search", []any{})
			assert.Len(t, execute(t, server, bot, "mail.message.subtype", "search", []any{term("res_model", "=like", "survey.%")}), 2)
			execute(t, server, bot, "crm.lead", "unlink", []any{newLead(t, server, nil)}) // still a sales manager
		})
	}
}

func TestParticipationNeedsASurvey(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	fault := refused(t, server, bot, "survey.user_input", "create", values{"email": "zoe@client.example"})
	require.Equal(t, 1, fault.Code)
	assert.Contains(t, fault.Text, "\nValueError: Expected singleton: survey.survey()\n")
	assert.Equal(t, 4, refused(t, server, bot, "survey.question", "create", values{"title": "Of no survey"}).Code)
	assert.Equal(t, odoo.FaultError{Code: 2, Text: "The operation cannot be completed: Suggested answer value must not be empty " +
		"(a text and/or an image must be provided)."}, refused(t, server, bot, "survey.question.answer", "create", values{}))
}
