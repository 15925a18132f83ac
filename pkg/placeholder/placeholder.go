// Package placeholder finds, in a text of this program, the placeholders of other
// programs' templates: those of Odoo, Jinja, Handlebars, mailing services and word
// processors.
//
// Nothing fills them in, so a client would read them as they stand. The package is
// pure, and does not know which fields there are.
package placeholder

import (
	"regexp"
	"slices"
	"strings"
)

// Found is a placeholder in a text.
type Found struct {
	// Line counts from 1.
	Line int
	// Text is the placeholder as it stands there, shortened if it is long.
	Text string
	// Expression is what it would show or ask for: object.name of ${object.name}.
	Expression string
	// Statement says that it is a condition or a loop and shows nothing.
	Statement bool
	// Action says that it stands in double braces, where this program's own fields
	// are, so that the text cannot be parsed.
	Action bool
}

// longest is how many characters of a placeholder are shown.
const longest = 60

// form is how some programs write placeholders. The first group that matches is the
// expression. If the pattern looks at what stands around the placeholder, the group
// whole is the placeholder.
type form struct {
	pattern   *regexp.Regexp
	statement bool
}

// forms are what stands outside double braces.
func forms() []form {
	const (
		name   = `([A-Za-z_][\w.]*)`
		quoted = `(?:"([^"\n]*)"|'([^'\n]*)')`
	)
	show := func(pattern string) form { return form{pattern: regexp.MustCompile(pattern)} }
	ask := func(pattern string) form { return form{pattern: regexp.MustCompile(pattern), statement: true} }
	return []form{
		show(`\$\{([^{}\n]*)\}`), // Odoo up to 14
		show(`#\{([^{}\n]+)\}`),
		ask(`\{%-?\s*([^\n]*?)\s*-?%\}`), // Jinja
		ask(`\{#([^\n]*?)#\}`),
		ask(`\bt-(?:if|elif|foreach|as|set|call)\s*=\s*` + quoted), // Odoo from 15 on
		show(`\bt-(?:out|esc|raw|field|value|options|attf?(?:-[\w-]+)?)\s*=\s*` + quoted),
		show(`<%[=-]?\s*([^%\n]*?)\s*-?%>`),
		show(`<\?(?:php|=)\s*([^?\n]*?)\s*\?>`),
		show(`%%` + name + `%%`),
		show(`##` + name + `##`),
		show(`@@` + name + `@@`),
		show(`%\(` + name + `\)[sdrf]`),           // Python
		show(`\*\|([A-Za-z_][\w:]*)\|\*`),         // Mailchimp
		show(`\[\[\s*` + name + `[^\[\]\n]*\]\]`), // Brevo, Typo3
		show(`<<\s*` + name + `\s*>>`),
		// A word in single braces or percent signs; not a rule of CSS, nor a part of
		// an address.
		show(`(?:^|[^{$#\w])(?P<whole>\{[!$]?` + name + `\})(?:[^}]|$)`),
		show(`(?:^|[\s>(,])(?P<whole>%` + name + `%)(?:[\s<,.;:!?)]|$)`),
	}
}

var (
	// comment and action are this program's own.
	comment = regexp.MustCompile(`(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}`)
	action  = regexp.MustCompile(`(?s)\{\{.*?\}\}+`)
	// literal is a text in an action.
	literal = regexp.MustCompile("\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`")
	// path is object.name: no name of this program's functions has a point.
	path = regexp.MustCompile(`(?:^|[\s(|,=])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)`)
	// handlebars is how an action of Handlebars or Mustache begins that shows a
	// field unescaped, or is a block or a part.
	handlebars = regexp.MustCompile(`^\s*(?:([{&])|([#/>^!]))\s*([^{}]*?)\s*\}?\s*$`)
	keyword    = regexp.MustCompile(`^-?\s*(?:if|else|with|range|end|for)\b`)
)

// Find returns all placeholders of other programs, in order.
func Find(text string) []Found {
	if !strings.ContainsAny(text, "{%[<#@*=") {
		return nil
	}
	var all []Found
	at := func(i int) int { return 1 + strings.Count(text[:i], "\n") }
	plain := comment.ReplaceAllStringFunc(text, blank)
	for _, span := range action.FindAllStringIndex(plain, -1) {
		if f, ok := foreign(plain[span[0]:span[1]]); ok {
			f.Line = at(span[0])
			all = append(all, f)
		}
	}
	plain = action.ReplaceAllStringFunc(plain, blank)
	for _, form := range forms() {
		for _, span := range form.pattern.FindAllStringSubmatchIndex(plain, -1) {
			whole, expression := span[:2], span[2:]
			if form.pattern.SubexpIndex("whole") > 0 {
				whole, expression = span[2:4], span[4:]
			}
			for expression[0] < 0 {
				expression = expression[2:]
			}
			all = append(all, Found{
				Line: at(whole[0]), Text: short(plain[whole[0]:whole[1]]), Expression: plain[expression[0]:expression[1]], Statement: form.statement,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Found) int { return a.Line - b.Line })
	return all
}

// foreign tells whether an action is another program's.
func foreign(action string) (Found, bool) {
	f := Found{Text: short(action), Action: true}
	body := strings.Trim(action, "{}")
	if m := handlebars.FindStringSubmatch(strings.TrimSuffix(strings.TrimPrefix(action, "{{"), "}}")); m != nil {
		f.Expression, f.Statement = strings.Trim(m[3], "{} "), m[2] != ""
		return f, true
	}
	if m := path.FindStringSubmatch(literal.ReplaceAllString(body, " ")); m != nil {
		f.Expression, f.Statement = m[1], keyword.MatchString(strings.TrimSpace(body))
		return f, true
	}
	return f, false
}

// blank makes spaces of all but the line ends.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text)
}

func short(text string) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
