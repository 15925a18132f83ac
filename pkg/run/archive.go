package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Kept is what an archiving changes about an opportunity, for its undo.
type Kept struct {
	Opportunity crm.OpportunityID `json:"-"`
	Closed      time.Time         `json:"closed,omitzero"`
	Stage       crm.StageID       `json:"stage"`
	Activities  []crm.Activity    `json:"activities,omitempty"`
}

// Diary is where open activities are read and planned again.
type Diary interface {
	// Activities returns the open activities of opportunities.
	Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error)
	// LiveActivities returns those of the ids that are still open.
	LiveActivities(ctx context.Context, ids []crm.ActivityID) (map[crm.ActivityID]bool, error)
	// RestoreActivities plans them again, each once for a token; it mails
	// nobody. A refused one's error stands in its place.
	RestoreActivities(ctx context.Context, token string, list []crm.Activity) ([]error, error)
}

// Shelf is where opportunities are archived and restored.
type Shelf interface {
	// Shelve archives opportunities and changes nothing else about them.
	Shelve(ctx context.Context, ids []crm.OpportunityID) error
	// Unshelve restores opportunities with a date of closing.
	Unshelve(ctx context.Context, ids []crm.OpportunityID, closed time.Time) error
	// Shelved returns those of the ids that are archived and have an entry
	// that looks like an archiving of ours.
	Shelved(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error)
}

// Safe is where an archiving run keeps what it changes. A run is named by its
// token.
type Safe interface {
	// Keep stores what is going to change, once for each opportunity.
	Keep(ctx context.Context, token string, kept []Kept) error
	// Kept returns what was stored.
	Kept(ctx context.Context, token string, ids []crm.OpportunityID) (map[crm.OpportunityID]Kept, error)
	// Forget removes what was stored for an archiving that did not happen.
	Forget(ctx context.Context, token string, ids []crm.OpportunityID) error
}

// Archivings is where the entries about archivings are found and written.
type Archivings interface {
	// Claim is as that of a ledger.Book.
	Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error)
	// ConfirmNotes marks claims as done; they stay internal notes.
	ConfirmNotes(ctx context.Context, ids []crm.EntryID) error
	// Release deletes claims of archivings that did not happen.
	Release(ctx context.Context, ids []crm.EntryID) error
	// Note is as that of a ledger.Book.
	Note(ctx context.Context, notes []ledger.Note) ([]bool, error)
	// ArchivedBy returns the confirmed archivings of a token, by ascending id
	// above after.
	ArchivedBy(ctx context.Context, token string, after crm.EntryID, limit int) ([]crm.Entry, error)
	// LastArchiving returns the newest of all.
	LastArchiving(ctx context.Context) (crm.Entry, bool, error)
	// WroteSince returns the opportunities on which somebody from outside
	// wrote after the instant.
	WroteSince(ctx context.Context, since time.Time) ([]crm.OpportunityID, error)
	// Now is Odoo's clock.
	Now() time.Time
}

// Attic is all that the archive commands need of Odoo beyond reading.
type Attic interface {
	Diary
	Shelf
	Safe
	Archivings
}

// Archive is the run that archives old opportunities.
type Archive struct {
	Base

	Attic  Attic
	Policy archive.Policy
	// Token and Domain make the Message-IDs of this run's entries; RunID is
	// how the run is called.
	Token  string
	Domain string
	RunID  string
	// Answers is since when answers of clients bring opportunities back; nil
	// means never.
	Answers *time.Time
	// Seen is called when all answers up to the instant were looked at.
	Seen func(ctx context.Context, at time.Time) error
	// Archived counts what this run has archived.
	Archived int
}

// TokenOf returns the token of the archiving run of that name.
func TokenOf(runID string) string {
	return strings.ToLower(strings.ReplaceAll(runID, "-", ""))
}

