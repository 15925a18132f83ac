package render

import (
	"html/template"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// Functions lists what templates may call besides what Go's text/template
// brings along.
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

// htmlFunctions are those of the HTML of a mail, in which a date stays on one
// line. In a subject, a no-break space would only make it unreadable for
// programs that do not decode it.
func htmlFunctions(date dateFunc) map[string]any {
	return functions(func(d calendar.Date) string { return strings.ReplaceAll(date(d), " ", "\u00a0") })
}

// dateFunc writes out a date; no date gives no text.
type dateFunc func(calendar.Date) string

// dateIn returns the function for a language. One without words for dates has
// them as 2026-11-12, and not in the words of another language.
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

// literal is text that stands in the template itself: a field is a string and
// does not fit, so nothing from Odoo can reach a function that does not escape.
type literal string

// outlook wraps markup in the comment that only Word's HTML engine reads, the
// one of Outlook on Windows. html/template drops comments that are written out.
func outlook(markup literal) template.HTML {
	return template.HTML("<!--[if mso]>" + string(markup) + "<![endif]-->") //nolint:gosec // the template's own text
}
