package scenario_test

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

const inputModel = "survey.user_input"

func feedbackCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"done":           done,
		"asked":          asked,
		"answers":        answers,
		"todos":          todos,
		"leader":         leader,
		"field":          makeField,
		"marks":          marks,
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

var questionnaireID = regexp.MustCompile(`^crm-tool\.feedback(?:-reminder)?\.(\d+)\.([0-9a-z]+)@example\.com$`)

// questionnaireMail is one that arrived, with the id of its opportunity.
type questionnaireMail struct {
	sandboxsmtp.Mail
	sandboxsmtp.Message

	opportunity int64
}

// questionnaires returns those that arrived, in their order. Beside them, only
// reminders of opportunities may arrive.
func (s *script) questionnaires() []questionnaireMail {
	var mails []questionnaireMail
	for _, m := range s.mailbox.Messages() {
		l, err := m.Parse()
		require.NoError(s, err)
		if strings.HasPrefix(l.MessageID, "crm-tool.remind.") {
			continue
		}
		parts := questionnaireID.FindStringSubmatch(l.MessageID)
		require.NotNil(s, parts, "Message-ID %s", l.MessageID)
		id, err := strconv.ParseInt(parts[1], 10, 64)
		require.NoError(s, err)
		on := s.search(messageModel, []any{[]any{"id", "=", id}}, "res_id")
		require.Len(s, on, 1)
		mails = append(mails, questionnaireMail{Mail: l, Message: m, opportunity: on[0].number("res_id")})
	}
	return mails
}

// asked prints the questionnaires that arrived: opportunity, recipients,
// language and subject; and checks that exactly these stand in Odoo as sent.
func asked(s *script, args []string) {
	s.arguments(args)
	var left, noted []string
	questions := map[string]string{}
	mails := s.questionnaires()
	slices.SortStableFunc(mails, func(a, b questionnaireMail) int { return int(a.opportunity - b.opportunity) })
	for _, m := range mails {
		subject := writtenDate.ReplaceAllString(m.Subject, "DATE")
		s.print("%s to %s in %s: %s", s.names[m.opportunity], strings.Join(m.Recipients, ","), m.Header.Get("Content-Language"), subject)
		left = append(left, "<"+m.MessageID+">")
		kind, activity, _ := strings.Cut(strings.TrimPrefix(m.MessageID, "crm-tool."), ".")
		activity, _, _ = strings.Cut(activity, ".")
		if kind == "feedback" {
			questions[activity] = "<" + m.MessageID + ">"
		} else {
			require.Equal(s, questions[activity], m.Header.Get("In-Reply-To"), "a reminder answers the mail with the questionnaire")
		}
	}
	for _, r := range s.search(messageModel, []any{
		[]any{"message_id", "=like", "<crm-tool.feedback%"}, []any{"message_type", "=", "comment"},
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

// answers prints the text of the notes with answers on an opportunity.
func answers(s *script, args []string) {
	s.arguments(args, "NAME")
	none := true
	for _, m := range s.messages(s.lead(args[0])) {
		if strings.HasPrefix(m.text("message_id"), "<crm-tool.answer.") {
			none = false
			require.Equal(s, "Note", m.subtype(), "clients do not see it")
			s.print("%s", linesOf(m.text("body")))
		}
	}
	if none {
		s.print("nothing")
	}
}

// linesOf is the text of a note, a line for each paragraph and each line in it.
func linesOf(note string) string {
	return strings.TrimSpace(tags.ReplaceAllString(regexp.MustCompile(`</(p|li)>|<br/?>`).ReplaceAllString(note, "\n"), ""))
}

// todos prints the open activities of an opportunity with their notes.
func todos(s *script, args []string) {
	s.arguments(args, "NAME")
	answer := s.execute(admin, "mail.activity", "search_read", []any{
		[]any{[]any{"res_model", "=", leadModel}, []any{"res_id", "=", s.lead(args[0])}},
		[]any{"summary", "user_id", "date_deadline", "note"},
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
		s.print("%s for %s\n%s", r.text("summary"), r.text("user_id"), linesOf(r.text("note")))
	}
	if len(list) == 0 {
		s.print("nothing")
	}
}

// leader gives an opportunity to the team Sales, with that leader or with none.
func leader(s *script, args []string) {
	s.arguments(args, "NAME", "LOGIN|none")
	var user any = false
	if args[1] != "none" {
		user = s.user(args[1])
	}
	team := s.one("crm.team", "name", "Sales")
	s.write("crm.team", []int64{team}, map[string]any{"user_id": user})
	s.write(leadModel, []int64{s.lead(args[0])}, map[string]any{"team_id": team})
}

// makeField adds a field to opportunities, as an administrator would.
func makeField(s *script, args []string) {
	s.arguments(args, "NAME", "TYPE")
	models := s.search("ir.model", []any{[]any{"model", "=", leadModel}}, "model")
	s.create("ir.model.fields", map[string]any{
		"model_id": models[0].id(), "name": args[0], "field_description": args[0], "ttype": args[1], "state": "manual",
	})
}

// marks prints the value of a field of an opportunity, and its tags.
func marks(s *script, args []string) {
	s.arguments(args, "NAME", "FIELD")
	r := s.search(leadModel, []any{[]any{"id", "=", s.lead(args[0])}, []any{"active", "in", []any{true, false}}}, args[1], "tag_ids")[0]
	var tags []string
	for _, tag := range s.search("crm.tag", []any{[]any{"id", "in", r["tag_ids"]}}, "name") {
		tags = append(tags, tag.text("name"))
	}
	slices.Sort(tags)
	s.print("%v %s", r[args[1]], strings.Join(tags, ", "))
}

// inputs returns the participations of the tool.
func (o server) inputs() []record {
	return o.search(inputModel, []any{[]any{"invite_token", "=like", "crm-tool:%"}}, "nickname", "state", "access_token", "invite_token", "email")
}

// participations prints them: opportunity, state, and how they were closed.
func participations(s *script, args []string) {
	s.arguments(args)
	for _, r := range s.inputs() {
		id, err := strconv.ParseInt(strings.Split(r.text("invite_token"), ":")[1], 10, 64)
		require.NoError(s, err)
		closed, dealt := strings.CutPrefix(r.text("nickname"), "crm-tool: ")
		if !dealt || closed == "asked" {
			closed = ""
		}
		s.print("%s", strings.TrimSpace(fmt.Sprint(s.names[id], " ", r.text("state"), " ", closed)))
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