// Run archives what is due. The error is that which ended the run early, or
// ErrFailures.
func (a *Archive) Run(ctx context.Context) error {
	looked := a.Attic.Now()
	recovery, err := a.recover(ctx)
	if err != nil {
		return err
	}
	answered, err := a.answered(ctx)
	if err != nil {
		return err
	}
	scope := Scope{Kind: crm.Archived, Windows: []crm.Window{a.Policy.Window(a.Now)}, Also: recovery.forged}
	err = a.guard(ctx, scope, func(page []crm.Opportunity) (int, error) {
		records, err := a.records(ctx, page)
		due := 0
		for _, d := range archive.Plan(records, a.Policy, a.Now) {
			if d.Archive() {
				due++
			}
		}
		return due, err
	})
	if err != nil {
		return err
	}
	if err := a.settleOld(ctx, recovery, answered); err != nil {
		return err
	}
	if err := a.pages(ctx, scope, func(page []crm.Opportunity) error { return a.shelve(ctx, page) }); err != nil {
		return err
	}
	if a.Answers != nil {
		if err := a.Seen(ctx, looked); err != nil {
			return fmt.Errorf("note how far answers were read: %w", err)
		}
	}
	return a.end()
}

// settleOld writes what earlier runs and clients left to do.
func (a *Archive) settleOld(ctx context.Context, recovery openArchivings, answered []comeback) error {
	if len(recovery.done)+len(recovery.undone)+len(answered) == 0 {
		return nil
	}
	if err := a.Begin(ctx); err != nil {
		return err
	}
	if err := a.applyRecovery(ctx, recovery); err != nil {
		return err
	}
	for page := range slices.Chunk(answered, pageSize) {
		if err := a.restore(ctx, page, crm.Replied); err != nil {
			return err
		}
	}
	return nil
}

// records completes opportunities by their activities and, since a reminder
// may be pending, by what the reminders' planner needs.
func (a *Archive) records(ctx context.Context, page []crm.Opportunity) ([]archive.Record, error) {
	ids := make([]crm.OpportunityID, len(page))
	for i, o := range page {
		ids[i] = o.ID
	}
	activities, err := a.Attic.Activities(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read activities: %w", err)
	}
	complete, err := a.complete(ctx, page)
	if err != nil {
		return nil, err
	}
	records := make([]archive.Record, len(page))
	for i, r := range complete {
		records[i] = archive.Record{Record: r, Activities: activities[r.Opportunity.ID]}
	}
	return records, nil
}

