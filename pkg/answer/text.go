package answer

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// ownText returns the text of a body without quoted mails.
func ownText(body string) string {
	z := html.NewTokenizer(strings.NewReader(body))
	var b strings.Builder
	quoted := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) == "blockquote" {
				quoted++
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "blockquote" {
				quoted--
			}
		case html.TextToken:
			if quoted <= 0 {
				b.Write(z.Text())
			}
		case html.SelfClosingTagToken, html.CommentToken, html.DoctypeToken:
		}
	}
}

// asksAlone returns whether a text is nothing but a word that asks to stop.
func asksAlone(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	switch strings.Join(words, " ") {
	case "stop", "please stop", "stop please", "unsubscribe", "désinscription", "abmelden", "baja", "cancellami":
		return true
	}
	return false
}
