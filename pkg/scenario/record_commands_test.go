package scenario_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

func recordCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"opportunity": func(s *script, args []string) { makeLead(s, "opportunity", args) },
		"lead":        func(s *script, args []string) { makeLead(s, "lead", args) },
		"contact":     makeContact,
		"convert":     convert,
		"change":      change,
		"merge":       merge,
		"delete":      remove,
		"user":        changeUser,
		"blacklist":   blacklist,
		"receive":     receiveMail,
		"later":       later,
		"chatter":     chatter,
		"note":        note,
		"shared":      shared,
		"share":       share,
		"forget":      forget,
		"snapshot":    snapshot,
		"history":     history,
	}
}

// makeLead makes a lead or an opportunity.
func makeLead(s *script, kind string, args []string) {
	require.NotEmpty(s, args, "write: %s NAME OPTION...", kind)
	name := args[0]
	o := s.options(args[1:], "age", "created", "title", "email", "client", "firm", "contact", "salesperson", "stage", "lang")
	values := map[string]any{
		"type": kind, "name": name, "email_from": name + "@client.example", "user_id": s.salesperson(o["salesperson"]),
	}
	for option, field := range map[string]string{"title": "name", "email": "email_from", "client": "contact_name", "firm": "partner_name"} {
		if text, given := o[option]; given {
			values[field] = s.unescaped(text)
		}
	}
	if values["email_from"] == "" {
		values["email_from"] = false
	}
	if o["contact"] != "" {
		id, err := strconv.ParseInt(o["contact"], 10, 64)
		require.NoError(s, err, "the contact")
		values["partner_id"] = id
	}
	if o["stage"] != "" {
		values["stage_id"] = s.one("crm.stage", "name", o["stage"])
	}
	if o["lang"] != "" {
		values["lang_id"] = s.one("res.lang", "code", o["lang"])
	}
	id := s.create(leadModel, values)[0]
	s.names[id] = name
	s.ts.Setenv(name, strconv.FormatInt(id, 10))
	switch {
	case o["age"] != "":
		s.born(id, time.Now().Add(-s.duration(o["age"])))
	case o["created"] != "":
		created, err := time.Parse(time.RFC3339, o["created"])
		require.NoError(s, err)
		s.born(id, created)
	}
}

// born changes when a lead and all that stands on it were made.
func (s *script) born(id int64, created time.Time) {
	require.NoError(s, s.SetCreated(leadModel, []int64{id}, created))
	var ids []int64
	for _, m := range s.messages(id) {
		ids = append(ids, m.id())
	}
	if len(ids) > 0 {
		require.NoError(s, s.SetCreated(messageModel, ids, created))
	}
}

// messages returns what stands on a lead.
func (s *script) messages(id int64) []record {
	return s.search(messageModel, []any{[]any{"model", "=", leadModel}, []any{"res_id", "=", id}},
		"message_id", "message_type", "subtype_id", "subject", "body", "email_from", "create_date")
}

// salesperson returns the id of a user, sam's by default; false is nobody.
func (s *script) salesperson(login string) any {
	switch login {
	case "":
		return s.user(sam)
	case "none":
		return false
	}
	return s.user(login)
}

// one returns the id of the only record with this text.
func (s *script) one(model, field, text string) int64 {
	found := s.search(model, []any{[]any{field, "=", text}}, field)
	require.Len(s, found, 1, "%s with %s %s", model, field, text)
	return found[0].id()
}

func makeContact(s *script, args []string) {
	require.NotEmpty(s, args, "write: contact NAME OPTION...")
	o := s.options(args[1:], "name", "email", "lang")
	values := map[string]any{"name": args[0]}
	for name, text := range o {
		values[name] = text
	}
	s.ts.Setenv(args[0], strconv.FormatInt(s.create("res.partner", values)[0], 10))
}

// convert makes an opportunity of a lead.
func convert(s *script, args []string) {
	require.NotEmpty(s, args, "write: convert NAME ago=AGE")
	o := s.options(args[1:], "ago")
	ids := []int64{s.lead(args[0])}
	s.execute(admin, leadModel, "convert_opportunity", []any{ids, false}, nil)
	if o["ago"] != "" {
		s.write(leadModel, ids, map[string]any{"date_conversion": time.Now().UTC().Add(-s.duration(o["ago"])).Format(odooTime)})
	}
}