// shelve takes one page from reading to confirmation.
func (a *Archive) shelve(ctx context.Context, page []crm.Opportunity) error {
	records, err := a.records(ctx, page)
	if err != nil {
		return err
	}
	var due []archive.Record
	for i, d := range archive.Plan(records, a.Policy, a.Now) {
		switch {
		case !d.Archive():
			a.skip(records[i].Opportunity, d.Reason)
		case a.full():
			a.skip(records[i].Opportunity, crm.OverLimit)
		default:
			a.taken++
			due = append(due, records[i])
		}
	}
	if len(due) == 0 {
		return ctx.Err()
	}
	if err := a.Begin(ctx); err != nil {
		return err
	}
	mine, err := a.claim(ctx, due)
	if err != nil {
		return err
	}
	if mine, err = a.unchanged(ctx, mine); err != nil {
		return err
	}
	if err := a.putAway(ctx, mine); err != nil {
		for _, m := range mine {
			a.fail(m.record.Opportunity, err)
		}
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// claimed is an opportunity that this run archives, with its entry.
type claimed struct {
	record archive.Record
	entry  crm.Entry
}

// claim writes the note about each archiving, and returns those that are this
// run's to do.
func (a *Archive) claim(ctx context.Context, due []archive.Record) ([]claimed, error) {
	rows := make([]ledger.Claim, len(due))
	for i, r := range due {
		key := crm.Key{Kind: crm.Archived, Opportunity: r.Opportunity.ID}
		rows[i] = ledger.Claim{
			Key:       key,
			MessageID: crm.FormatMessageID(key, a.Token, a.Domain),
			Body:      Notes{}.archived(r, a.Policy, a.RunID),
		}
	}
	got, err := a.Attic.Claim(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("claim archivings in Odoo: %w", err)
	}
	var mine []claimed
	for i, c := range got {
		switch {
		case c.Err != nil:
			a.fail(due[i].Opportunity, c.Err)
		case c.Entry.Confirmed:
			a.skip(due[i].Opportunity, crm.AlreadyDone)
		case c.Entry.MessageID != rows[i].MessageID:
			a.skip(due[i].Opportunity, crm.ClaimedElsewhere)
		default:
			mine = append(mine, claimed{record: due[i], entry: c.Entry})
		}
	}
	return mine, nil
}

// unchanged reads the activities once more, immediately before they are lost
// in Odoo 16 to 18, and leaves alone where somebody planned or did something
// meanwhile.
func (a *Archive) unchanged(ctx context.Context, mine []claimed) ([]claimed, error) {
	ids := make([]crm.OpportunityID, len(mine))
	for i, m := range mine {
		ids[i] = m.record.Opportunity.ID
	}
	now, err := a.Attic.Activities(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read activities again: %w", err)
	}
	var same []claimed
	var released []crm.EntryID
	for _, m := range mine {
		if slices.Equal(now[m.record.Opportunity.ID], m.record.Activities) {
			same = append(same, m)
			continue
		}
		released = append(released, m.entry.ID)
		a.skip(m.record.Opportunity, crm.Changed)
	}
	if err := a.Attic.Release(ctx, released); err != nil {
		return nil, fmt.Errorf("release claims: %w", err)
	}
	return same, nil
}

// putAway keeps what archiving changes, archives, and confirms.
func (a *Archive) putAway(ctx context.Context, mine []claimed) error {
	if len(mine) == 0 {
		return nil
	}
	kept := make([]Kept, len(mine))
	for i, m := range mine {
		o := m.record.Opportunity
		kept[i] = Kept{Opportunity: o.ID, Closed: o.Closed, Stage: o.Stage.ID, Activities: m.record.Activities}
	}
	if err := a.Attic.Keep(ctx, a.Token, kept); err != nil {
		return fmt.Errorf("keep what archiving changes: %w", err)
	}
	done, err := a.halving(ctx, mine)
	if err != nil {
		return err
	}
	entries := make([]crm.EntryID, len(done))
	for i, m := range done {
		entries[i] = m.entry.ID
	}
	if err := a.Attic.ConfirmNotes(ctx, entries); err != nil {
		return fmt.Errorf("confirm archivings: %w", err)
	}
	for _, m := range done {
		item := archiveItem(m.record.Opportunity)
		item.Outcome = report.Archived
		if a.DryRun {
			item.Outcome = report.Planned
		}
		a.report(item)
		a.Archived++
	}
	return nil
}

// halving archives all of them in one call. When Odoo refuses the call for the
// sake of one record, it finds that one by halving.
func (a *Archive) halving(ctx context.Context, mine []claimed) ([]claimed, error) {
	ids := make([]crm.OpportunityID, len(mine))
	for i, m := range mine {
		ids[i] = m.record.Opportunity.ID
	}
	err := a.Attic.Shelve(ctx, ids)
	var refusal interface{ RecordRefused() bool }
	switch {
	case err == nil:
		return mine, nil
	case !errors.As(err, &refusal) || !refusal.RecordRefused():
		return nil, fmt.Errorf("archive opportunities: %w", err)
	case len(mine) == 1:
		a.fail(mine[0].record.Opportunity, err)
		return nil, a.drop(ctx, mine[0])
	}
	first, err := a.halving(ctx, mine[:len(mine)/2])
	if err != nil {
		return nil, err
	}
	second, err := a.halving(ctx, mine[len(mine)/2:])
	return append(first, second...), err
}

// drop takes back what was written about an archiving that did not happen.
func (a *Archive) drop(ctx context.Context, m claimed) error {
	if err := a.Attic.Forget(ctx, a.Token, []crm.OpportunityID{m.record.Opportunity.ID}); err != nil {
		return fmt.Errorf("remove what was kept: %w", err)
	}
	if err := a.Attic.Release(ctx, []crm.EntryID{m.entry.ID}); err != nil {
		return fmt.Errorf("release a claim: %w", err)
	}
	return nil
}

func (a *Archive) skip(o crm.Opportunity, reason crm.Reason) {
	item := archiveItem(o)
	item.Outcome, item.Reason = report.Skipped, reason
	a.report(item)
}

func (a *Archive) fail(o crm.Opportunity, err error) {
	item := archiveItem(o)
	item.Outcome, item.Error = report.Failed, err.Error()
	a.report(item)
}

func archiveItem(o crm.Opportunity) report.Item {
	return report.Item{Opportunity: o.ID, Name: o.Name}
}
