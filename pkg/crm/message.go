package crm

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Message is an e-mail or a comment in an opportunity's chatter that
// crm-tool did not write.
type Message struct {
	ID          EntryID
	Opportunity OpportunityID
	// At is when Odoo stored it, by Odoo's clock.
	At      time.Time
	Subject string
	// Incoming is true for what came from outside the company.
	Incoming bool
	// Author is the contact who wrote it; 0 if Odoo knows none.
	Author ContactID
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// programSpan is the time after a mail of ours in which nobody has read it and
// answered with a new subject.
const programSpan = 2 * time.Minute

// Automatic returns whether a program wrote the message: an absence notice, or a
// receipt. Odoo does not store the headers of RFC 3834, so the subject and the time
// since a mail of ours, whose entries are given, are all there is to tell by. A mail
// that a person lets leave once more does so with a Settled note. A person's answer to
// such a notice has its subject after "Re:", and counts.
func (m Message) Automatic(entries []Entry) bool {
	subject := trimTags(strings.ToLower(address.Printable(m.Subject)))
	if beginsWith(subject, "answers") != "" || beginsWith(subject, "receipts") != "" {
		return true
	}
	if beginsWith(subject, "replies") != "" || subject == "" {
		return false
	}
	return slices.ContainsFunc(entries, func(e Entry) bool {
		since := m.At.Sub(e.At)
		return slices.Contains([]EntryKind{Reminder, Feedback, FeedbackReminder, Settled}, e.Key.Kind) && since >= 0 && since < programSpan
	})
}

//go:embed automatic.txt
var automaticText string

// automaticSubjects are the sections of automatic.txt.
var automaticSubjects = sync.OnceValue(func() map[string][]string { return sections(automaticText) }) //nolint:gochecknoglobals // A constant that Go has no form for.

// beginsWith returns the line of a section of automatic.txt with which a subject
// begins, or nothing.
func beginsWith(subject, list string) string {
	for _, line := range automaticSubjects()[list] {
		words, colon := strings.CutSuffix(line, ":")
		rest, ok := strings.CutPrefix(subject, words)
		if !ok {
			continue
		}
		if rest = strings.TrimPrefix(rest, " "); colon && !strings.HasPrefix(rest, ":") && !strings.HasPrefix(rest, "\uff1a") {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(rest); len(rest) == len(subject)-len(words) && unicode.IsLetter(next) && isLetterBased(words) {
			continue
		}
		return line
	}
	return ""
}

// sections returns the lines of the sections of a text by their names, without comments.
func sections(text string) map[string][]string {
	all, name := map[string][]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "== "); ok {
			name = title
		} else if line != "" && line[0] != '#' {
			all[name] = append(all[name], line)
		}
	}
	return all
}

// isLetterBased returns whether words in the script of a text are separated by
// blanks, so that a letter right after a word makes it another one.
func isLetterBased(words string) bool {
	return !strings.ContainsFunc(words, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
	})
}

// maxTag is the number of bytes of a tag in brackets that is looked past.
const maxTag = 80

// trimTags removes what gateways put before a subject.
func trimTags(subject string) string {
	for {
		before := subject
		subject = strings.TrimLeft(subject, " -–—|")
		if tag := beginsWith(subject, "tags"); tag != "" {
			_, subject, _ = strings.Cut(subject, ":")
			continue
		}
		for _, brackets := range [...][2]string{{"[", "]"}, {"{", "}"}, {"(", ")"}, {"<", ">"}, {"【", "】"}, {"**", "*"}} {
			rest, ok := strings.CutPrefix(subject, brackets[0])
			if !ok {
				continue
			}
			rest = strings.TrimLeft(rest, "*")
			if tag, after, ok := strings.Cut(rest, brackets[1]); ok && len(tag) <= maxTag {
				subject = strings.TrimLeft(after, "*")
			}
		}
		if subject == before {
			return strings.TrimSpace(subject)
		}
	}
}
