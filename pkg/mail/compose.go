package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/gomail.v2"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// maxSubject is the longest subject, in characters. Mail programs show far fewer.
const maxSubject = 200

// maxHeader is more than most headers have, in bytes. A longer one costs a copy.
const maxHeader = 2 << 10

// maxMessageID keeps a Message-ID with its header name within a line of 998.
const maxMessageID = 250

var (
	messageIDForm = regexp.MustCompile("^<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>$")
	languageForm  = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// Compose returns the mail's bytes: multipart/alternative with the text first and
// the HTML second. It marks the mail as written by a program (RFC 3834), so that
// nobody's out-of-office reply answers it. The error is a [*FieldError] when the
// message cannot be mailed.
func Compose(msg Message) ([]byte, error) {
	if err := validate(msg); err != nil {
		return nil, err
	}
	m := gomail.NewMessage()
	if err := setAddresses(m, msg); err != nil {
		return nil, err
	}
	m.SetHeader("Subject", formatText(cleanSubject(msg.Subject), len("Subject: ")))
	m.SetHeader("Message-ID", msg.MessageID)
	if msg.Answers != "" { // RFC 5322, section 3.6.4
		m.SetHeader("In-Reply-To", msg.Answers)
		m.SetHeader("References", msg.Answers)
	}
	m.SetDateHeader("Date", msg.Date)
	m.SetHeader("Auto-Submitted", "auto-generated")
	m.SetHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	if msg.Language != "" {
		m.SetHeader("Content-Language", msg.Language)
	}
	if err := setUnsubscribe(m, msg); err != nil {
		return nil, err
	}
	to := normalizer{messageID: msg.MessageID, head: make([]byte, 0, maxHeader)}
	to.body.Grow(maxHeader + (len(msg.Text)+len(msg.HTML))*9/8)
	addPart(m, &to.body, "text/plain", msg.Text)
	if msg.HTML != "" {
		addPart(m, &to.body, "text/html", msg.HTML)
	}
	if _, err := m.WriteTo(&to); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	raw := to.body.Bytes()
	if err := checkLines(raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// addPart adds a part of the message, which is written to the buffer when gomail has
// written what stands before it. The text goes past gomail's encoder, which looks at each
// byte in several places.
func addPart(m *gomail.Message, to *bytes.Buffer, contentType, text string) {
	m.AddAlternativeWriter(contentType, func(io.Writer) error {
		to.Write(quotedPrintable(to.AvailableBuffer(), cleanText(text)))
		return nil
	})
}

// validate checks the fields that must not be missing, and those that the program
// chose.
func validate(msg Message) error {
	field, problem := "", ""
	switch {
	case len(msg.To) == 0:
		field, problem = "To", "there is no recipient"
	case cleanSubject(msg.Subject) == "":
		field, problem = "Subject", "it is empty"
	case strings.TrimSpace(msg.Text) == "":
		field, problem = "Text", "it is empty"
	case !isMessageID(msg.MessageID):
		field, problem = "Message-ID", fmt.Sprintf("%q has not the form <id@domain>", msg.MessageID)
	case msg.Answers != "" && !isMessageID(msg.Answers):
		field, problem = "In-Reply-To", fmt.Sprintf("%q has not the form <id@domain>", msg.Answers)
	case msg.Date.IsZero():
		field, problem = "Date", "it is not set"
	case msg.Language != "" && !languageForm.MatchString(msg.Language):
		field, problem = "Content-Language", fmt.Sprintf("%q is not a language tag", msg.Language)
	default:
		return nil
	}
	return &FieldError{Field: field, Err: errors.New(problem)}
}

func isMessageID(s string) bool { return len(s) <= maxMessageID && messageIDForm.MatchString(s) }

// setAddresses cleans every address once more: gomail writes an address as it is,
// line breaks included.
func setAddresses(m *gomail.Message, msg Message) error {
	for _, header := range []struct {
		field     string
		addresses []address.Address
	}{
		{"From", []address.Address{msg.From}},
		{"Reply-To", slices.DeleteFunc([]address.Address{msg.ReplyTo}, address.Address.IsZero)},
		{"To", msg.To},
		{"Cc", msg.CC},
	} {
		var values []string
		for _, a := range header.addresses {
			clean, err := address.New(a.Name, a.Mailbox)
			if err != nil {
				return &FieldError{Field: header.field, Err: err}
			}
			column := 0 // Another address may begin a line.
			if len(values) == 0 {
				column = len(header.field + ": ")
			}
			values = append(values, formatAddress(clean, column))
		}
		if len(values) > 0 {
			m.SetHeader(header.field, values...)
		}
	}
	return nil
}

// cleanSubject returns the subject as one line. It cannot be mistaken for encoded
// text (RFC 2047).
func cleanSubject(s string) string {
	s = address.Printable(strings.ReplaceAll(s, "=?", "= ?"))
	if runes := []rune(s); len(runes) > maxSubject {
		return strings.TrimSpace(string(runes[:maxSubject-1])) + "…"
	}
	return s
}

// cleanText replaces bytes that are not UTF-8, removes control characters other
// than newline and tab, and ends the last line.
func cleanText(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	if hasControl(s) {
		s = strings.Map(func(r rune) rune {
			if r != '\n' && r != '\t' && unicode.IsControl(r) {
				return -1
			}
			return r
		}, s)
	}
	if end := strings.TrimRight(s, "\n"); len(end)+1 != len(s) {
		return end + "\n"
	}
	return s
}

// hasControl tells whether a text may have control characters that are no newline or
// tab: those of ASCII, or what begins one of the others in UTF-8.
func hasControl(s string) bool {
	const beginsOther = 0xC2
	for i := range len(s) {
		if c := s[i]; isPrintable(c) {
			continue
		} else if c < ' ' && c != '\n' && c != '\t' || c == 0x7F || c == beginsOther && s[i+1] < 0xA0 {
			return true
		}
	}
	return false
}