// change changes an opportunity as somebody in Odoo would.
func change(s *script, args []string) {
	require.GreaterOrEqual(s, len(args), 2, "write: change NAME OPTION...")
	ids, o := []int64{s.lead(args[0])}, s.options(args[1:], "stage", "email", "active", "salesperson", "closed", "probability")
	values := map[string]any{}
	if o["probability"] != "" {
		percent, err := strconv.ParseFloat(o["probability"], 64)
		require.NoError(s, err)
		values["probability"] = percent
	}
	if o["closed"] != "" {
		values["date_closed"] = o["closed"]
	}
	if text, given := o["email"]; given {
		values["email_from"] = text
		if text == "" {
			values["email_from"] = false
		}
	}
	if o["active"] != "" {
		values["active"] = o["active"] == "true"
	}
	if o["stage"] != "" {
		values["stage_id"] = s.one("crm.stage", "name", o["stage"])
	}
	if o["salesperson"] != "" {
		values["user_id"] = s.salesperson(o["salesperson"])
	}
	s.write(leadModel, ids, values)
}

// merge makes one opportunity of two; the first has to be the one that stays.
func merge(s *script, args []string) {
	s.arguments(args, "NAME", "OTHER")
	stays, goes := s.lead(args[0]), s.lead(args[1])
	// The answer is a fault: what the method returns cannot travel.
	_, err := s.Execute(admin, leadModel, "merge_opportunity", []any{[]int64{stays, goes}}, nil)
	left := s.search(leadModel, []any{[]any{"id", "in", []int64{stays, goes}}}, "name")
	require.Len(s, left, 1, "%v", err)
	require.Equal(s, stays, left[0].id())
}

func remove(s *script, args []string) {
	s.arguments(args, "NAME")
	s.unlink(leadModel, []int64{s.lead(args[0])})
}

func changeUser(s *script, args []string) {
	require.GreaterOrEqual(s, len(args), 2, "write: user LOGIN OPTION...")
	values := map[string]any{}
	for name, text := range s.options(args[1:], "active", "email", "lang", "name", "phone", "signature", "tz") {
		values[name] = s.unescaped(text)
		if name == "active" {
			values[name] = text == "true"
		}
		if text == "" {
			values[name] = false
		}
	}
	s.write("res.users", []int64{s.user(args[0])}, values)
}

func blacklist(s *script, args []string) {
	s.arguments(args, "ADDRESS")
	require.NoError(s, s.Blacklist(args[0]))
}

func receiveMail(s *script, args []string) {
	s.arguments(args, "DOMAIN")
	require.NoError(s, s.ReceiveMail(args[0]))
}

func later(s *script, args []string) {
	s.arguments(args, "DURATION")
	d := s.duration(args[0])
	require.NoError(s, s.Later(d))
	for _, r := range s.histories() {
		require.NoError(s, s.SetCreated("ir.attachment", []int64{r.id()}, r.created(s).Add(-d)))
	}
	for _, r := range s.sharedState() {
		if seen, err := time.Parse(time.RFC3339, r.text("description")); err == nil {
			s.write("ir.attachment", []int64{r.id()}, map[string]any{"description": seen.Add(-d).Format(time.RFC3339)})
		}
	}
}

// ourMessageID takes a Message-ID of the tool's apart: kind, opportunity, step
// where there are any, token, domain.
var ourMessageID = regexp.MustCompile(`^<crm-tool\.([a-z]+)\.(\d+)(?:\.(\d+))?\.([0-9a-z]+)@([^>]+)>$`)

// chatter prints the tool's entries on an opportunity, oldest first: kind,
// step, token of reminders, type and subtype, and the opportunity that it was
// about if that was another one.
func chatter(s *script, args []string) {
	s.arguments(args, "NAME")
	entries := s.entries(args[0])
	if len(entries) == 0 {
		s.print("nothing")
	}
	for _, m := range entries {
		parts := ourMessageID.FindStringSubmatch(m.text("message_id"))
		words := []string{parts[1]}
		if parts[3] != "" {
			words = append(words, parts[3])
			require.Equal(s, "example.com", parts[5], "the domain in %s", m.text("message_id"))
		}
		if parts[1] == "remind" {
			words = append(words, s.token(parts[4]))
		}
		words = append(words, m.text("message_type"), m.subtype())
		if about, _ := strconv.ParseInt(parts[2], 10, 64); about != s.lead(args[0]) {
			words = append(words, "of", s.names[about])
		}
		s.print("%s", strings.Join(words, " "))
	}
}

// entries returns the tool's entries on an opportunity.
func (s *script) entries(name string) []record {
	messages := s.messages(s.lead(name))
	return slices.DeleteFunc(messages, func(m record) bool {
		return m.text("message_type") == "email" || !ourMessageID.MatchString(m.text("message_id"))
	})
}

// entriesOf returns those of a kind.
func (s *script) entriesOf(name, kind string) []record {
	return slices.DeleteFunc(s.entries(name), func(m record) bool {
		return ourMessageID.FindStringSubmatch(m.text("message_id"))[1] != kind
	})
}

