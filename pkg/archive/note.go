package archive

import (
	"html"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// archived says why and when the opportunity was archived, which activities
// were open, and how to take it back.
func archivedNote(r plan.Record, p plan.Policy, runID string, now time.Time) string {
	w := mailing.WordsFor(r.Salesperson.Language)
	began := calendar.Of(r.Opportunity.Origin(), p.Zone)
	text := mailing.Paragraph(w.Archived, began.String(), calendar.Of(now, p.Zone).DaysSince(began), runID)
	if len(r.Activities) == 0 {
		return text
	}
	var list strings.Builder
	for _, a := range r.Activities {
		parts := []string{a.TypeName, a.Summary, a.Deadline, a.UserName}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		list.WriteString("<li>" + html.EscapeString(strings.Join(parts, " · ")) + "</li>")
	}
	return text + "<p>" + w.Activities + "</p><ul>" + list.String() + "</ul>"
}

func restoredNote(language, runID string, answered bool) string {
	if answered {
		return mailing.Paragraph(mailing.WordsFor(language).RestoredAnswer, runID)
	}
	return mailing.Paragraph(mailing.WordsFor(language).RestoredUndo, runID)
}
