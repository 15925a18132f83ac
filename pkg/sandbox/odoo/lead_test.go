package odoo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// chatter returns type and subtype of an opportunity's messages, oldest first.
func chatter(t *testing.T, server *odoo.Server, lead int64) (list []string) {
	t.Helper()
	found := execute(t, server, admin, "mail.message", "search_read",
		[]any{term("model", "=", "crm.lead"), term("res_id", "=", lead)}, []string{"message_type", "subtype_id"}, 0, false, "id")
	for _, row := range found.([]any) {
		subtype, _ := row.(values)["subtype_id"].([]any)
		if subtype == nil {
			subtype = []any{0, "no subtype"}
		}
		list = append(list, fmt.Sprintf("%s: %s", row.(values)["message_type"], subtype[1]))
	}
	return list
}

func TestNewOpportunity(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	fields := []string{
		"user_id", "team_id", "company_id", "stage_id", "type", "active", "create_date", "email_normalized", "partner_id",
		"date_conversion", "is_blacklisted", "tag_ids", "message_bounce", "won_status", "contact_name",
	}
	want := values{
		"user_id": []any{int64(5), "CRM Bot"}, "team_id": []any{int64(1), "Sales"}, "company_id": []any{int64(1), "Example Company"},
		"stage_id": []any{int64(1), "New"}, "type": "opportunity", "active": true, "create_date": "2026-11-23 08:00:00",
		"email_normalized": "a@client.example", "partner_id": false, "date_conversion": false, "is_blacklisted": false,
		"tag_ids": []any{}, "message_bounce": int64(0), "won_status": "pending", "contact_name": false,
	}
	t.Run("belongs to the caller and stands at the beginning", func(t *testing.T) {
		assert.Equal(t, want, read(t, server, "crm.lead", newLead(t, server, values{"email_from": "A <A@Client.example>, b@client.example"}), fields...))
	})
	t.Run("belongs to nobody when the call says so", func(t *testing.T) {
		assert.Equal(t, values{"user_id": false, "team_id": false, "company_id": false},
			read(t, server, "crm.lead", newLead(t, server, values{"user_id": false}), "user_id", "team_id", "company_id"))
	})
	t.Run("takes over what the customer's contact knows", func(t *testing.T) {
		firm := execute(t, server, bot, "res.partner", "create", values{"name": "Client SA", "is_company": true, "lang": "fr_FR"})
		jean := execute(t, server, bot, "res.partner", "create", values{"name": "Jean", "parent_id": firm, "email": "jean@client.example"}).(int64)
		lead := newLead(t, server, values{"partner_id": jean})
		assert.Equal(t, values{
			"email_from": "jean@client.example", "contact_name": "Jean", "partner_name": "Client SA", "lang_code": "fr_FR",
			"partner_id": []any{jean, "Client SA, Jean"},
		}, read(t, server, "crm.lead", lead, "email_from", "contact_name", "partner_name", "lang_code", "partner_id"))
		execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"email_from": false})
		assert.Equal(t, values{"email": "jean@client.example"}, read(t, server, "res.partner", jean, "email"))
		execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"email_from": "j@client.example"})
		assert.Equal(t, values{"email": "j@client.example"}, read(t, server, "res.partner", jean, "email"))
	})
	t.Run("tells its salesperson unless the context forbids it", func(t *testing.T) {
		assert.Equal(t, []string{"notification: Opportunity Created"}, chatter(t, server, newLead(t, server, nil)))
		given := newLead(t, server, values{"user_id": 6})
		seen := execute(t, server, sam, "mail.message", "search_count", []any{term("res_id", "=", given), term("message_type", "=", "user_notification")})
		assert.Equal(t, 1, seen)
		quiet := within(t, server, values{"mail_auto_subscribe_no_notify": true}, bot, "crm.lead", "create", values{"name": "x", "user_id": 6})
		assert.Equal(t, []string{"notification: Opportunity Created"}, chatter(t, server, quiet.(int64)))
	})
	t.Run("needs a name", func(t *testing.T) {
		assert.Equal(t, odoo.FaultError{Code: 2, Text: "The operation cannot be completed: Missing required value for the field 'Opportunity' (name).\n" +
			"Model: 'Lead' (crm.lead)\n- create/update: a mandatory field is not set\n" +
			"- delete: another model requires the record being deleted, you can archive it instead\n"},
			refused(t, server, bot, "crm.lead", "create", values{"type": "opportunity"}))
	})
	t.Run("cannot be made with an unknown field or choice", func(t *testing.T) {
		assert.Contains(t, refused(t, server, bot, "crm.lead", "create", values{"name": "x", "nope": 1}).Text, "ValueError: Invalid field 'nope' in 'crm.lead'\n")
		assert.Contains(t, refused(t, server, bot, "crm.lead", "create", values{"name": "x", "type": "y"}).Text, "ValueError: Wrong value for crm.lead.type: 'y'\n")
	})
}

