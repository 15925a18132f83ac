package scenario_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox"
)

const inputModel = "survey.user_input"

func feedbackCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"done":           done,
		"asked":          asked,
		"answer":         answer,
		"answers":        answers,
		"todos":          todos,
		"participations": participations,
		"expire":         expire,
		"retitle":        retitle,
		"secret":         secret,
		"calls":          calls,
	}
}

// done lets sam plan an activity on an opportunity and mark it as done.
func done(s *script, args []string) {
	require.NotEmpty(s, args, "write: done NAME [type=NAME] [note=TEXT]")
	o := s.options(args[1:], "type", "note")
	kind := o["type"]
	if kind == "" {
		kind = "Meeting"
	}
	kind = s.unescaped(kind)
	models := s.search("ir.model", []any{[]any{"model", "=", leadModel}}, "model")
	made := s.create("mail.activity", map[string]any{
		"res_model_id": models[0].id(), "res_id": s.lead(args[0]), "activity_type_id": s.one("mail.activity.type", "name", kind),
		"user_id": s.user(sam), "note": o["note"],
	})
	s.execute(sam, "mail.activity", "action_feedback", []any{made}, nil)
}

var questionnaireID = regexp.MustCompile(`^crm-tool\.feedback\.(\d+)\.([0-9a-z]+)@example\.com$`)

// questionnaireMail is one that arrived, with the id of its opportunity.
type questionnaireMail struct {
	sandbox.Letter
	sandbox.Message

	opportunity int64
}

// questionnaires returns those that arrived, in their order.
func (s *script) questionnaires() []questionnaireMail {
	var mails []questionnaireMail
	for _, m := range s.mailbox.Messages() {
		l, err := m.Parse()
		require.NoError(s, err)
		parts := questionnaireID.FindStringSubmatch(l.MessageID)
		require.NotNil(s, parts, "Message-ID %s", l.MessageID)
		id, err := strconv.ParseInt(parts[1], 10, 64)
		require.NoError(s, err)
		on := s.search(messageModel, []any{[]any{"id", "=", id}}, "res_id")
		require.Len(s, on, 1)
		mails = append(mails, questionnaireMail{Letter: l, Message: m, opportunity: on[0].number("res_id")})
	}
	return mails
}

// asked prints the questionnaires that arrived: opportunity, recipients,
// language and subject; and checks that exactly these stand in Odoo as sent.
func asked(s *script, args []string) {
	s.arguments(args)
	var left, noted []string
	mails := s.questionnaires()
	slices.SortStableFunc(mails, func(a, b questionnaireMail) int { return int(a.opportunity - b.opportunity) })
	for _, m := range mails {
		subject := writtenDate.ReplaceAllString(m.Subject, "DATE")
		s.print("%s to %s in %s: %s", s.names[m.opportunity], strings.Join(m.Recipients, ","), m.Header.Get("Content-Language"), subject)
		left = append(left, "<"+m.MessageID+">")
	}
	for _, r := range s.search(messageModel, []any{
		[]any{"message_id", "=like", "<crm-tool.feedback.%"}, []any{"message_type", "=", "comment"},
	}, "message_id") {
		noted = append(noted, r.text("message_id"))
	}
	slices.Sort(left)
	slices.Sort(noted)
	require.Equal(s, left, noted, "what left, and what stands in Odoo as sent")
	if len(left) == 0 {
		s.print("nobody")
	}
}

// writtenDate is a date as the mails write it.
var writtenDate = regexp.MustCompile(`\d{1,2}(er)? \pL+ \d{4}`)

var link = regexp.MustCompile(`https?://[^\s"<>]+/survey/start/([^?\s]+)\?answer_token=([0-9A-Za-z-]+)`)