var tags = regexp.MustCompile(`<[^>]*>`)

// note prints the text of the tool's last entry of a kind.
func note(s *script, args []string) {
	s.arguments(args, "NAME", "KIND")
	entries := s.entriesOf(args[0], args[1])
	require.NotEmpty(s, entries, "entries of the kind %s", args[1])
	body := strings.ReplaceAll(entries[len(entries)-1].text("body"), "&nbsp;", "\u00a0")
	s.print("%s", strings.TrimSpace(tags.ReplaceAllString(body, "")))
}

const sharedPrefix = "crm-tool/"

// sharedState returns the attachments that hold the shared state.
func (s *script) sharedState() []record {
	return s.search("ir.attachment", []any{
		[]any{"name", "=like", sharedPrefix + "%"}, []any{"res_model", "=", "crm.team"},
	}, "name", "description", "res_model", "res_id")
}

// shared prints the keys of the shared state with the values of settings, but for what
// changes with every run.
func shared(s *script, args []string) {
	s.arguments(args)
	var lines []string
	for _, r := range s.sharedState() {
		key := strings.TrimPrefix(r.text("name"), sharedPrefix)
		if strings.HasPrefix(r.text("name"), lastRunPrefix) {
			continue
		}
		if kind, _, isInstance := strings.Cut(key, "/"); isInstance || key == "first-run" || key == "archive-answers" {
			lines = append(lines, kind)
			continue
		}
		lines = append(lines, key+" = "+r.text("description"))
	}
	slices.Sort(lines)
	if len(lines) == 0 {
		lines = []string{"nothing"}
	}
	for _, line := range lines {
		s.print("%s", line)
	}
}

// share writes a value into the shared state, past the tool.
func share(s *script, args []string) {
	s.arguments(args, "KEY", "VALUE")
	for _, r := range s.sharedState() {
		if r.text("name") == sharedPrefix+args[0] {
			s.write("ir.attachment", []int64{r.id()}, map[string]any{"description": args[1]})
			return
		}
	}
	s.create("ir.attachment", map[string]any{
		"name": sharedPrefix + args[0], "description": args[1],
		"res_model": "crm.team", "res_id": s.one("crm.team", "name", "Website"),
	})
}

// forget removes keys from the shared state: the one, or all below it.
func forget(s *script, args []string) {
	s.arguments(args, "KEY")
	var ids []int64
	for _, r := range s.sharedState() {
		if key := strings.TrimPrefix(r.text("name"), sharedPrefix); key == args[0] || strings.HasPrefix(key, args[0]+"/") {
			ids = append(ids, r.id())
		}
	}
	require.NotEmpty(s, ids, "nothing is shared under %s", args[0])
	s.unlink("ir.attachment", ids)
}

// histories returns the attachments that hold the history of runs.
func (s *script) histories() []record {
	return s.search("ir.attachment", []any{[]any{"name", "=like", "crm-tool-run%"}}, "name", "description", "res_model", "create_date")
}

// created is when a record was made.
func (r record) created(t require.TestingT) time.Time {
	at, err := time.Parse(odooTime, r.text("create_date"))
	require.NoError(t, err)
	return at
}

// history prints the history of runs as it stands in Odoo.
func history(s *script, args []string) {
	s.arguments(args)
	list := s.histories()
	if len(list) == 0 {
		s.print("nothing")
	}
	for _, r := range list {
		require.Equal(s, "crm.team", r.text("res_model"))
		s.print("%s %s", r.text("name"), r.text("description"))
	}
}

// snapshot prints all that the tool could have changed in Odoo but for when it last ran,
// and how many mails have left.
func snapshot(s *script, args []string) {
	s.arguments(args)
	list := func(model string, records []record) {
		for _, r := range records {
			s.print("%s", fmt.Sprint(model, map[string]any(r)))
		}
	}
	list(leadModel, s.search(leadModel, []any{}, "write_date", "active", "stage_id", "date_closed", "probability", "message_ids"))
	list(messageModel, s.search(messageModel, []any{[]any{"model", "=", leadModel}},
		"write_date", "message_type", "message_id", "subtype_id", "body"))
	list("ir.attachment", s.search("ir.attachment", []any{
		[]any{"name", "=like", "crm-tool%"}, "!", []any{"name", "=like", lastRunPrefix + "%"},
	}, "name", "description", "res_model", "res_id"))
	list(activityModel, s.search(activityModel, []any{}, "write_date", "summary", "user_id"))
	s.print("%d mails", len(s.mailbox.Messages()))
}
