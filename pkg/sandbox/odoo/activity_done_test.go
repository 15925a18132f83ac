package odoo_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// newActivity plans a call on an opportunity for sam.
func newActivity(t *testing.T, server *odoo.Server, lead int64, v values) int64 {
	t.Helper()
	samID, _ := user(t, server, sam)
	all := values{"res_id": lead, "activity_type_id": 2, "summary": "Call <her>", "note": "<p>Ask about the plan.</p><p>crm-tool · follow-up</p>", "user_id": samID}
	maps.Copy(all, v)
	return within(t, server, values{"default_res_model": "crm.lead"}, bot, "mail.activity", "create", all).(int64)
}

func TestFinishedActivityLeavesAMessageThatRepeatsItsNote(t *testing.T) {
	const (
		head  = "\n    <p>\n        <span class=\"fa fa-phone fa-fw\"></span><span>Call</span> done\n"
		what  = "        <span>: </span><span>Call &lt;her&gt;</span>\n    </p>"
		by    = "         (originally assigned to <span>Sam Seller</span>)\n"
		note  = "\n        <div><p>Ask about the plan.</p><p>crm-tool · follow-up</p></div>"
		old   = "\n    \n        <div class=\"o_mail_note_title\"><strong>Original note:</strong></div>" + note
		bold  = "\n    \n        <div class=\"o_mail_note_title fw-bold\">Original note:</div>" + note
		said  = "            It went\n            <br>\n            well &amp; fast\n    </div>"
		title = "        <div class=\"fw-bold\">Feedback:</div>\n"
	)
	for version, want := range map[int]struct{ plain, withFeedback string }{
		16: {head + what + old + "\n", head + by + what + "\n    <div>\n" + said + old + "\n"},
		17: {head + what + old + "\n", head + by + what + "\n    <div>\n" + said + old + "\n"},
		18: {head + what + bold + "\n", head + by + what + bold + "\n    <div>\n" + title + said + "\n"},
		19: {"<div>" + head + what + bold + "\n</div>", "<div>" + head + by + what + bold + "\n    <div>\n" + title + said + "\n</div>"},
	} {
		t.Run(fmt.Sprintf("in Odoo %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			samID, samContact := user(t, server, sam)
			_, botContact := user(t, server, bot)
			lead := newLead(t, server, values{"user_id": samID})
			first := execute(t, server, sam, "mail.activity", "action_feedback", []any{newActivity(t, server, lead, nil)})
			second := execute(t, server, bot, "mail.activity", "action_feedback", []any{newActivity(t, server, lead, nil)}, "It went\nwell & fast")
			activities := execute(t, server, bot, "mail.message.subtype", "search", []any{term("name", "=", "Activities")}).([]any)
			message := func(id any, body string, author any) values {
				return values{
					"id": id, "body": body, "author_id": author, "mail_activity_type_id": []any{int64(2), "Call"}, "res_id": lead,
					"subtype_id": []any{activities[0], "Activities"}, "message_type": "notification", "create_date": "2026-11-23 08:00:00",
				}
			}
			assert.Equal(t, []any{
				message(first, want.plain, samContact),
				message(second, want.withFeedback, botContact),
			}, execute(t, server, bot, "mail.message", "search_read", []any{term("model", "=", "crm.lead"), term("mail_activity_type_id", "!=", false)},
				[]string{"body", "author_id", "mail_activity_type_id", "res_id", "subtype_id", "message_type", "create_date"}, 0, false, "id"))
		})
	}
}

func TestWhatRemainsOfAFinishedActivity(t *testing.T) {
	done := []any{values{"id": int64(1), "active": false, "state": "done", "date_done": "2026-11-23", "feedback": "Well"}}
	for _, tc := range []struct {
		name    string
		version int
		keep    bool
		want    []any
	}{
		{"16 deletes it", 16, false, []any{}},
		{"17 deletes it", 17, false, []any{}},
		{"17 archives it when its type says so", 17, true, done},
		{"18 archives it when its type says so", 18, true, done},
		{"19 archives it", 19, false, done},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: tc.version})
			if tc.keep {
				execute(t, server, admin, "mail.activity.type", "write", []any{2}, values{"keep_done": true})
			}
			id := newActivity(t, server, newLead(t, server, nil), nil)
			execute(t, server, bot, "mail.activity", "action_feedback", []any{id}, "Well")
			fields := []string{"state"}
			if tc.version >= 17 {
				fields = append(fields, "active", "date_done", "feedback")
			}
			assert.Equal(t, tc.want, within(t, server, values{"active_test": false}, bot, "mail.activity", "search_read", []any{}, fields))
		})
	}
}

func TestActivityState(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	for due, want := range map[string]string{"2026-11-22": "overdue", "2026-11-23": "today", "2026-11-24": "planned"} {
		assert.Equal(t, values{"state": want}, read(t, server, "mail.activity", newActivity(t, server, lead, values{"date_deadline": due}), "state"))
	}
}

func TestActivityWithoutWordsLeavesAShortMessage(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	for _, v := range []values{{"summary": false, "note": false}, {"summary": false, "note": "<p><br></p>"}} {
		message := execute(t, server, sam, "mail.activity", "action_done", []any{newActivity(t, server, lead, v)}).(int64)
		assert.Equal(t, "<div>\n    <p>\n        <span class=\"fa fa-phone fa-fw\"></span><span>Call</span> done\n    </p>\n</div>",
			read(t, server, "mail.message", message, "body")["body"])
	}
	message := execute(t, server, bot, "mail.activity", "action_done", []any{newActivity(t, server, lead, values{"user_id": false})}).(int64)
	assert.Contains(t, read(t, server, "mail.message", message, "body")["body"], "(originally assigned to )")
}

func TestSeedFinishesTwoActivities(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	for version := 16; version <= 20; version++ {
		server := newOdoo(t, odoo.Options{Version: version, Clock: func() time.Time { return now }})
		require.NoError(t, server.Seed())
		now = now.Add(time.Hour)
		require.NoError(t, server.FinishActivities())
		now = now.Add(-time.Hour)
		var got []string
		for _, row := range execute(t, server, bot, "mail.message", "search_read", []any{term("mail_activity_type_id", "!=", false)},
			[]string{"create_date", "mail_activity_type_id", "record_name", "author_id", "body"}, 0, false, "id").([]any) {
			row := row.(values)
			got = append(got, strings.TrimSpace(fmt.Sprintln(row["create_date"], row["mail_activity_type_id"].([]any)[1], row["record_name"], row["author_id"].([]any)[1],
				strings.Contains(row["body"].(string), "oak tops") || strings.Contains(row["body"].(string), "largeur du comptoir"))))
		}
		assert.Equal(t, []string{
			"2026-11-23 08:00:00 Meeting Standing desks Sam Seller true",
			"2026-11-23 08:00:00 Call Mobilier pour l’accueil Camille Laurent true",
			"2026-11-23 09:00:00 Meeting Standing desks Sam Seller true",
			"2026-11-23 09:00:00 Call Mobilier pour l’accueil Camille Laurent true",
		}, got)
	}
	assert.ErrorContains(t, newOdoo(t, odoo.Options{}).FinishActivities(), "finish the demonstration's activities: ")
}