func TestWritingAnOpportunity(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	server := newOdoo(t, odoo.Options{Clock: func() time.Time { return now }})
	lead := newLead(t, server, nil)
	t.Run("the creation date never changes", func(t *testing.T) {
		assert.Equal(t, true, execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"create_date": "2020-01-01 00:00:00"}))
		assert.Equal(t, values{"create_date": "2026-11-23 08:00:00"}, read(t, server, "crm.lead", lead, "create_date"))
	})
	t.Run("but for those who make fixtures", func(t *testing.T) {
		require.NoError(t, server.SetCreateDate("crm.lead", lead, now.AddDate(0, 0, -7)))
		assert.Equal(t, values{"create_date": "2026-11-16 08:00:00"}, read(t, server, "crm.lead", lead, "create_date"))
		assert.Error(t, server.SetCreateDate("crm.lead", 99, now))
	})
	t.Run("one that is gone refuses the whole call", func(t *testing.T) {
		assert.Equal(t, odoo.FaultError{Code: 2, Text: "Record does not exist or has been deleted.\n(Record: crm.lead(99,), User: 5)"},
			refused(t, server, bot, "crm.lead", "write", []any{lead, 99}, values{"priority": "2"}))
		assert.Equal(t, values{"priority": "0"}, read(t, server, "crm.lead", lead, "priority"))
	})
	t.Run("conversion is remembered", func(t *testing.T) {
		converted := newLead(t, server, values{"type": "lead"})
		now = now.Add(time.Hour)
		execute(t, server, bot, "crm.lead", "convert_opportunity", []any{converted}, false)
		assert.Equal(t, values{"type": "opportunity", "date_conversion": "2026-11-23 09:00:00"}, read(t, server, "crm.lead", converted, "type", "date_conversion"))
	})
	t.Run("a won stage closes it, another opens it again", func(t *testing.T) {
		execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"stage_id": 4})
		assert.Equal(t, values{"won_status": "won", "date_closed": "2026-11-23 09:00:00"}, read(t, server, "crm.lead", lead, "won_status", "date_closed"))
		execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"stage_id": 2})
		assert.Equal(t, values{"date_closed": false}, read(t, server, "crm.lead", lead, "date_closed"))
		assert.Equal(t, []string{"notification: Opportunity Created", "notification: Opportunity Won", "notification: Stage Changed"}, chatter(t, server, lead))
	})
	t.Run("deleting it deletes its messages", func(t *testing.T) {
		execute(t, server, bot, "crm.lead", "unlink", []any{lead})
		assert.Empty(t, chatter(t, server, lead))
		assert.Empty(t, execute(t, server, bot, "crm.lead", "read", []any{lead}, []string{"name"}))
		assert.Equal(t, 2, refused(t, server, bot, "crm.lead", "unlink", []any{lead}).Code)
	})
}

