package mail

import (
	"encoding/base64"
	"fmt"
	"strings"

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
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + a.Mailbox + ">"
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
	kind, form := "q", quoted
	if base := inBase64(s); len(base) < len(quoted(s)) {
		kind, form = "b", inBase64
	}
	room := min(maxFolded-column, maxEncodedWord) - wordFrame
	var words []string
	word := ""
	for _, r := range s {
		if word != "" && len(form(word+string(r))) > room {
			words = append(words, frame(kind, form(word)))
			word, room = "", maxEncodedWord-wordFrame
		}
		word += string(r)
	}
	return strings.Join(append(words, frame(kind, form(word))), " ")
}

func frame(kind, text string) string { return "=?UTF-8?" + kind + "?" + text + "?=" }

func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// quoted returns a text in the encoding "q", with the characters that may stand in a
// name, too (RFC 2047, section 5).
func quoted(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('_')
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("!*+-/", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}
