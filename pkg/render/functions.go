package render

import (
	"html/template"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// Functions lists the functions of templates that Go's text/template does not
// have.
func Functions() []Field {
	return []Field{
		{
			Name: "date",
			Description: "a date as the template's language writes it: {{date .Opportunity.FirstContact}} gives 12 November 2026 or " +
				"12 novembre 2026; 2026-11-12 in a language without a file texts/dates.LANG.yaml",
		},
		{Name: "outlook", Description: `markup for Outlook on Windows alone, in HTML: {{outlook "<table width=640>"}}; it takes no fields`},
	}
}

// functions are those of a template in this language.
func functions(date dateFunc) map[string]any {
	return map[string]any{"date": date, "outlook": outlook}
}

// htmlFunctions are the functions for HTML, where a date stays on one line. In a
// subject, no-break spaces would only disturb programs that do not decode it.
func htmlFunctions(date dateFunc) map[string]any {
	return functions(func(d calendar.Date) string { return strings.ReplaceAll(date(d), " ", "\u00a0") })
}

// dateFunc writes out a date, and nothing for no date.
type dateFunc func(calendar.Date) string

// dateIn returns the function for a language. Without a file of dates it writes
// 2026-11-12, rather than the names of another language.
func dateIn(lang string, dates *phrase.Set[phrase.Dates]) dateFunc {
	words, code := dates.In(lang)
	own, _, _ := strings.Cut(lang, "_")
	found, _, _ := strings.Cut(code, "_")
	return func(d calendar.Date) string {
		switch {
		case d == calendar.Date{}:
			return ""
		case found != own:
			return d.String()
		}
		return words.Date(d)
	}
}

// literal is text from the template itself. A field is a string and has the wrong
// type, so nothing from Odoo can reach a function that does not escape.
type literal string

// outlook wraps markup in a comment that only Outlook on Windows reads.
// html/template would drop a comment in the template itself.
func outlook(markup literal) template.HTML {
	return template.HTML("<!--[if mso]>" + string(markup) + "<![endif]-->") //nolint:gosec // the template's own text
}