// answer opens the link in the newest questionnaire about an opportunity, as a
// browser would, and chooses the N-th choice of each question, counted from 0.
func answer(s *script, args []string) {
	s.arguments(args, "NAME", "CHOICE", "WORDS")
	mails := slices.DeleteFunc(s.questionnaires(), func(m questionnaireMail) bool { return m.opportunity != s.lead(args[0]) })
	require.NotEmpty(s, mails, "no questionnaire about %s", args[0])
	found := link.FindStringSubmatch(mails[len(mails)-1].Text)
	require.NotNil(s, found, "the mail has no link")
	client := publicClient()
	defer client.CloseIdleConnections()
	response, err := client.Get(found[0])
	require.NoError(s, err)
	require.NoError(s, response.Body.Close())
	require.Equal(s, http.StatusOK, response.StatusCode)

	input := s.search(inputModel, []any{[]any{"access_token", "=", found[2]}}, "survey_id", "state")
	require.Len(s, input, 1)
	require.Equal(s, "new", input[0].text("state"), "to look at the page changes nothing")
	nth, err := strconv.Atoi(args[1])
	require.NoError(s, err)
	given := map[string]any{}
	for _, q := range s.search("survey.question", []any{[]any{"survey_id", "=", input[0].number("survey_id")}}, "question_type") {
		choices := s.search("survey.question.answer", []any{[]any{"question_id", "=", q.id()}}, "sequence")
		name := strconv.FormatInt(q.id(), 10)
		if len(choices) == 0 {
			given[name] = args[2]
			continue
		}
		slices.SortStableFunc(choices, func(a, b record) int { return int(a.number("sequence") - b.number("sequence")) })
		given[name] = strconv.FormatInt(choices[nth].id(), 10)
	}
	base, _, _ := strings.Cut(found[0], "/survey/start/")
	for _, step := range []struct {
		action string
		params map[string]any
	}{{"begin", map[string]any{}}, {"submit", given}} {
		s.post(client, base+"/survey/"+step.action+"/"+found[1]+"/"+found[2], step.params)
	}
	input = s.search(inputModel, []any{[]any{"access_token", "=", found[2]}}, "state")
	require.Equal(s, "done", input[0].text("state"))
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

// answers prints the text of the notes with answers on an opportunity.
func answers(s *script, args []string) {
	s.arguments(args, "NAME")
	none := true
	for _, m := range s.messages(s.lead(args[0])) {
		if strings.HasPrefix(m.text("message_id"), "<crm-tool.answer.") {
			none = false
			require.Equal(s, "Note", m.text("subtype_id"), "clients do not see it")
			s.print("%s", strings.TrimSpace(tags.ReplaceAllString(regexp.MustCompile(`</(p|li)>|<br/?>`).ReplaceAllString(m.text("body"), "\n"), "")))
		}
	}
	if none {
		s.print("nothing")
	}
}

// todos prints the open activities of an opportunity.
func todos(s *script, args []string) {
	s.arguments(args, "NAME")
	answer := s.execute(admin, "mail.activity", "search_read", []any{
		[]any{[]any{"res_model", "=", leadModel}, []any{"res_id", "=", s.lead(args[0])}},
		[]any{"summary", "user_id", "date_deadline"},
	}, nil)
	list, ok := answer.([]any)
	require.True(s, ok)
	for _, activity := range list {
		fields, ok := activity.(map[string]any)
		require.True(s, ok)
		r := record(fields)
		due, err := time.Parse(time.DateOnly, r.text("date_deadline"))
		require.NoError(s, err)
		require.NotContains(s, []time.Weekday{time.Saturday, time.Sunday}, due.Weekday())
		require.True(s, due.After(time.Now().Add(-14*time.Hour)) && due.Before(time.Now().Add(5*24*time.Hour)), "%s", due)
		s.print("%s for %s", r.text("summary"), r.text("user_id"))
	}
	if len(list) == 0 {
		s.print("nothing")
	}
}

// inputs returns the participations of the tool.
func (s *script) inputs() []record {
	return s.search(inputModel, []any{[]any{"nickname", "=like", "crm-tool:%"}}, "nickname", "state", "access_token", "invite_token", "email")
}

// participations prints them: opportunity, state, and how they were closed.
func participations(s *script, args []string) {
	s.arguments(args)
	for _, r := range s.inputs() {
		parts := strings.Split(r.text("nickname"), ":")
		id, err := strconv.ParseInt(parts[1], 10, 64)
		require.NoError(s, err)
		s.print("%s", strings.TrimSpace(fmt.Sprint(s.names[id], " ", r.text("state"), " ", strings.Join(parts[3:], " "))))
	}
	if len(s.inputs()) == 0 {
		s.print("nothing")
	}
}

// expire lets the time for all answers be over.
func expire(s *script, args []string) {
	s.arguments(args)
	for _, r := range s.inputs() {
		s.write(inputModel, []int64{r.id()}, map[string]any{"deadline": time.Now().UTC().Add(-time.Minute).Format(odooTime)})
	}
}

// retitle changes the title of all surveys, as somebody in Odoo would.
func retitle(s *script, args []string) {
	s.arguments(args, "TITLE")
	for _, r := range s.search("survey.survey", []any{}, "title") {
		s.write("survey.survey", []int64{r.id()}, map[string]any{"title": args[0]})
	}
}

// secret checks that no link stands in what the last program printed, in the
// files, or in the chatter.
func secret(s *script, files []string) {
	texts := map[string]string{"stdout": s.ts.ReadFile("stdout"), "stderr": s.ts.ReadFile("stderr")}
	for _, file := range files {
		texts[file] = strings.ReplaceAll(strings.ReplaceAll(s.ts.ReadFile(file), "=\r\n", ""), "=\n", "")
	}
	for _, m := range s.search(messageModel, []any{[]any{"model", "=", leadModel}}, "body", "subject") {
		texts["message "+strconv.FormatInt(m.id(), 10)] = m.text("body") + m.text("subject")
	}
	for where, text := range texts {
		require.NotRegexp(s, `[0-9a-f]{40}`, text, where)
		for _, r := range s.inputs() {
			require.False(s, strings.Contains(text, r.text("access_token")) || strings.Contains(text, url.QueryEscape(r.text("invite_token"))), where)
		}
	}
}

// calls checks that no more than so many went through the proxy since it was
// begun or last asked.
func calls(s *script, args []string) {
	s.arguments(args, "MOST")
	most, err := strconv.Atoi(args[0])
	require.NoError(s, err)
	require.NotNil(s, s.proxy, "no proxy")
	count := s.proxy.count()
	require.LessOrEqual(s, count, most, "%v", s.proxy.tally())
	s.proxy.reset()
	s.print("%d calls", count)
}
