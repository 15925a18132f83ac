package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// hidden is true for characters without a glyph that can act on the terminal or
// change how text looks: control characters such as escape, marks that reorder
// text, invisible tags.
func hidden(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }

// unsafe is true for the hidden characters that no text needs. The zero-width
// joiners are hidden, but words of some languages are misspelt without them.
func unsafe(r rune) bool { return hidden(r) && r != '\u200c' && r != '\u200d' }

// clean returns a text as one line for a person: without hidden characters, with
// single spaces for white space and line ends, and with U+FFFD for bytes that are
// not UTF-8.
func clean(s string) string {
	visible := strings.Map(func(r rune) rune {
		if unsafe(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(visible), " ")
}

// textMost and causeMost are the limits of a cell, in characters: that of a name,
// and that of the cause of a failure and of any cell of a CSV file. A column is as
// wide as its widest cell, so that one endless name would widen every line.
const (
	textMost  = 200
	causeMost = 1000
)

// Short returns a text as one line for a person, without hidden characters, cut to a
// number of characters. It does not keep the memory of what it cut off.
func Short(s string, most int) string {
	s = clean(s)
	if len(s) <= most {
		return s
	}
	count := 0
	for i := range s {
		if count++; count == most {
			if rest := s[i:]; utf8.RuneCountInString(rest) > 1 {
				return s[:i] + ellipsis
			}
			return s
		}
	}
	return s
}

// Visible writes the characters without a glyph in a text for people or a log as \u
// escapes, so that they cannot act on a terminal. Line ends, tabs and the joiners
// of some scripts stay. Bytes that are not UTF-8 become U+FFFD.
func Visible(text string) string {
	return escape(strings.ToValidUTF8(text, "\ufffd"), func(r rune) bool { return unsafe(r) && r != '\n' && r != '\t' })
}

// escape writes some characters of a text as \u escapes. In a JSON text, where
// encoding/json leaves many as they are, hidden ones are always inside strings, so
// that the text means the same.
func escape(text string, which func(rune) bool) string {
	if !strings.ContainsFunc(text, which) {
		return text
	}
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

// WithoutAddresses hides what looks like an e-mail address, as mail servers quote
// them in their answers, and limits the text's length.
func WithoutAddresses(s string) string {
	return Short(addressLike.ReplaceAllLiteralString(s, "<address>"), causeMost)
}

// wrap breaks a clean text into lines of at most width columns, between words where
// possible. It drops only the spaces at the breaks.
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
