package scenario_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

const activityModel = "mail.activity"

func archiveCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"runid":   runID,
		"plan":    plan,
		"meet":    meet,
		"planned": planned,
		"finish":  finish,
		"cancel":  cancel,
		"state":   state,
		"stage":   makeStage,
		"kind":    makeActivityType,
		"tag":     makeTag,
		"lose":    lose,
		"kept":    kept,
		"damage":  damage,
		"listen":  listen,
		"silence": silence,
		"warned":  warned,
	}
}

// runID puts the name of the run whose report is on standard output into a
// variable.
func runID(s *script, args []string) {
	s.arguments(args, "VARIABLE")
	s.ts.Setenv(args[0], s.document(s.ts.ReadFile("stdout")).Run)
}

// quietly are the keywords of a call that plans an activity and tells nobody.
func quietly() map[string]any {
	return map[string]any{"context": map[string]any{"mail_activity_quick_update": true}}
}

// plan plans an activity.
func plan(s *script, args []string) {
	require.GreaterOrEqual(s, len(args), 2, "write: plan NAME SUMMARY OPTION...")
	o := s.options(args[2:], "deadline", "in", "note", "for", "type", "meeting")
	if o["in"] != "" {
		o["deadline"] = s.dayIn(o["in"])
	}
	values := map[string]any{
		"res_model_id": s.one("ir.model", "model", leadModel), "res_id": s.lead(args[0]), "summary": args[1],
		"activity_type_id": s.first("mail.activity.type", "name", cmp.Or(o["type"], "Call")), "user_id": s.user(cmp.Or(o["for"], sam)),
		"date_deadline": cmp.Or(o["deadline"], "2030-01-15"), "note": o["note"],
	}
	if o["meeting"] != "" {
		event := map[string]any{"name": o["meeting"]}
		fields := s.execute(admin, "calendar.event", "fields_get", []any{[]any{}, []any{"type"}}, nil).(map[string]any)
		if fields["start"] != nil {
			event["start"], event["stop"] = "2030-01-15 08:00:00", "2030-01-15 09:00:00"
		}
		values["calendar_event_id"] = s.create("calendar.event", event)[0]
	}
	s.execute(admin, activityModel, "create", []any{[]any{values}}, quietly())
}

// dayIn returns the date, in UTC, of a day so many days from now.
func (s *script) dayIn(days string) string {
	n, err := strconv.Atoi(days)
	require.NoError(s, err, "a number of days")
	return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly)
}

// meet plans a meeting with a client so many days from now, at an hour in UTC.
func meet(s *script, args []string) {
	require.NotEmpty(s, args, "write: meet NAME in=DAYS OPTION...")
	o := s.options(args[1:], "in", "at")
	begin := s.dayIn(o["in"]) + " " + cmp.Or(o["at"], "09:00")
	s.create("calendar.event", map[string]any{
		"name": "Meeting", "opportunity_id": s.lead(args[0]), "start": begin + ":00", "stop": begin + ":30",
	})
}

// first returns the id of the first record with this text.
func (s *script) first(model, field, text string) int64 {
	found := s.search(model, []any{[]any{field, "=", text}}, field)
	require.NotEmpty(s, found, "%s with %s %s", model, field, text)
	return found[0].id()
}

// activities returns the open ones of an opportunity.
func (s *script) activities(name string) []record {
	answer := s.execute(admin, activityModel, "search_read", []any{[]any{
		[]any{"res_model", "=", leadModel}, []any{"res_id", "=", s.lead(name)},
	}}, map[string]any{
		"fields": []any{"activity_type_id", "summary", "note", "date_deadline", "user_id", "calendar_event_id", "automated"},
		"order":  "summary, id",
	})
	var list []record
	for _, r := range answer.([]any) {
		list = append(list, r.(map[string]any))
	}
	return list
}

// planned prints the open activities: type, summary, deadline, responsible,
// note, meeting.
func planned(s *script, args []string) {
	s.arguments(args, "NAME")
	list := s.activities(args[0])
	for _, a := range list {
		words := []string{a.text("activity_type_id"), a.text("summary"), a.text("date_deadline"), a.text("user_id"), a.text("note"), a.text("calendar_event_id")}
		s.print("%s", strings.TrimRight(strings.Join(words, " | "), " |"))
	}
	if len(list) == 0 {
		s.print("nothing")
	}
}

// activity returns the id of the open activity with a summary.
func (s *script) activity(name, summary string) int64 {
	for _, a := range s.activities(name) {
		if a.text("summary") == summary {
			return a.id()
		}
	}
	s.ts.Fatalf("no activity %s on %s", summary, name)
	return 0
}

// finish marks an activity as done, cancel deletes it.
func finish(s *script, args []string) {
	s.arguments(args, "NAME", "SUMMARY")
	s.execute(admin, activityModel, "action_feedback", []any{[]int64{s.activity(args[0], args[1])}}, nil)
}

func cancel(s *script, args []string) {
	s.arguments(args, "NAME", "SUMMARY")
	s.unlink(activityModel, []int64{s.activity(args[0], args[1])})
}

// state prints what an opportunity is: active or archived, its stage, its
// probability, that it was lost, and whether Odoo has a date of closing.
func state(s *script, args []string) {
	s.arguments(args, "NAME")
	found := s.search(leadModel, []any{[]any{"id", "=", s.lead(args[0])}}, "active", "stage_id", "probability", "lost_reason_id", "date_closed")
	require.Len(s, found, 1)
	o := found[0]
	words := []string{"archived", o.text("stage_id"), strconv.FormatFloat(o["probability"].(float64), 'f', -1, 64) + "%"}
	if o["active"] == true {
		words[0] = "active"
	}
	if o.number("lost_reason_id") != 0 {
		words = append(words, "lost")
	}
	if o.text("date_closed") != "" {
		words = append(words, "closed")
	}
	s.print("%s", strings.Join(words, " "))
}

