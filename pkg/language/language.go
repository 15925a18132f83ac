// Package language decides in which language a reader gets a text that exists in
// several.
//
// Everything that has several languages follows its one rule, [Fallbacks]: mails,
// questionnaires, notes and the feedback report. A code is written as in the names
// of files: fr, fr_CA, es_419.
package language

import (
	"regexp"
	"strings"
)

// Last is the language for readers whose languages have no text.
const Last = "en"

// Pattern is a regular expression for a code. It has no capturing groups.
const Pattern = `[a-z]{2,3}(?:_(?:[A-Z]{2}|[0-9]{3}))?`

var wished = regexp.MustCompile(`^([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[@.].*)?$`)

// Fallbacks lists the codes to try: each wish, as Odoo, a browser or a system
// writes it (fr_CA, fr-CA, fr_CA.UTF-8), then the same without its country, and
// [Last] at the end. It skips what is no language.
func Fallbacks(wishes []string) []string {
	var out []string
	for _, wish := range wishes {
		m := wished.FindStringSubmatch(strings.TrimSpace(wish))
		if m == nil {
			continue
		}
		code := strings.ToLower(m[1])
		if m[2] != "" {
			out = append(out, code+"_"+strings.ToUpper(m[2]))
		}
		out = append(out, code)
	}
	return append(out, Last)
}

// Tag returns a code as HTML and mail headers write it (BCP 47).
func Tag(code string) string { return strings.ReplaceAll(code, "_", "-") }
