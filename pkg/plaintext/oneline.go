package plaintext

import (
	"strings"
	"unicode"
)

// OneLine makes one line of a text that somebody else wrote, safe for a terminal and of at
// most so many characters.
func OneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}
