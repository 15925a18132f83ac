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

// archivedNote says why and when the opportunity was archived, which activities
// were open, and how to take it back.
func archivedNote(texts mailing.NoteTexts, r plan.Record, p plan.Policy, runID string, now time.Time) string {
	began := calendar.Of(r.Opportunity.Origin(), p.Zone)
	text := mailing.Paragraph(texts.Archived.Fill(mailing.Archiving{
		Began: began.String(), Days: calendar.Of(now, p.Zone).DaysSince(began), Run: runID,
	}))
	if len(r.Activities) == 0 {
		return text
	}
	var list strings.Builder
	for _, a := range r.Activities {
		parts := []string{a.TypeName, a.Summary, a.Deadline, a.UserName}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		list.WriteString("<li>" + html.EscapeString(strings.Join(parts, " · ")) + "</li>")
	}
	return text + mailing.Paragraph(texts.Activities) + "<ul>" + list.String() + "</ul>"
}

// restoredNote says why the opportunity came back.
func (c reopening) restoredNote(texts mailing.NoteTexts, runID string) string {
	text := texts.RestoredUndo
	switch {
	case c.wrote.IsZero():
	case c.wrote.Before(c.archiving.At):
		text = texts.RestoredEarlier
	default:
		text = texts.RestoredAnswer
	}
	return mailing.Paragraph(text.Fill(mailing.Restoring{Run: runID}))
}
