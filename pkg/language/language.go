// Package language chooses among texts that there are in several languages.
//
// A code is written as in the names of files: fr, fr_CA, es_419.
package language

import (
	"regexp"
	"strings"
)

// Last is the language that is tried when no wish can be granted.
const Last = "en"

// Pattern is the form of a code, as a regular expression without groups that
// count.
const Pattern = `[a-z]{2,3}(?:_(?:[A-Z]{2}|[0-9]{3}))?`

var wished = regexp.MustCompile(`^([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[0-9]{3}))?(?:[@.].*)?$`)

// Fallbacks lists the codes to try: each wish, as Odoo or a system writes it
// (fr_CA, FR-ca, fr_CA.UTF-8), then the same without its country, and Last at
// the end. What is no language code is passed over.
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

// Tag is a code as HTML and mail headers write it (BCP 47).
func Tag(code string) string { return strings.ReplaceAll(code, "_", "-") }
