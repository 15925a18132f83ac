package mail

import (
	"errors"
	"net/url"
	"strings"

	"gopkg.in/gomail.v2"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// unsubscribeSubject is the subject of a mail that a mail program sends for its user.
const unsubscribeSubject = "unsubscribe"

// setUnsubscribe writes where a wish for no more mails goes: by mail, and before
// that by HTTPS if there is an address for it.
func setUnsubscribe(m *gomail.Message, msg Message) error {
	const field = "List-Unsubscribe"
	var ways []string
	if msg.UnsubscribeURL != "" {
		u, err := url.Parse(msg.UnsubscribeURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || !isHeaderURL(msg.UnsubscribeURL) {
			return &FieldError{Field: field, Err: errors.New("the URL is no HTTPS one that fits into a header")}
		}
		ways = append(ways, "<"+msg.UnsubscribeURL+">")
	}
	if !msg.Unsubscribe.IsZero() {
		mailbox, err := address.Clean(msg.Unsubscribe.Mailbox)
		if err != nil {
			return &FieldError{Field: field, Err: err}
		}
		ways = append(ways, "<"+mailto(mailbox, msg.MessageID)+">")
	}
	if len(ways) > 0 {
		m.SetHeader(field, ways...)
	}
	if msg.UnsubscribeURL != "" {
		m.SetHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	return nil
}

// mailto returns a URL with which a mail program writes an answer to a mail (RFC
// 6068). In-Reply-To leads it to the opportunity in Odoo: from a stranger to all
// conversations, its catchall address takes answers alone.
func mailto(mailbox, messageID string) string {
	local, domain, _ := strings.Cut(mailbox, "@")
	return "mailto:" + escape(local) + "@" + domain + "?subject=" + unsubscribeSubject + "&In-Reply-To=" + escape(messageID)
}

// escape writes all but unreserved characters as %XX: a blank is no plus in a mailto.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// maxURL keeps a line of the header below 998 bytes.
const maxURL = 900

// isHeaderURL tells whether a URL has only characters that need no encoding in a
// header, and none that would end it.
func isHeaderURL(s string) bool {
	return len(s) <= maxURL && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`<>"\^{|}`+"`,", r)
	})
}
