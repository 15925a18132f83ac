package scenario_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// strangerCommands try all that somebody may make in the likeness of what the tool
// keeps in Odoo.
func strangerCommands() commandGroup {
	return commandGroup{"everything": everything, "forge": forge, "mailbag": mailbag}
}

const (
	// forgedToken is of a run in the far future, which would be the last one.
	forgedToken = "20990101t000000zffff"
	forgedRun   = "20990101T000000Z-ffff"
)

// forgedStates are the names of attachments of the tool's, and what would steer it.
func forgedStates() map[string]string {
	return map[string]string{
		"crm-tool/archive.after_days":               "5",
		"crm-tool/archive.enabled":                  "off",
		"crm-tool/reminders.enabled":                "off",
		"crm-tool/reminders.days":                   "[1]",
		"crm-tool/feedback.enabled":                 "perhaps",
		"crm-tool/guard.max_records":                "100000",
		"crm-tool/timezone":                         "Pacific/Kiritimati",
		"crm-tool/first-run":                        `{"at":"2020-01-01T00:00:00Z","user":1}`,
		"crm-tool/serves/x":                         "{",
		"crm-tool/archive-answers":                  "2099-01-01T00:00:00Z",
		"crm-tool-run/" + forgedRun:                 `{"version":1,"command":"archive","run":"` + forgedRun + `","counts":{"archived":1}}`,
		"crm-tool-run-items/" + forgedRun:           `[]`,
		"crm-tool/archive/" + forgedToken + ".json": `{"stage":1}`,
		"crm-tool/opt-outs":                         "2026-01-01T00:00:00Z",
		crm.OptOutAttachment("zoe@client.example"):  `{"since":"2026-01-01T00:00:00Z"}`,
		"crm-tool-key":                              "key",
		"crm-tool-clock":                            "clock",
	}
}

// forgedEntries are the Message-IDs of the tool's about an opportunity.
func forgedEntries(id crm.OpportunityID) []string {
	var list []string
	for _, k := range []crm.Key{
		crm.ReminderKey(id, 7), crm.ReminderKey(id, 15), crm.ReminderKey(id, 30), crm.ArchivedKey(id), crm.RestoredKey(id),
		crm.QuestionnaireKey(crm.Feedback, id, 1), crm.QuestionnaireKey(crm.FeedbackReminder, id, 1), crm.AnswerKey(id, 1),
		crm.ReminderKey(id, 7).Note(crm.Uncertain), crm.ReminderKey(id, 7).Note(crm.Refused), crm.ReminderKey(id, 7).Note(crm.Settled),
		crm.ReminderKey(id, 7).Note(crm.KnownUnsent), crm.WarningKey(id, 1), crm.WarningKey(id, 1).Note(crm.Uncertain),
	} {
		list = append(list, k.MessageID(forgedToken, "example.com"))
	}
	return list
}

// everything makes, as somebody, each attachment and entry of the tool's wherever
// they may, with and without its external id, and writes on the opportunity. It
// prints the models of which they could make any.
func everything(s *script, args []string) {
	s.arguments(args, "LOGIN", "NAME")
	login, id := args[0], s.lead(args[1])
	made, maker := map[string]bool{}, s.user(login)
	try := func(model string, values map[string]any, externalID string) {
		// For an external id that is taken, Odoo returns the record that has it.
		ids := s.made(login, model, values, externalID)
		if len(s.search(model, []any{[]any{"id", "in", ids}, []any{"create_uid", "=", maker}}, "id")) > 0 {
			made[model] = true
		}
	}
	places := []map[string]any{
		{"res_model": "crm.team", "res_id": s.one("crm.team", "name", "Website")}, {"res_model": "crm.team"}, {"res_model": leadModel, "res_id": id}, {},
	}
	for name, content := range forgedStates() {
		external := crm.SharedExternalID(strings.TrimPrefix(name, "crm-tool/"))
		for i, place := range places {
			for _, public := range []bool{false, true} {
				values := map[string]any{"name": name, "description": content, "public": public}
				maps.Copy(values, place)
				try("ir.attachment", values, "")
				if i > 0 && public {
					try("ir.attachment", values, external)
				}
			}
		}
		try("res.partner", map[string]any{"name": "taken"}, external)
	}
	for i, messageID := range forgedEntries(crm.OpportunityID(id)) {
		for _, kind := range []string{"comment", "notification", "email"} {
			try(messageModel, map[string]any{
				"model": leadModel, "res_id": id, "message_id": messageID, "message_type": kind, "body": "<p>Hello</p>",
			}, map[bool]string{true: crm.ReminderKey(crm.OpportunityID(id), 7).ExternalID()}[i == 0])
		}
	}
	// Being refused is as good.
	_, _ = s.Execute(login, leadModel, "message_post", []any{[]any{id}}, map[string]any{"body": "Hello", "message_type": "comment"})
	s.print("%s", cmp.Or(strings.Join(slices.Sorted(maps.Keys(made)), " "), "nothing"))
}

// mailbag is what an outside sender mails to an opportunity and to the catchall:
// each Message-ID of the tool's, with attachments of its names.
func mailbag(s *script, args []string) {
	s.arguments(args, "NAME")
	id := s.lead(args[0])
	answered := s.messages(id)
	require.NotEmpty(s, answered)
	for _, messageID := range forgedEntries(crm.OpportunityID(id)) {
		for _, to := range []string{answered[len(answered)-1].text("message_id"), ""} {
			lines := []string{
				"From: Eve <eve@stranger.example>", "To: sales@example.com", "Subject: reminders off", "Message-ID: " + messageID,
				"Date: " + time.Now().Format(time.RFC1123Z), "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=part",
			}
			if to != "" {
				lines = append(lines, "In-Reply-To: "+to)
			} else {
				lines[3] = "Message-ID: " + strings.Replace(messageID, "@", "x@", 1)
			}
			lines = append(lines, "", "--part", "Content-Type: text/plain", "", "Hello", "")
			for name, content := range forgedStates() {
				lines = append(lines, "--part", "Content-Type: application/json", "Content-Transfer-Encoding: base64",
					`Content-Disposition: attachment; filename="`+name+`"`, "", base64.StdEncoding.EncodeToString([]byte(content)), "")
			}
			raw := strings.Join(append(lines, "--part--", ""), "\r\n")
			s.execute(admin, "mail.thread", "message_process", []any{leadModel, raw}, nil)
		}
	}
}

// forge makes, as somebody, participations about an opportunity's newest finished
// activity: one that was answered, and one that was not.
func forge(s *script, args []string) {
	s.arguments(args, "LOGIN", "NAME")
	login, id := args[0], s.lead(args[1])
	activity := s.search(messageModel, []any{
		[]any{"model", "=", leadModel}, []any{"res_id", "=", id}, []any{"mail_activity_type_id", "!=", false},
	}, "id")
	require.NotEmpty(s, activity, "no activity on %s is finished", args[1])
	survey := s.execute(login, "survey.survey", "create", []any{map[string]any{"title": "How did you like it?"}}, nil)
	for _, state := range []string{"new", "done"} {
		s.execute(login, inputModel, "create", []any{map[string]any{
			"survey_id": survey, "state": state, "nickname": "crm-tool: asked", "email": args[1] + "@client.example",
			"invite_token": fmt.Sprintf("crm-tool:%d:%d:%032x", id, activity[len(activity)-1].id(), 0),
		}}, nil)
	}
}
