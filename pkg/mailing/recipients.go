package mailing

import (
	"html"
	"regexp"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// separator stands between the two addresses above a mail.
const separator = " · "

// recipients returns the line above a mail's copy in the chatter, for
// colleagues: to whom it went. [RecipientsIn] reads it back, in any language.
func recipients(texts NoteTexts, to, cc address.Address) string {
	line := string(texts.To) + " " + to.String()
	if !cc.IsZero() {
		line += separator + string(texts.CC) + " " + cc.String()
	}
	return "<p><small>" + html.EscapeString(line) + "</small></p>"
}

var recipientsLine = regexp.MustCompile(`^\s*<p>\s*<small>([^<]*)</small>`)

// RecipientsIn returns the addresses in the first line of a mail's copy in the
// chatter, or none when somebody changed the line.
func RecipientsIn(body string) (to, cc []string) {
	found := recipientsLine.FindStringSubmatch(body)
	if found == nil {
		return nil, nil
	}
	to, rest := cutRecipient(html.UnescapeString(found[1]))
	cc, _ = cutRecipient(rest)
	return to, cc
}

// quoted is the name in front of an address that may itself have an @.
var quoted = regexp.MustCompile(`^\s*"(?:[^"\\]|\\.)*"`)

// cutRecipient returns the address after the label that begins a text, and what
// follows the separator.
func cutRecipient(text string) (found []string, rest string) {
	_, text, _ = strings.Cut(text, ":")
	name := quoted.FindString(text)
	before, mailbox, _ := strings.Cut(text[len(name):], "@")
	mailbox, rest, _ = strings.Cut(mailbox, separator)
	a, err := address.First(strings.TrimSpace(name + before + "@" + mailbox))
	if err != nil {
		return nil, rest
	}
	return []string{a.Mailbox}, rest
}
