// Package archive archives old opportunities, and takes archivings back.
//
// A [Run] claims a note on each opportunity, saves what archiving changes, looks
// once more, archives, and confirms the note. Each step may be done again: whether
// an opportunity was archived can always be read from Odoo, so nothing is ever in
// doubt. Clients' answers and [Run.Undo] bring opportunities back as they were.
package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// pageGrace is for how long a page that is being written may go on after the
// run was told to stop.
const pageGrace = 7 * time.Second

// Run is the run that archives old opportunities.
type Run struct {
	run.Base

	Store  Store
	Notes  *mailing.Notes
	Policy plan.Policy
	// Token and Domain make the Message-IDs of this run's entries; RunID is
	// how the run is called.
	Token  string
	Domain string
	RunID  string
	// Answers is the instant since which clients' answers bring opportunities
	// back; nil means that they never do.
	Answers *time.Time
	// FirstRun says that no run ever archived anything in this Odoo.
	FirstRun bool
	// Seen is called when all answers up to the instant were looked at.
	Seen func(ctx context.Context, at time.Time) error
	// Archived counts what this run has archived, ReadAsLost what of that Odoo shows
	// as lost.
	Archived   int
	ReadAsLost int

	// Warnings mails salespeople before opportunities are archived; nil if nobody is
	// told. See [plan.Policy.WarnDays].
	Warnings *Warner

	// unanswered is set when an answer is left to another run.
	unanswered bool
	// won are the opportunities that were reported as such.
	won map[crm.OpportunityID]bool
}

