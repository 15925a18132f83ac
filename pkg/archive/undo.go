package archive

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// UnknownRunError says that nothing was archived by a run of that name.
type UnknownRunError struct{ RunID string }

func (e *UnknownRunError) Error() string {
	return fmt.Sprintf("no archiving by run %q is recorded in this Odoo", e.RunID)
}

// Hint tells where to find the name.
func (e *UnknownRunError) Hint() string {
	return "the note on an archived opportunity names its run; `last` is the newest"
}

// Last returns the name by which Undo finds the newest archiving run.
func (a *Run) Last(ctx context.Context) (string, error) {
	e, ok, err := a.Store.LastArchiving(ctx)
	if err != nil {
		return "", fmt.Errorf("look for the last archiving: %w", err)
	}
	if !ok {
		return "", &UnknownRunError{RunID: "last"}
	}
	return e.Token, nil
}

// Undo takes back what the archiving run of that name archived, also when it
// died before it confirmed that. What somebody changed since is left alone.
// Done again, also after it was cut off, it ends in the same state.
func (a *Run) Undo(ctx context.Context, runID string) error {
	token := crm.RunToken(runID)
	if !crm.IsRunToken(token) {
		return &UnknownRunError{RunID: runID}
	}
	for after := crm.EntryID(0); ; {
		entries, err := a.Store.ArchivedBy(ctx, token, after, a.PageSize())
		if err != nil {
			return fmt.Errorf("read the run's archivings: %w", err)
		}
		if len(entries) == 0 && after == 0 {
			return &UnknownRunError{RunID: runID}
		}
		if err := a.undoPage(ctx, entries); err != nil {
			return err
		}
		if len(entries) < a.PageSize() {
			return a.End()
		}
		after = entries[len(entries)-1].ID
	}
}

// undoPage takes back the archivings that entries are about.
func (a *Run) undoPage(ctx context.Context, entries []crm.Entry) error {
	list, err := a.Odoo.Opportunities(ctx, crm.OpportunitiesOf(entries))
	if err != nil {
		return fmt.Errorf("read opportunities: %w", err)
	}
	history, messages, err := a.Odoo.History(ctx, crm.OpportunityIDs(list), time.Time{})
	if err != nil {
		return fmt.Errorf("read the history of opportunities: %w", err)
	}
	opportunities := crm.ByID(list)
	var unconfirmed []crm.EntryID
	var back, begun []reopening
	for _, e := range entries {
		o, exists := opportunities[e.On]
		note := restoring(history[e.On], e)
		c := reopening{opportunity: o, archiving: e, note: note}
		switch why := cmp.Or(e.Unreadable, o.Unreadable, crm.UnreadableMessage(messages[e.On])); {
		case why != nil:
			a.fail(crm.Opportunity{ID: e.On, Name: o.Name}, why)
		case !exists || e.On != e.Key.Opportunity:
			a.skip(crm.Opportunity{ID: e.Key.Opportunity}, crm.Gone)
		case !e.Confirmed && a.alive(e):
			a.skip(o, crm.ClaimedElsewhere)
		case !e.Confirmed && o.Active: // Its run died before it archived it.
		case note.Confirmed && o.Active:
			a.skip(o, crm.AlreadyDone)
		case note.ID != 0 && !note.Confirmed && o.Active:
			begun = append(begun, c)
		case note.Confirmed || o.Active || closedAgain(o, e):
			a.skip(o, crm.Changed)
		default:
			if !e.Confirmed {
				unconfirmed = append(unconfirmed, e.ID)
			}
			back = append(back, c)
		}
	}
	if len(back)+len(begun) == 0 {
		return nil
	}
	if len(unconfirmed) > 0 {
		if err := a.TrustAges(ctx); err != nil {
			return err
		}
	}
	if err := a.BeforeWrite(ctx); err != nil {
		return err
	}
	if err := a.Store.ConfirmNotes(ctx, unconfirmed); err != nil {
		return fmt.Errorf("confirm archivings of a run that died: %w", err)
	}
	if err := a.finish(ctx, begun, nil, ""); err != nil {
		return err
	}
	return a.restore(ctx, back, "")
}

// restoring returns the entry about taking the archiving back, the zero one if
// there is none.
func restoring(entries []crm.Entry, archiving crm.Entry) crm.Entry {
	for _, e := range entries {
		if e.Key.Kind == crm.Restored && e.Key.Opportunity == archiving.Key.Opportunity {
			return e
		}
	}
	return crm.Entry{}
}

// finish confirms restorings, and reports them. Troubles are what could not be
// restored of an opportunity.
func (a *Run) finish(ctx context.Context, back []reopening, troubles map[crm.OpportunityID][]string, reason crm.Reason) error {
	notes := crm.IDs(back, func(c reopening) crm.EntryID { return c.note.ID })
	if err := a.Store.ConfirmNotes(ctx, notes); err != nil {
		return fmt.Errorf("confirm what was restored: %w", err)
	}
	for _, c := range back {
		item := a.item(c.opportunity)
		item.Outcome, item.Reason = report.Restored, reason
		if a.DryRun {
			item.Outcome = report.Planned
		}
		if lost := troubles[c.opportunity.ID]; len(lost) > 0 {
			item.Outcome, item.Error = report.Failed, "restored, but not all that it had: "+strings.Join(lost, "; ")
		}
		a.Report(item)
	}
	return nil
}
