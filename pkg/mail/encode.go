package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/address"
)

const (
	// maxEncodedWord is the longest encoded word (RFC 2047, section 2).
	maxEncodedWord = 75
	// maxPlainWord is the longest word that is written as it is. A longer one would make
	// a line too long, or leave the first line of its field empty.
	maxPlainWord = 60
	// wordFrame is what an encoded word consists of besides its text.
	wordFrame = len("=?UTF-8?q??=")
)

// formatText returns a text for a header field after the first so many columns of its
// line.
func formatText(s string, column int) string {
	if isPlain(s) {
		return s
	}
	return encode(s, column)
}

// formatAddress returns an address for a header field after the first so many columns
// of its line.
func formatAddress(a address.Address, column int) string {
	switch {
	case a.Name == "":
		return a.Mailbox
	case isPlain(a.Name):
		return `"` + strings.ReplaceAll(strings.ReplaceAll(a.Name, `\`, `\\`), `"`, `\"`) + `" <` + a.Mailbox + ">"
	}
	return encode(a.Name, column) + " <" + a.Mailbox + ">"
}

// isPlain tells whether a text can stand in a header as it is: ASCII, in words that fit
// into a line.
func isPlain(s string) bool {
	for word := range strings.SplitSeq(s, " ") {
		if len(word) > maxPlainWord || strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r > '~' }) {
			return false
		}
	}
	return true
}

// encode returns a text as encoded words (RFC 2047), each of whole characters. The
// first fits into a line after so many columns. The shorter encoding is used: "q" for
// text that is mostly ASCII, else "b".
func encode(s string, column int) string {
	kind, length, form := "q", quotedLength, appendQuoted
	if base64Length(s) < quotedLength(s) {
		kind, length, form = "b", base64Length, appendBase64
	}
	room := min(maxFolded-column, maxEncodedWord) - wordFrame
	var words []byte
	end := func(word string) { words = append(form(append(words, "=?UTF-8?"+kind+"?"...), word), "?="...) }
	start := 0
	for i, r := range s {
		if i > start && length(s[start:i+utf8.RuneLen(r)]) > room {
			end(s[start:i])
			words = append(words, ' ')
			start, room = i, maxEncodedWord-wordFrame
		}
	}
	end(s[start:])
	return string(words)
}

func base64Length(s string) int { return base64.StdEncoding.EncodedLen(len(s)) }

func appendBase64(to []byte, s string) []byte { return base64.StdEncoding.AppendEncode(to, []byte(s)) }

// quotedLength is how many bytes [appendQuoted] appends.
func quotedLength(s string) int {
	n := len(s)
	for i := range len(s) {
		if s[i] != ' ' && !standsInName(s[i]) {
			n += 2
		}
	}
	return n
}

// appendQuoted appends a text in the encoding "q".
func appendQuoted(to []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			to = append(to, '_')
		case standsInName(c):
			to = append(to, c)
		default:
			to = appendByte(to, c)
		}
	}
	return to
}

// standsInName tells whether the encoding "q" leaves a character as it is, in a name, too
// (RFC 2047, section 5).
func standsInName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '!' || c == '*' || c == '+' || c == '-' || c == '/'
}

// appendByte appends a byte as =XX.
func appendByte(to []byte, c byte) []byte {
	const hex = "0123456789ABCDEF"
	return append(to, '=', hex[c>>4], hex[c&15])
}

// maxEncodedLine is the longest line of a text in quoted-printable, without the "=" that
// says that it goes on (RFC 2045, section 6.7).
const maxEncodedLine = 75

// quotedPrintable appends a text as quoted-printable. Line feeds end its lines. The
// result is that of mime/quotedprintable.
func quotedPrintable(to []byte, text string) []byte {
	for line := range strings.Lines(text) {
		line, ended := strings.CutSuffix(line, "\n")
		to = encodeLine(to, line)
		if ended {
			to = append(to, "\r\n"...)
		}
	}
	return to
}

// encodeLine appends a line without its end, in as many lines as it takes.
func encodeLine(to []byte, line string) []byte {
	const encoded = len("=XX")
	for width := 0; line != ""; {
		n := literals(line, maxEncodedLine-width)
		switch {
		case n > 0:
			to, line, width = append(to, line[:n]...), line[n:], width+n
		case width+encoded > maxEncodedLine:
			to, width = append(to, "=\r\n"...), 0
		default:
			to, line, width = appendByte(to, line[0]), line[1:], width+encoded
		}
	}
	return to
}

// literals returns how many bytes at the beginning of a line stand for themselves, limit
// at most. White space at the end of the line does not.
func literals(line string, limit int) int {
	n := min(len(line), limit)
	for i := range n {
		if c := line[i]; c == '=' || !isPrintable(c) && c != '\t' {
			return i
		}
	}
	if n == len(line) && (line[n-1] == ' ' || line[n-1] == '\t') {
		return n - 1
	}
	return n
}

// isPrintable tells whether a byte is a letter, digit, sign or blank of ASCII.
func isPrintable(c byte) bool { return c-' ' <= '~'-' ' }
