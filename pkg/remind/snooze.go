package remind

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Snooze puts the reminders of opportunities off until a date, by a note on each.
type Snooze struct {
	run.Base

	Notes interface {
		Note(ctx context.Context, notes []ledger.Note) ([]bool, error)
	}
	// Texts are the words of the notes.
	Texts *mailing.Notes
	// Token and Domain make the Message-IDs of the notes.
	Token  string
	Domain string
}

// errNotSnoozed says that Odoo refused a note.
var errNotSnoozed = errors.New("odoo did not take the note about it")

// Until puts reminders off until a date, as 2006-01-02; without one they go on. It
// returns those of the opportunities of which that was so before.
func (s *Snooze) Until(ctx context.Context, ids []crm.OpportunityID, date string) (before map[crm.OpportunityID]bool, err error) {
	owned, err := run.ReadOwned(ctx, s.Odoo, ids)
	if err != nil {
		return nil, err
	}
	records, err := s.records(ctx, ids)
	if err != nil {
		return nil, err
	}
	before = map[crm.OpportunityID]bool{}
	var notes []ledger.Note
	for _, id := range ids {
		if err := owned[id].Unreadable(); err != nil {
			return nil, err
		}
		if records[id].Snoozed() == date {
			before[id] = true
			continue
		}
		notes = append(notes, s.note(records[id], id, date, owned[id].Owner.Language))
	}
	if len(notes) == 0 {
		return before, nil
	}
	if err := s.Begin(ctx); err != nil {
		return nil, err
	}
	mine, err := s.Notes.Note(ctx, notes)
	if err != nil {
		return nil, fmt.Errorf("write notes: %w", err)
	}
	return before, s.check(ctx, notes, mine, date)
}

// records reads what was written on opportunities.
func (s *Snooze) records(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Record, error) {
	entries, _, err := s.Odoo.History(ctx, ids, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("read the history of opportunities: %w", err)
	}
	records := map[crm.OpportunityID]crm.Record{}
	for id, list := range entries {
		records[id] = crm.Record{Entries: list}
	}
	return records, nil
}

// note follows the newest one on the record, so that of two runs with the same wish one
// writes it.
func (s *Snooze) note(r crm.Record, id crm.OpportunityID, date, language string) ledger.Note {
	var newest crm.EntryID
	for _, e := range r.Entries {
		if e.Key.Kind == crm.Snoozed {
			newest = max(newest, e.ID)
		}
	}
	texts, key := s.Texts.In(language), crm.SnoozeKey(id, date)
	body := texts.SnoozeLifted
	if date != "" {
		body = texts.Snoozed.Fill(mailing.Snooze{Date: date})
	}
	return ledger.Note{
		ExternalID: key.SnoozeExternalID(newest), On: id, MessageID: key.MessageID(s.Token, s.Domain), Body: mailing.Paragraph(body),
	}
}

// check looks at the notes that are not this run's: another run may have written the
// same, or Odoo refused them.
func (s *Snooze) check(ctx context.Context, notes []ledger.Note, mine []bool, date string) error {
	var open []crm.OpportunityID
	for i, n := range notes {
		if !mine[i] {
			open = append(open, n.On)
		}
	}
	if len(open) == 0 {
		return nil
	}
	records, err := s.records(ctx, open)
	if err != nil {
		return err
	}
	for _, id := range open {
		if records[id].Snoozed() != date {
			return fmt.Errorf("opportunity %d: %w", id, errNotSnoozed)
		}
	}
	return nil
}
