package render

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// Functions lists what templates may call besides what Go's text/template
// brings along.
func Functions() []Field {
	return []Field{
		{
			Name: "date",
			Description: "a date as the template's language writes it: {{date .Opportunity.FirstContact}} gives 12 November 2026 or " +
				"12 novembre 2026; 2026-11-12 in languages other than English and French",
		},
		{Name: "outlook", Description: `markup for Outlook on Windows alone, in HTML: {{outlook "<table width=640>"}}; it takes no fields`},
	}
}

// functions are those of a template in this language.
func functions(lang string) map[string]any {
	return map[string]any{"date": dateFunc(lang), "outlook": outlook}
}

// htmlFunctions are those of the HTML of a mail, in which a date stays on one
// line. In a subject, a no-break space would only make it unreadable for
// programs that do not decode it.
func htmlFunctions(lang string) map[string]any {
	own, date := functions(lang), dateFunc(lang)
	own["date"] = func(d calendar.Date) string { return strings.ReplaceAll(date(d), " ", "\u00a0") }
	return own
}

// dateFunc returns the function that writes out a date; no date gives no text.
func dateFunc(lang string) func(calendar.Date) string {
	language, _, _ := strings.Cut(lang, "_")
	return func(d calendar.Date) string {
		switch {
		case d == calendar.Date{}:
			return ""
		case language == "en":
			return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year)
		case language == "fr" && d.Day == 1:
			return fmt.Sprintf("1er %s %d", frenchMonths()[d.Month-1], d.Year)
		case language == "fr":
			return fmt.Sprintf("%d %s %d", d.Day, frenchMonths()[d.Month-1], d.Year)
		default:
			return d.String()
		}
	}
}

func frenchMonths() [12]string {
	return [...]string{
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
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
