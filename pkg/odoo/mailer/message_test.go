package mailer_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/odoo/mailer"
)

func TestOdooGetsTheMailThatWouldGoOverSMTP(t *testing.T) {
	t.Parallel()
	raw, err := mail.Compose(mail.Message{
		From: address.Address{Name: `Zoë "Z" Sales`, Mailbox: "sales@example.com"}, ReplyTo: address.Address{Mailbox: "answers@example.com"},
		To: []address.Address{{Name: "Müller, Anna", Mailbox: "anna@client.example"}}, CC: []address.Address{{Name: "Sam Seller", Mailbox: "sam@example.com"}},
		Subject: "Your request: “Chairs” 😀 " + string(make([]byte, 3)), Text: "Hello\n", HTML: "<p style=\"color: #333\">Hällo = you</p>\n.\n",
		MessageID: "<crm-tool.remind.42.15.a@example.com>", Answers: "<crm-tool.remind.42.7.a@example.com>",
		Unsubscribe: address.Address{Mailbox: "answers@example.com"}, UnsubscribeURL: "https://example.com/stop?a=1",
		Date: time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC), Language: "fr",
	})
	require.NoError(t, err)
	got, err := mailer.Read(raw)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{
		"subject": "Your request: “Chairs” 😀", "body_html": "<p style=\"color: #333\">Hällo = you</p>\n.\n",
		"email_from": `"Zoë \"Z\" Sales" <sales@example.com>`, "reply_to": "answers@example.com",
		"email_to": `"Müller, Anna" <anna@client.example>`, "email_cc": `"Sam Seller" <sam@example.com>`,
		"message_id": "<crm-tool.remind.42.15.a@example.com>", "references": "<crm-tool.remind.42.7.a@example.com>",
		"headers": `{"Auto-Submitted": "auto-generated", "In-Reply-To": "<crm-tool.remind.42.7.a@example.com>", ` +
			`"List-Unsubscribe": "<https://example.com/stop?a=1>, <mailto:answers@example.com?subject=unsubscribe&In-Reply-To=%3Ccrm-tool.remind.42.15.a%40example.com%3E>", ` +
			`"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "X-Auto-Response-Suppress": "OOF, AutoReply"}`,
		"auto_delete": true, "message_type": "email", "attachment_ids": []any{}, "attachments": []any{}, "recipient_ids": []any{},
		"partner_ids": []any{}, "mail_server_id": false, "scheduled_date": false,
	}, got)
}
