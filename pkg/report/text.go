package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// The zero-width joiners have no glyph, like the characters that reorder text,
// but words of some languages are misspelt without them.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// hidden tells whether a character has no glyph and can act on what shows the
// text: controls (the escape that begins a terminal's commands among them),
// marks that reorder text, invisible tags.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf)
}

// clean makes a text fit for one line that a person reads: hidden characters
// vanish, white space, line ends included, becomes single spaces, and bytes
// that are not UTF-8 become U+FFFD.
func clean(s string) string {
	visible := strings.Map(func(r rune) rune {
		if hidden(r) && !unicode.IsSpace(r) && r != zeroWidthNonJoiner && r != zeroWidthJoiner {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(visible), " ")
}

// escapeHidden writes the hidden characters of a JSON text as \u escapes.
// encoding/json leaves many as they are; they stand inside strings only,
// so the text means the same and cannot act on a terminal. It removes
// nothing.
func escapeHidden(text []byte) []byte {
	if !bytes.ContainsFunc(text, hidden) {
		return text
	}
	return []byte(escape(string(text), hidden))
}

// Visible writes what has no glyph in a text for people, or for a log, as \u
// escapes, so that it cannot act on a terminal. Line ends and tabs stay, and so
// do the joiners of some scripts. Bytes that are not UTF-8 become U+FFFD.
func Visible(text string) string {
	return escape(strings.ToValidUTF8(text, "\ufffd"), func(r rune) bool {
		return hidden(r) && r != '\n' && r != '\t' && r != zeroWidthNonJoiner && r != zeroWidthJoiner
	})
}

// escape writes some characters of a text as \u escapes.
func escape(text string, which func(rune) bool) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case !which(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

var addressLike = regexp.MustCompile(`"[^"]*"@\S+|\S*@\S*`)

// withoutAddresses hides what looks like an e-mail address in a text, as mail
// servers like to quote one in their answers.
func withoutAddresses(s string) string {
	return addressLike.ReplaceAllLiteralString(s, "<address>")
}

// wrap breaks a clean text into lines of at most width columns, between words
// where it can. It leaves nothing out but the spaces at the breaks.
func wrap(text string, width int) []string {
	width = max(width, 2) // no character is wider
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && twwidth.Width(line)+1+twwidth.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for twwidth.Width(word) > width {
			head := twwidth.Truncate(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	return append(lines, line)
}