// makeStage makes a stage of the pipeline, and puts an opportunity into it with
// of; fr is its name in French.
func makeStage(s *script, args []string) { s.named("crm.stage", args) }

func makeActivityType(s *script, args []string) { s.named("mail.activity.type", args) }

// makeTag makes a tag, or gives it to an opportunity with on.
func makeTag(s *script, args []string) {
	if len(args) == 2 && strings.HasPrefix(args[1], "on=") {
		link := []any{[]any{4, s.one("crm.tag", "name", args[0])}}
		s.write(leadModel, []int64{s.lead(strings.TrimPrefix(args[1], "on="))}, map[string]any{"tag_ids": link})
		return
	}
	s.named("crm.tag", args)
}

// named makes a record that has a name.
func (s *script) named(model string, args []string) {
	require.NotEmpty(s, args, "write: %s NAME OPTION...", model)
	o := s.options(args[1:], "fr", "of")
	id := s.create(model, map[string]any{"name": args[0]})[0]
	if o["fr"] != "" {
		s.execute(admin, model, "write", []any{[]int64{id}, map[string]any{"name": o["fr"]}}, map[string]any{"context": map[string]any{"lang": "fr_FR"}})
	}
	if o["of"] != "" {
		s.write(leadModel, []int64{s.lead(o["of"])}, map[string]any{"stage_id": id})
	}
}

// lose gives an opportunity a reason for having been lost.
func lose(s *script, args []string) {
	s.arguments(args, "NAME")
	reason := s.create("crm.lost.reason", map[string]any{"name": "Too expensive"})[0]
	s.write(leadModel, []int64{s.lead(args[0])}, map[string]any{"lost_reason_id": reason, "active": false})
}

// attachments returns what archiving runs keep on an opportunity.
func (s *script) attachments(name string) []record {
	return s.search("ir.attachment", []any{
		[]any{"res_model", "=", leadModel}, []any{"res_id", "=", s.lead(name)}, []any{"name", "=like", sharedPrefix + "archive/%"},
	}, "name", "description")
}

// kept counts them.
func kept(s *script, args []string) {
	s.arguments(args, "NAME")
	s.print("%d", len(s.attachments(args[0])))
}

// damage changes them so that they cannot be read.
func damage(s *script, args []string) {
	s.arguments(args, "NAME")
	for _, r := range s.attachments(args[0]) {
		s.write("ir.attachment", []int64{r.id()}, map[string]any{"description": "nothing of use"})
	}
}

// told counts all by which Odoo tells people something of its own accord:
// mails, notifications, followers, and messages that are neither the tool's nor
// from outside. The stand-in knows of the messages alone.
func (s *script) told() map[string]string {
	counts := map[string]string{}
	for _, model := range []string{"mail.mail", "mail.notification", "mail.followers"} {
		if n, err := s.Execute(admin, model, "search_count", []any{[]any{}}, nil); err == nil {
			counts[model] = fmt.Sprint(n)
		}
	}
	for _, login := range []string{admin, sam} {
		n := s.execute(login, messageModel, "search_count", []any{[]any{
			[]any{"model", "=", leadModel}, "!", []any{"message_id", "=like", "<crm-tool.%"}, []any{"message_type", "!=", "email"},
		}}, nil)
		counts["messages to "+login] = fmt.Sprint(n)
	}
	return counts
}

// listen begins to watch whom Odoo tells something; silence checks that it has
// told nobody anything since.
func listen(s *script, args []string) {
	s.arguments(args)
	s.heard = s.told()
}

func silence(s *script, args []string) {
	s.arguments(args)
	require.NotNil(s, s.heard, "listen comes first")
	require.Equal(s, s.heard, s.told())
}

var warnedLine = regexp.MustCompile(`(?m)^(\S+), \S+@client\.example$`)

// warned prints the mails to salespeople about what will be archived: recipients, number
// of the warning, language and the opportunities that it lists. It checks that exactly
// these have entries, and no others are
// noted as told.
func warned(s *script, args []string) {
	s.arguments(args)
	var told []string
	for _, m := range s.mailbox.Messages() {
		l, err := m.Parse()
		require.NoError(s, err)
		parts := ourMessageID.FindStringSubmatch("<" + l.MessageID + ">")
		require.NotNil(s, parts, "Message-ID %s", l.MessageID)
		if parts[1] != "warning" {
			continue
		}
		require.NotEmpty(s, l.HTML, "the mail has no HTML part")
		var names []string
		for _, line := range warnedLine.FindAllStringSubmatch(l.Text, -1) {
			require.Contains(s, l.HTML, line[1])
			names = append(names, line[1])
			told = append(told, fmt.Sprintf("%s %s", line[1], parts[4]))
		}
		s.print("to %s %s: %s", strings.Join(m.Recipients, ","), l.Header.Get("Content-Language"), strings.Join(names, " "))
	}
	if len(told) == 0 {
		s.print("nobody")
	}
	noted := map[string]string{}
	for _, r := range s.search(messageModel, []any{
		[]any{"model", "=", leadModel}, []any{"message_id", "=like", "<crm-tool.warning.%"},
	}, "res_id", "message_id", "message_type") {
		noted[s.names[r.number("res_id")]+" "+ourMessageID.FindStringSubmatch(r.text("message_id"))[4]] = r.text("message_type")
	}
	for _, t := range told {
		require.NotEmpty(s, noted[t], "%s was told and is not noted: %v", t, noted)
		delete(noted, t)
	}
	require.NotContains(s, slices.Collect(maps.Values(noted)), "comment", "noted as told and not told")
}
