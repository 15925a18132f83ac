package mailing

import (
	"html"
	"regexp"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// recipientsLine is what the [Composer] writes above a mail in the chatter.
var recipientsLine = regexp.MustCompile(`^\s*<p>\s*<small>([^<]*)</small>`)

// RecipientsIn reads the first line of a mail in the chatter. Where somebody
// changed it, nobody is known.
func RecipientsIn(body string) (to, cc []string) {
	found := recipientsLine.FindStringSubmatch(body)
	if found == nil {
		return nil, nil
	}
	first, second, _ := strings.Cut(html.UnescapeString(found[1]), " · ")
	return mailboxIn(first), mailboxIn(second)
}

// mailboxIn returns the address after the label of a part of that line.
func mailboxIn(part string) []string {
	_, text, _ := strings.Cut(part, ":")
	a, err := address.First(strings.TrimSpace(text))
	if err != nil {
		return nil
	}
	return []string{a.Mailbox}
}

// addressees is the first line of the mail in the chatter, for colleagues.
func addressees(language string, a Addressed) string {
	words := WordsFor(language)
	line := words.to + " " + html.EscapeString(a.To.String())
	if !a.CC.IsZero() {
		line += " · " + words.cc + " " + html.EscapeString(a.CC.String())
	}
	return "<p><small>" + line + "</small></p>"
}
