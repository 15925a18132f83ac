package mail_test

import (
	"bytes"
	netmail "net/mail"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

func TestAMailSaysWhereAWishForNoMoreMailsGoes(t *testing.T) {
	t.Parallel()
	catchall := address.Address{Name: "Answers", Mailbox: "catch+all@odoo.example.com"}
	for name, c := range map[string]struct {
		to              address.Address
		url             string
		header, oneStep string
	}{
		"nowhere": {},
		"by mail, as an answer to this one": {
			to: catchall, header: "<mailto:catch%2Ball@odoo.example.com?subject=unsubscribe&In-Reply-To=%3Ccrm-tool.remind.42.7.a%40example.com%3E>",
		},
		"by HTTPS before that": {
			to: catchall, url: "https://example.com/stop?a=zoe%40client.example",
			header: "<https://example.com/stop?a=zoe%40client.example>, " +
				"<mailto:catch%2Ball@odoo.example.com?subject=unsubscribe&In-Reply-To=%3Ccrm-tool.remind.42.7.a%40example.com%3E>",
			oneStep: "List-Unsubscribe=One-Click",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := reminder()
			m.MessageID, m.Unsubscribe, m.UnsubscribeURL = "<crm-tool.remind.42.7.a@example.com>", c.to, c.url
			raw, err := mail.Compose(m)
			require.NoError(t, err)
			parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
			require.NoError(t, err)
			header := parsed.Header
			assert.Equal(t, c.header, header.Get("List-Unsubscribe"))
			assert.Equal(t, c.oneStep, header.Get("List-Unsubscribe-Post"))
			if c.to.IsZero() {
				return
			}
			_, mailto, _ := strings.Cut(strings.Trim(header.Get("List-Unsubscribe"), "<>"), "mailto:")
			u, err := url.Parse("mailto:" + mailto)
			require.NoError(t, err)
			assert.Equal(t, m.MessageID, u.Query().Get("In-Reply-To"))
		})
	}
}

func TestAURLToUnsubscribeAddsNothingToTheHeader(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"http://example.com/stop", "https://", "https://example.com/\r\nBcc: all@example.com", "https://example.com/a>,<https://evil.example",
		"https://example.com/a b", "https://example.com/é", "https://example.com/" + strings.Repeat("x", 1000), "javascript:alert(1)",
	} {
		m := reminder()
		m.UnsubscribeURL = bad
		_, err := mail.Compose(m)
		var field *mail.FieldError
		require.ErrorAs(t, err, &field, bad)
		assert.Equal(t, "List-Unsubscribe", field.Field)
	}
}
