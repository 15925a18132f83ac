package odoo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// letterFrom writes a mail from its headers and its text.
func letterFrom(text string, headers ...string) string {
	return strings.Join(append(headers, "MIME-Version: 1.0", "", text), "\r\n")
}

// report is a delivery status notification about an address.
func report(address, about string) string {
	return letterFrom("--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"+
		"Final-Recipient: rfc822; "+address+"\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"+
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-Id: "+about+"\r\n\r\n--b--\r\n",
		"From: MAILER-DAEMON@mx.example", "Message-Id: <report."+address+">", "Subject: Undelivered",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b")
}

// receive lets Odoo fetch a mail.
func receive(t *testing.T, server *odoo.Server, model any, raw string) any {
	t.Helper()
	return execute(t, server, bot, "mail.thread", "message_process", model, raw)
}

// lastMessage returns fields of the newest message on an opportunity.
func lastMessage(t *testing.T, server *odoo.Server, lead any, fields ...string) values {
	t.Helper()
	found := execute(t, server, bot, "mail.message", "search_read",
		[]any{term("model", "=", "crm.lead"), term("res_id", "=", lead)}, fields, 0, 1).([]any)
	require.NotEmpty(t, found)
	row := found[0].(values)
	delete(row, "id")
	return row
}

const ours = "<crm-tool.remind.1.7.token@example.com>"

func TestMailThatAnswersNothingMakesAnOpportunity(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 123456000, time.UTC)
	server := newOdoo(t, odoo.Options{Clock: func() time.Time { return now }})
	raw := letterFrom("Hello,\r\nchairs <b>", "From: Zoë Müller <Zoe@Client.example>", "Message-Id: <1@client.example>",
		"Subject: =?utf-8?q?Caf=C3=A9?= chairs", "Date: Sun, 22 Nov 2026 10:00:00 +0100")
	lead := receive(t, server, "crm.lead", raw)
	assert.Equal(t, values{"name": "Café chairs", "email_normalized": "zoe@client.example", "user_id": false, "type": "opportunity", "create_date": "2026-11-23 08:00:00"},
		read(t, server, "crm.lead", lead.(int64), "name", "email_normalized", "user_id", "type", "create_date"))
	assert.Equal(t, values{
		"message_type": "email", "author_id": false, "email_from": `"Zoë Müller" <Zoe@Client.example>`, "subject": "Café chairs",
		"body": "<pre>Hello,\nchairs &lt;b&gt;</pre>\n", "date": "2026-11-22 09:00:00", "create_date": "2026-11-23 08:00:00", "message_id": "<1@client.example>",
		"subtype_id": []any{int64(7), "Opportunity Created"},
	}, lastMessage(t, server, lead, "message_type", "author_id", "email_from", "subject", "body", "date", "create_date", "message_id", "subtype_id"))
	assert.Equal(t, []string{"email: Opportunity Created"}, chatter(t, server, lead.(int64)))

	t.Run("but only once", func(t *testing.T) {
		assert.Equal(t, false, receive(t, server, "crm.lead", raw))
	})
	t.Run("for a contact that Odoo knows, with the contact as customer", func(t *testing.T) {
		contact := execute(t, server, bot, "res.partner", "create", values{"name": "Élodie", "email": "elodie@client.example", "lang": "fr_FR"}).(int64)
		lead := receive(t, server, "crm.lead", letterFrom("Bonjour", "From: ELODIE@client.example", "Message-Id: <2@client.example>", "Subject: x"))
		assert.Equal(t, values{"partner_id": []any{contact, "Élodie"}, "lang_code": "fr_FR"}, read(t, server, "crm.lead", lead.(int64), "partner_id", "lang_code"))
		assert.Equal(t, values{"author_id": []any{contact, "Élodie"}}, lastMessage(t, server, lead, "author_id"))
	})
	t.Run("and nothing when no model is named", func(t *testing.T) {
		fault := refused(t, server, bot, "mail.thread", "message_process", false, letterFrom("Hi", "From: x@client.example", "To: sales@example.com", "Message-Id: <3@client.example>"))
		assert.Contains(t, fault.Text, "ValueError: No possible route found for incoming message from x@client.example to sales@example.com (Message-Id <3@client.example>:).")
	})
}