func TestArchiving(t *testing.T) {
	for _, tc := range []struct {
		version    int
		activities int
		archived   string // won_status of a won one
		lost       float64
	}{
		{16, 0, "", 0}, {17, 0, "", 0}, {18, 0, "pending", 0}, {19, 1, "won", 10},
	} {
		t.Run(fmt.Sprintf("in %d", tc.version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: tc.version})
			lead := newLead(t, server, nil)
			within(t, server, values{"default_res_model": "crm.lead"}, bot, "mail.activity", "create", values{"res_id": lead, "activity_type_id": 2})
			assert.Equal(t, true, execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"active": false}))
			assert.Equal(t, values{"active": false, "date_closed": "2026-11-23 08:00:00", "probability": 10.0},
				read(t, server, "crm.lead", lead, "active", "date_closed", "probability"))
			assert.Equal(t, tc.activities, execute(t, server, bot, "mail.activity", "search_count", []any{term("res_id", "=", lead)}))

			execute(t, server, bot, "crm.lead", "write", []any{lead}, values{"active": true})
			assert.Equal(t, values{"date_closed": "2026-11-23 08:00:00"}, read(t, server, "crm.lead", lead, "date_closed"))

			execute(t, server, bot, "crm.lead", "action_archive", []any{lead})
			assert.Equal(t, values{"active": false, "probability": tc.lost}, read(t, server, "crm.lead", lead, "active", "probability"))

			won := newLead(t, server, values{"stage_id": 4, "active": false})
			if tc.archived != "" {
				assert.Equal(t, values{"won_status": tc.archived}, read(t, server, "crm.lead", won, "won_status"))
			}
		})
	}
}

func TestMessages(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	id := newMessage(t, server, lead, values{"subject": "Desks"})
	t.Run("are the caller's unless the call says otherwise", func(t *testing.T) {
		assert.Equal(t, values{
			"author_id": []any{int64(6), "CRM Bot"}, "email_from": `"CRM Bot" <bot@example.com>`, "reply_to": `"CRM Bot" <bot@example.com>`,
			"subtype_id": false, "date": "2026-11-23 08:00:00", "create_date": "2026-11-23 08:00:00", "is_internal": false, "record_name": "Desks",
		}, read(t, server, "mail.message", id, "author_id", "email_from", "reply_to", "subtype_id", "date", "create_date", "is_internal", "record_name"))
		other := newMessage(t, server, lead, values{"author_id": 7, "email_from": "x@example.com", "reply_to": false})
		assert.Equal(t, values{"author_id": []any{int64(7), "Sam Seller"}, "email_from": "x@example.com", "reply_to": false},
			read(t, server, "mail.message", other, "author_id", "email_from", "reply_to"))
	})
	t.Run("have a Message-ID of their own", func(t *testing.T) {
		assert.Regexp(t, `^<\d+\.\d+\.\d+-openerp-1-crm\.lead@sandbox>$`, read(t, server, "mail.message", id, "message_id")["message_id"])
	})
	t.Run("are confirmed many at once, also when one is gone", func(t *testing.T) {
		execute(t, server, bot, "mail.message", "unlink", []any{id})
		other := newMessage(t, server, lead, nil)
		assert.Equal(t, true, execute(t, server, bot, "mail.message", "write", []any{id, other}, values{"subtype_id": 1}))
		assert.Equal(t, []any{values{"id": other, "subtype_id": []any{int64(1), "Discussions"}}},
			execute(t, server, bot, "mail.message", "read", []any{id, other}, []string{"subtype_id"}))
		assert.Equal(t, true, execute(t, server, bot, "mail.message", "unlink", []any{id}))

		write := []any{[]any{other, id}, values{"message_type": "comment"}}
		assert.Equal(t, true, execute(t, server, bot, "mail.message", "write", write...))
		write[0] = []any{id, other}
		assert.Equal(t, odoo.FaultError{Code: 2, Text: fmt.Sprintf(
			"Record does not exist or has been deleted.\n(Record: mail.message(%d,), User: 5)", id,
		)}, refused(t, server, bot, "mail.message", "write", write...))
	})
	t.Run("stay where they are", func(t *testing.T) {
		other := newMessage(t, server, lead, nil)
		assert.Equal(t, odoo.FaultError{Code: 4, Text: "Only administrators can modify 'model' and 'res_id' fields."},
			refused(t, server, bot, "mail.message", "write", []any{other}, values{"res_id": 1}))
	})
	for version, want := range map[int]string{16: "email", 17: "comment", 18: "comment", 19: "comment", 20: "comment"} {
		t.Run(fmt.Sprintf("without a type are an %s in %d", want, version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			id := execute(t, server, bot, "mail.message", "create", values{"model": "crm.lead", "res_id": newLead(t, server, nil)}).(int64)
			assert.Equal(t, values{"message_type": want}, read(t, server, "mail.message", id, "message_type"))
		})
	}
	t.Run("are posted as text from 17 on, and answer with a list in 19", func(t *testing.T) {
		posted := execute(t, server, bot, "crm.lead", "message_post", []any{lead}, "<b>Hello</b>").([]any)
		assert.Equal(t, values{"body": "<p>&lt;b&gt;Hello&lt;/b&gt;</p>"}, read(t, server, "mail.message", posted[0].(int64), "body"))
		old := newOdoo(t, odoo.Options{Version: 16})
		id := execute(t, old, bot, "crm.lead", "message_post", []any{newLead(t, old, nil)}, "<b>Hello</b>").(int64)
		assert.Equal(t, values{"body": "<b>Hello</b>"}, read(t, old, "mail.message", id, "body"))
	})
}