// Run archives what is due. The error is the one that ended the run early, or
// [run.ErrFailures].
func (a *Run) Run(ctx context.Context) error {
	looked := a.Store.Now()
	recovery, err := a.recover(ctx)
	if err != nil {
		return err
	}
	answered, err := a.answered(ctx, recovery)
	if err != nil {
		return err
	}
	doubts, err := a.recoverWarnings(ctx)
	if err != nil {
		return err
	}
	scope := a.scope(recovery)
	err = a.GuardDue(ctx, scope, func(page []crm.Opportunity) (int, error) {
		records, err := a.records(ctx, page, recovery)
		due := 0
		for _, d := range plan.Decide(records, a.Policy, a.Now) {
			if d.Archive() || d.Warn {
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
	if err := a.settleWarnings(ctx, doubts); err != nil {
		return err
	}
	if err := a.reportWon(ctx, scope); err != nil {
		return err
	}
	err = a.Pages(ctx, scope, func(page []crm.Opportunity) error {
		page = slices.DeleteFunc(page, func(o crm.Opportunity) bool { return isAmong(answered, o.ID) })
		return a.archivePage(ctx, page, recovery)
	})
	if err = a.endWarnings(ctx, err); err != nil {
		return err
	}
	if a.Answers != nil && a.sawAllAnswers() {
		if err := a.Seen(ctx, looked); err != nil {
			return fmt.Errorf("note how far answers were read: %w", err)
		}
	}
	return errors.Join(a.Warnings.failure(), a.End())
}

// settleOld writes what earlier runs and clients left to do.
func (a *Run) settleOld(ctx context.Context, recovery openArchivings, answered []reopening) error {
	if len(recovery.done)+len(recovery.undone)+len(answered) == 0 {
		return nil
	}
	if len(recovery.done)+len(recovery.undone) > 0 {
		if err := a.TrustAges(ctx); err != nil {
			return err
		}
	}
	if err := a.BeforeWrite(ctx); err != nil {
		return err
	}
	if err := a.applyRecovery(ctx, recovery); err != nil {
		return err
	}
	return a.reopen(ctx, answered)
}

// records completes opportunities by their activities and, since a reminder
// may be pending, by what the reminders' planner needs. The claims that this
// run releases are left out.
func (a *Run) records(ctx context.Context, page []crm.Opportunity, recovery openArchivings) ([]plan.Record, error) {
	activities, err := a.Store.Activities(ctx, crm.OpportunityIDs(page))
	if err != nil {
		return nil, fmt.Errorf("read activities: %w", err)
	}
	complete, err := a.Complete(ctx, page)
	if err != nil {
		return nil, err
	}
	records := make([]plan.Record, len(page))
	for i, r := range complete {
		r.Entries = slices.DeleteFunc(r.Entries, func(e crm.Entry) bool { return recovery.released(e) || a.Warnings.released(e) })
		records[i] = plan.Record{Record: r, Activities: activities[r.Opportunity.ID]}
	}
	return records, a.readColleagues(ctx, records)
}

// claimed is an opportunity that this run archives, with its entry.
type claimed struct {
	record plan.Record
	entry  crm.Entry
}

// archivePage takes one page from reading to confirmation.
func (a *Run) archivePage(ctx context.Context, page []crm.Opportunity, recovery openArchivings) error {
	records, err := a.records(ctx, page, recovery)
	if err != nil {
		return err
	}
	var due []plan.Record
	for i, d := range plan.Decide(records, a.Policy, a.Now) {
		switch {
		case d.Err != nil:
			a.fail(records[i].Opportunity, d.Err)
		case a.Warnings.isReported(d) || a.won[d.Opportunity]:
		case d.Reason != "":
			a.skipUntil(records[i].Opportunity, d)
		case a.LimitReached():
			a.skip(records[i].Opportunity, crm.OverLimit)
		case d.Warn:
			a.Taken++
			a.Warnings.add(records[i], d.On)
		default:
			a.Taken++
			due = append(due, records[i])
		}
	}
	if err := a.archiveDue(ctx, due); err != nil {
		return err
	}
	return a.mailWarnings(ctx, warnAtOnce)
}

func (a *Run) archiveDue(ctx context.Context, due []plan.Record) error {
	if len(due) == 0 {
		return context.Cause(ctx)
	}
	if err := a.BeforeWrite(ctx); err != nil {
		return err
	}
	if err := a.write(ctx, due); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// write carries the decisions to archive out. Told to stop, the run still
// finishes what it has begun.
func (a *Run) write(ctx context.Context, due []plan.Record) error {
	ctx, done := ledger.Grace(ctx, pageGrace)
	defer done()
	mine, err := a.claim(ctx, due)
	for _, step := range []func(context.Context, []claimed) ([]claimed, error){a.saveSnapshots, a.unchanged, a.archiveAll} {
		if err == nil && len(mine) > 0 {
			mine, err = step(ctx, mine)
		}
	}
	if err != nil {
		for _, m := range mine {
			a.fail(m.record.Opportunity, err)
		}
	}
	return err
}

// claim writes the note about each archiving, and returns those that are this
// run's to do.
func (a *Run) claim(ctx context.Context, due []plan.Record) ([]claimed, error) {
	rows := make([]ledger.Claim, len(due))
	for i, r := range due {
		types, err := a.typesFor(ctx, r)
		if err != nil {
			return nil, err
		}
		key := crm.ArchivedKey(r.Opportunity.ID)
		rows[i] = ledger.Claim{
			Key:       key,
			MessageID: key.MessageID(a.Token, a.Domain),
			Body:      archivedNote(a.Notes.In(r.Salesperson.Language), types, r, a.Policy, a.RunID, a.Now),
		}
	}
	got, err := a.Store.Claim(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("claim archivings in Odoo: %w", err)
	}
	var mine []claimed
	for i, c := range got {
		switch {
		case errors.Is(c.Err, ledger.ErrReleased):
			a.skip(due[i].Opportunity, crm.ClaimedElsewhere)
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

func opportunities(list []claimed) []crm.OpportunityID {
	return crm.IDs(list, func(c claimed) crm.OpportunityID { return c.record.Opportunity.ID })
}

func notes(list []claimed) []crm.EntryID {
	return crm.IDs(list, func(c claimed) crm.EntryID { return c.entry.ID })
}

// saveSnapshots writes down what archiving changes. It returns the opportunities for
// which that was done.
func (a *Run) saveSnapshots(ctx context.Context, mine []claimed) ([]claimed, error) {
	kept := make([]crm.Snapshot, len(mine))
	for i, m := range mine {
		o := m.record.Opportunity
		kept[i] = crm.Snapshot{Opportunity: o.ID, Closed: o.Closed, Stage: o.Stage.ID, Activities: m.record.Activities}
	}
	errs, err := a.Store.SaveSnapshots(ctx, a.Token, kept)
	if err != nil {
		return mine, fmt.Errorf("keep what archiving changes: %w", err)
	}
	var safe, refused []claimed
	for i, m := range mine {
		if i < len(errs) && errs[i] != nil {
			a.fail(m.record.Opportunity, fmt.Errorf("keep what archiving changes: %w", errs[i]))
			refused = append(refused, m)
			continue
		}
		safe = append(safe, m)
	}
	return safe, a.drop(ctx, refused)
}

// archiveAll archives, and confirms. With an error, it returns what it has not
// reported.
func (a *Run) archiveAll(ctx context.Context, mine []claimed) ([]claimed, error) {
	refused, err := a.Store.Archive(ctx, opportunities(mine))
	if err != nil {
		return mine, fmt.Errorf("archive opportunities: %w", err)
	}
	var done, undone []claimed
	for _, m := range mine {
		if refused[m.record.Opportunity.ID] != nil {
			undone = append(undone, m)
			continue
		}
		done = append(done, m)
	}
	a.Archived += len(done)
	if err := a.Store.ConfirmNotes(ctx, notes(done)); err != nil {
		return mine, fmt.Errorf("confirm archivings: %w", err)
	}
	for _, m := range done {
		item := a.item(m.record.Opportunity)
		item.Outcome = report.Archived
		if a.DryRun {
			item.Outcome = report.Planned
		}
		if m.record.Opportunity.LostIfArchived {
			item.Note = "Odoo shows it as lost, as its probability is 0"
			a.ReadAsLost++
		}
		if why := a.unwarned(m.record); why != "" {
			item.Note = strings.TrimPrefix(item.Note+"; archived without a warning: "+why, "; ")
		}
		a.Report(item)
	}
	for _, m := range undone {
		a.fail(m.record.Opportunity, refused[m.record.Opportunity.ID])
	}
	return nil, a.drop(ctx, undone)
}

// drop removes the claims and snapshots of archivings that do not happen.
func (a *Run) drop(ctx context.Context, list []claimed) error {
	if len(list) == 0 {
		return nil
	}
	if err := a.Store.DeleteSnapshots(ctx, a.Token, opportunities(list)); err != nil {
		return fmt.Errorf("remove what was kept: %w", err)
	}
	if err := a.Store.Release(ctx, notes(list)); err != nil {
		return fmt.Errorf("release claims: %w", err)
	}
	return nil
}
