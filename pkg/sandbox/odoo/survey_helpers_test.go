package odoo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// start serves the stand-in until the test ends.
func start(t *testing.T, server *odoo.Server) string {
	t.Helper()
	address, err := server.Start()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return address
}

// surveyColumns are the columns of a survey with its questions and choices in
// one load.
func surveyColumns() []string {
	return []string{
		"id", "title", "access_token", "access_mode", "questions_layout", "is_attempts_limited", "attempts_limit", "description", "description_done",
		"question_and_page_ids/id", "question_and_page_ids/title", "question_and_page_ids/question_type",
		"question_and_page_ids/constr_mandatory", "question_and_page_ids/sequence",
		"question_and_page_ids/suggested_answer_ids/id", "question_and_page_ids/suggested_answer_ids/value",
		"question_and_page_ids/suggested_answer_ids/sequence",
	}
}

// surveyRows are three questions: one choice of two, which must be made;
// several of two; a text.
func surveyRows(limited string) []any {
	empty := func(n int) []any {
		cells := make([]any, n)
		for i := range cells {
			cells[i] = ""
		}
		return cells
	}
	return []any{
		[]any{
			"crm_tool.survey", "Opinion", "survey-token", "token", "one_page", limited, "1", "<p>Hello</p>", "<p>Good bye</p>",
			"crm_tool.q1", "How was it?", "simple_choice", "1", "1", "crm_tool.q1_1", "Good", "1",
		},
		append(empty(14), "crm_tool.q1_2", "Bad", "2"),
		append(empty(9), "crm_tool.q2", "What mattered?", "multiple_choice", "0", "2", "crm_tool.q2_1", "Price", "1"),
		append(empty(14), "crm_tool.q2_2", "Speed", "2"),
		append(empty(9), "crm_tool.q3", "Anything else?", "text_box", "", "3", "", "", ""),
	}
}

// newSurvey makes the survey, whose ids all begin at 1, and two participations
// with the tokens "first" and "second".
func newSurvey(t *testing.T, server *odoo.Server, limited string) {
	t.Helper()
	loaded := within(t, server, once(), bot, "survey.survey", "load", surveyColumns(), surveyRows(limited))
	require.Equal(t, values{"ids": []any{int64(1)}, "messages": []any{}, "nextrow": 0}, loaded)
	loaded = within(t, server, once(), bot, "survey.user_input", "load",
		[]string{"id", "survey_id/id", "email", "access_token", "invite_token", "nickname", "deadline"}, []any{
			[]any{"crm_tool.ask_1", "crm_tool.survey", "zoe@client.example", "first", "invitation-1", "crm-tool:7:1", "2026-12-07 08:00:00"},
			[]any{"crm_tool.ask_2", "crm_tool.survey", "zoe@client.example", "second", "invitation-2", "crm-tool:7:2", "2026-12-07 08:00:00"},
		})
	require.Equal(t, values{"ids": []any{int64(1), int64(2)}, "messages": []any{}, "nextrow": 0}, loaded)
}

// states are how the participations stand.
func states(t *testing.T, server *odoo.Server) []any {
	t.Helper()
	var list []any
	for _, row := range execute(t, server, bot, "survey.user_input", "search_read", []any{}, []string{"state"}, 0, false, "id").([]any) {
		list = append(list, row.(values)["state"])
	}
	return list
}

// visited is what a visitor of a page sees.
type visited struct {
	status   int
	location string
	body     string
}

// visit requests a page without following where it sends.
func visit(t *testing.T, method, address string, form url.Values) visited {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := stay.Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return visited{response.StatusCode, response.Header.Get("Location"), string(body)}
}

// call calls an address as Odoo's own script does, and returns the members of
// the result, or of the error.
func call(t *testing.T, address string, params values) (int, any) {
	t.Helper()
	body, err := json.Marshal(values{"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	var answer struct{ Result, Error any }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	if answer.Error != nil {
		return response.StatusCode, answer.Error
	}
	return response.StatusCode, answer.Result
}