func TestReplyLandsOnItsOpportunity(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, values{"active": false})
	newMessage(t, server, lead, values{"message_id": ours})
	for _, tc := range []struct {
		name   string
		header string
		from   string
		author any
	}{
		{"by In-Reply-To", "In-Reply-To: " + ours, "client@client.example", false},
		{"by References", "References: <other@example.com> " + ours, "friend@client.example", false},
		{"from a salesperson's own mail client", "In-Reply-To: " + ours, "Sam <sam@example.com>", []any{int64(7), "Sam Seller"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			raw := letterFrom("Hi", "From: "+tc.from, tc.header, "Message-Id: <"+tc.name+"@client.example>", "Subject: Re: Desks")
			assert.Equal(t, lead, receive(t, server, false, raw))
			assert.Equal(t, values{"message_type": "email", "author_id": tc.author, "subtype_id": []any{int64(1), "Discussions"}},
				lastMessage(t, server, lead, "message_type", "author_id", "subtype_id"))
		})
	}
	assert.Equal(t, values{"active": false}, read(t, server, "crm.lead", lead, "active"))
	t.Run("also when a stranger's Message-ID looks like ours", func(t *testing.T) {
		const theirs = "<crm-tool.remind.1.15.evil@example.com>"
		receive(t, server, false, letterFrom("Hi", "From: evil@client.example", "In-Reply-To: "+ours, "Message-Id: "+theirs))
		assert.Equal(t, values{"message_type": "email", "message_id": theirs}, lastMessage(t, server, lead, "message_type", "message_id"))
	})
	t.Run("in HTML, sanitized", func(t *testing.T) {
		receive(t, server, false, letterFrom("--z\r\nContent-Type: text/plain\r\n\r\nHi\r\n--z\r\nContent-Type: text/html; charset=iso-8859-1\r\n"+
			"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Caf=E9<script>x</script></p>\r\n--z--\r\n",
			"From: c@client.example", "In-Reply-To: "+ours, "Message-Id: <html@client.example>", "Content-Type: multipart/alternative; boundary=z"))
		assert.Equal(t, values{"body": "<p>Café</p>"}, lastMessage(t, server, lead, "body"))
	})
}

func TestDeliveryReportsAreCounted(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	a := newLead(t, server, values{"email_from": "client@client.example"})
	b := newLead(t, server, values{"email_from": "Client <CLIENT@client.example>"})
	newMessage(t, server, a, values{"message_id": ours})
	bounces := func() []any {
		return []any{read(t, server, "crm.lead", a, "message_bounce")["message_bounce"], read(t, server, "crm.lead", b, "message_bounce")["message_bounce"]}
	}
	before := chatter(t, server, a)

	assert.Equal(t, false, receive(t, server, false, report("client@client.example", ours)))
	assert.Equal(t, []any{int64(1), int64(1)}, bounces(), "on every opportunity of the client")
	assert.Equal(t, false, receive(t, server, false, report("sam@example.com", ours)))
	assert.Equal(t, []any{int64(2), int64(1)}, bounces(), "of somebody else, on the opportunity alone")
	assert.Equal(t, false, receive(t, server, "crm.lead", letterFrom("Sorry", "From: MAILER-DAEMON@mx.example", "In-Reply-To: "+ours, "Message-Id: <d@mx.example>")))
	assert.Equal(t, []any{int64(2), int64(1)}, bounces(), "not without a report")
	assert.Equal(t, before, chatter(t, server, a), "no report is a message")
	receive(t, server, false, letterFrom("Here I am", "From: client@client.example", "In-Reply-To: "+ours, "Message-Id: <back@client.example>"))
	assert.Equal(t, []any{int64(0), int64(0)}, bounces(), "any mail of the client resets them")
}
