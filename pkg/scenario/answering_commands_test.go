package scenario_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

func answeringCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"answer":  answer,
		"again":   again,
		"begin":   begin,
		"unlimit": unlimit,
	}
}

var link = regexp.MustCompile(`https?://[^\s"<>]+/survey/start/([^?\s]+)\?answer_token=([0-9A-Za-z-]+)`)

// visitor is a client without a session at the page of a questionnaire.
type visitor struct {
	*script
	*http.Client

	// base is the server's address; survey and participation are the tokens in
	// the page's.
	base, survey, participation string
}

// visit opens the link in the newest mail that asks about an opportunity, as a
// browser would. That alone changes nothing.
func (s *script) visit(name string) *visitor {
	mails := slices.DeleteFunc(s.questionnaires(), func(m questionnaireMail) bool { return m.opportunity != s.lead(name) })
	require.NotEmpty(s, mails, "no questionnaire about %s", name)
	v := &visitor{script: s, Client: publicClient()}
	var err error
	v.Jar, err = cookiejar.New(nil) // Odoo 20 knows a client by a cookie.
	require.NoError(s, err)
	v.open(mails[len(mails)-1].Text)
	return v
}

// open looks at the page that a text links to.
func (v *visitor) open(text string) {
	found := link.FindStringSubmatch(text)
	require.NotNil(v.script, found, "no link in %s", text)
	v.base, _, _ = strings.Cut(found[0], "/survey/start/")
	v.survey, v.participation = found[1], found[2]
	before := v.state()
	response, err := v.Get(found[0])
	require.NoError(v.script, err)
	require.NoError(v.script, response.Body.Close())
	require.Equal(v.script, http.StatusOK, response.StatusCode)
	require.Equal(v.script, before, v.state(), "to look at the page changes nothing")
}

func (v *visitor) input(fields ...string) record {
	input := v.search(inputModel, []any{[]any{"access_token", "=", v.participation}}, fields...)
	require.Len(v.script, input, 1)
	return input[0]
}

func (v *visitor) state() string { return v.input("state").text("state") }

// act calls one of the page's JSON routes, as Odoo's own script does.
func (v *visitor) act(action string, params map[string]any) {
	v.post(v.Client, v.base+"/survey/"+action+"/"+v.survey+"/"+v.participation, params)
}

// fill begins and submits, with the N-th choice of each question, counted from
// 0, and the words.
func (v *visitor) fill(choice, words string) {
	nth, err := strconv.Atoi(choice)
	require.NoError(v.script, err)
	given := map[string]any{}
	for _, q := range v.search("survey.question", []any{[]any{"survey_id", "=", v.input("survey_id").number("survey_id")}}, "question_type") {
		choices := v.search("survey.question.answer", []any{[]any{"question_id", "=", q.id()}}, "sequence")
		name := strconv.FormatInt(q.id(), 10)
		if len(choices) == 0 {
			given[name] = words
			continue
		}
		slices.SortStableFunc(choices, func(a, b record) int { return int(a.number("sequence") - b.number("sequence")) })
		given[name] = strconv.FormatInt(choices[nth].id(), 10)
	}
	v.act("begin", map[string]any{})
	v.act("submit", given)
	require.Equal(v.script, "done", v.state())
}

// answer opens the link in the newest questionnaire about an opportunity, and
// answers it.
func answer(s *script, args []string) {
	s.arguments(args, "NAME", "CHOICE", "WORDS")
	v := s.visit(args[0])
	defer v.CloseIdleConnections()
	require.Equal(s, "new", v.state())
	v.fill(args[1], args[2])
}

// begin opens it, presses Start, and goes away.
func begin(s *script, args []string) {
	s.arguments(args, "NAME")
	v := s.visit(args[0])
	defer v.CloseIdleConnections()
	v.act("begin", map[string]any{})
	require.Equal(s, "in_progress", v.state())
}

// again opens the page for another attempt, and answers there.
func again(s *script, args []string) {
	s.arguments(args, "NAME", "CHOICE", "WORDS")
	v := s.visit(args[0])
	defer v.CloseIdleConnections()
	v.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := v.Get(v.base + "/survey/retry/" + v.survey + "/" + v.participation)
	require.NoError(s, err)
	require.NoError(s, response.Body.Close())
	v.CheckRedirect = nil
	first := v.participation
	v.open(v.base + strings.TrimPrefix(response.Header.Get("Location"), v.base)) // Odoo 16 names the server.
	require.NotEqual(s, first, v.participation)
	v.fill(args[1], args[2])
}

// unlimit lets all surveys be taken as often as one likes, as somebody in Odoo
// may.
func unlimit(s *script, args []string) {
	s.arguments(args)
	for _, r := range s.search("survey.survey", []any{}, "title") {
		s.write("survey.survey", []int64{r.id()}, map[string]any{"is_attempts_limited": false})
	}
}

// post calls a page's JSON route, as Odoo's own script does.
func (s *script) post(client *http.Client, address string, params map[string]any) {
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "call", "id": 1, "params": params})
	require.NoError(s, err)
	response, err := client.Post(address, "application/json", bytes.NewReader(body))
	require.NoError(s, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(s, err)
	var reply struct {
		Error  any `json:"error"`
		Result any `json:"result"`
	}
	require.NoError(s, json.Unmarshal(text, &reply))
	require.Nil(s, reply.Error, "%s", text)
	if result, ok := reply.Result.(map[string]any); ok {
		require.NotContains(s, result, "error", "%s", text)
	}
}

// publicClient is a browser without a session, for which all names below
// localhost are this host.
func publicClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
}
