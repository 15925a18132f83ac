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
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/run"
)

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

	// ManyWon says that the last run which looked found a page of won opportunities that
	// are kept. The run sets it if it looks.
	ManyWon bool

	// Clock measures how long Odoo takes.
	Clock func() time.Time

	// size is that of the pages that are archived, firstSize that of the first one; 0 is
	// the usual one.
	size      run.GrowingPage
	firstSize int
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
	err = a.archivePages(ctx, scope, recovery, answered)
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
