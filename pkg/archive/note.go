package archive

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// archivedNote says why and when the opportunity was archived, which activities
// were open, and how to take it back. Types are the names of their types in the
// reader's language, as far as Odoo has them.
func archivedNote(texts mailing.NoteTexts, types map[crm.ActivityTypeID]string, r plan.Record, p plan.Policy, runID string, now time.Time) string {
	began := calendar.Of(r.Opportunity.Origin(), p.Zone)
	text := mailing.Paragraph(texts.Archived.Fill(mailing.Archiving{
		Began: began.String(), Days: calendar.Of(now, p.Zone).DaysSince(began), Run: runID,
	}))
	if len(r.Activities) == 0 {
		return text
	}
	var list strings.Builder
	for _, a := range r.Activities {
		parts := []string{cmp.Or(types[a.Type], a.TypeName), a.Summary, a.Deadline, a.UserName}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		list.WriteString("<li>" + html.EscapeString(strings.Join(parts, " · ")) + "</li>")
	}
	return text + mailing.Paragraph(texts.Activities) + "<ul>" + list.String() + "</ul>"
}

// typesFor returns the names of the types of a record's activities in the
// salesperson's language, if the note is in it.
func (a *Run) typesFor(ctx context.Context, r plan.Record) (map[crm.ActivityTypeID]string, error) {
	language := r.Salesperson.Language
	if len(r.Activities) == 0 || !a.Notes.Speak(language) {
		return nil, nil
	}
	names, err := a.Store.ActivityTypeNames(ctx, language)
	if err != nil {
		return nil, fmt.Errorf("read types of activities: %w", err)
	}
	return names, nil
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