func TestBodiesAreSanitized(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	for _, tc := range []struct{ name, body, want string }{
		{"a paragraph stays", "<p>é &amp; &lt;</p>", "<p>é &amp; &lt;</p>"},
		{"a table with its style stays", `<table style="border:1px solid red"><tr><td>x</td></tr></table>`, `<table style="border:1px solid red"><tr><td>x</td></tr></table>`},
		{"a table's own body stays", "<table><tbody><tr><td>x</td></tr></tbody></table>", "<table><tbody><tr><td>x</td></tr></tbody></table>"},
		{"a link stays", `<p><a href="https://x.example/?a=1&b=2">m</a></p>`, `<p><a href="https://x.example/?a=1&amp;b=2">m</a></p>`},
		{"an image stays", `<img src="https://x.example/y.png" width="3">`, `<img src="https://x.example/y.png" width="3">`},
		{"a script goes", `<p onclick="x()">a<script>alert(1)</script></p>`, "<p>a</p>"},
		{"a link that runs code leads nowhere", `<p><a href="javascript:x()">l</a></p>`, `<p><a href="">l</a></p>`},
		{"a style that moves things goes", `<p style="color:red;position:fixed">x</p>`, `<p style="color:red">x</p>`},
		{"plain text becomes a paragraph", "hello & <b>x", "<p>hello &amp; <b>x</b></p>"},
		{"text before a block, too", "x <!-- c --> y<p>", "<p>x <!-- c --> y</p><p></p>"},
		{"inline elements are held together", "<b>x</b> y", "<span><b>x</b> y</span>"},
		{"white space is nothing", "  ", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id := newMessage(t, server, lead, values{"body": tc.body})
			assert.Equal(t, values{"body": tc.want}, read(t, server, "mail.message", id, "body"))
		})
	}
}

func TestActivities(t *testing.T) {
	columns := []string{"id", "res_id", "res_model_id/id", "activity_type_id/.id", "summary", "user_id/.id", "date_deadline"}
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			lead := newLead(t, server, nil)
			samID, _ := user(t, server, sam)
			botID, _ := user(t, server, bot)
			row := []any{"crm_tool.undo_1", fmt.Sprint(lead), "crm.model_crm_lead", "2", "Call them", fmt.Sprint(samID), "2026-12-24"}
			id := within(t, server, once(), bot, "mail.activity", "load", columns, []any{row}).(values)["ids"].([]any)[0].(int64)
			assert.Equal(t, values{"res_model": "crm.lead", "summary": "Call them", "user_id": []any{samID, "Sam Seller"}, "date_deadline": "2026-12-24"},
				read(t, server, "mail.activity", id, "res_model", "summary", "user_id", "date_deadline"))

			execute(t, server, bot, "mail.activity", "action_feedback", []any{id}, "went well")
			assert.Equal(t, 0, execute(t, server, bot, "mail.activity", "search_count", []any{term("res_id", "=", lead)}))
			assert.Equal(t, "notification: Activities", chatter(t, server, lead)[1])

			own := within(t, server, values{"default_res_model": "crm.lead"}, bot, "mail.activity", "create", values{"res_id": lead, "activity_type_id": 2}).(int64)
			want := values{"user_id": []any{botID, "CRM Bot"}}
			if version >= 19 {
				want = values{"user_id": false}
			}
			assert.Equal(t, want, read(t, server, "mail.activity", own, "user_id"))
			assert.Equal(t, 2, refused(t, server, bot, "mail.activity", "create", values{"res_model": "crm.lead", "res_id": lead}).Code)
		})
	}
}
