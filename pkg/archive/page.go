package archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// page is a page on its way from reading to confirmation.
type page struct {
	records []plan.Record
	// due are those to archive.
	due []plan.Record
	// mine are those that this run has claimed and that have no item yet.
	mine []claimed
	// items are reported after those of the page before.
	items []report.Item
	// claims is how many were claimed in one call, and took how long Odoo took for it.
	claims int
	took   time.Duration
}

// claimed is an opportunity that this run archives, with its entry.
type claimed struct {
	record plan.Record
	entry  crm.Entry
}

func (p *page) add(item report.Item) { p.items = append(p.items, item) }

// begin decides about the records of a page; nil is none. An error means that nothing may
// be written any more.
func (a *Run) begin(ctx context.Context, p *page) error {
	if p == nil {
		return nil
	}
	a.plan(p)
	if ctx.Err() != nil || len(p.due) == 0 {
		return context.Cause(ctx)
	}
	return a.BeforeWrite(ctx)
}

func (a *Run) plan(p *page) {
	for i, d := range plan.Decide(p.records, a.Policy, a.Now) {
		r := p.records[i]
		switch {
		case d.Err != nil:
			p.add(a.failed(r.Opportunity, d.Err))
		case a.Warnings.isReported(d) || a.won[d.Opportunity]:
		case d.Reason != "":
			p.add(a.skippedUntil(r.Opportunity, d))
		case a.LimitReached():
			p.add(a.skipped(r.Opportunity, crm.OverLimit))
		case d.Warn:
			a.Taken++
			a.Warnings.add(r, d.On)
		default:
			a.Taken++
			p.due = append(p.due, r)
		}
	}
	p.records = nil
}

// claim writes the note about each archiving, and finds out which of them are this
// run's to do.
func (a *Run) claim(ctx context.Context, p *page) error {
	if p == nil || len(p.due) == 0 {
		return nil
	}
	rows := make([]ledger.Claim, len(p.due))
	for i, r := range p.due {
		types, err := a.typesFor(ctx, r)
		if err != nil {
			return err
		}
		key := crm.ArchivedKey(r.Opportunity.ID)
		rows[i] = ledger.Claim{
			Key:       key,
			MessageID: key.MessageID(a.Token, a.Domain),
			Body:      archivedNote(a.Notes.In(r.Salesperson.Language), types, r, a.Policy, a.RunID, a.Now),
		}
	}
	begun := a.Clock()
	got, err := a.Store.Claim(ctx, rows)
	if err != nil {
		return fmt.Errorf("claim archivings in Odoo: %w", err)
	}
	p.claims, p.took = len(rows), a.Clock().Sub(begun)
	for i, c := range got {
		o := p.due[i].Opportunity
		switch {
		case errors.Is(c.Err, ledger.ErrReleased):
			p.add(a.skipped(o, crm.ClaimedElsewhere))
		case c.Err != nil:
			p.add(a.failed(o, c.Err))
		case c.Entry.Confirmed:
			p.add(a.skipped(o, crm.AlreadyDone))
		case c.Entry.MessageID != rows[i].MessageID:
			p.add(a.skipped(o, crm.ClaimedElsewhere))
		default:
			p.mine = append(p.mine, claimed{record: p.due[i], entry: c.Entry})
		}
	}
	p.due = nil
	return nil
}

// carryOut saves what archiving changes, looks once more, archives and confirms.
func (a *Run) carryOut(ctx context.Context, p *page) error {
	for _, step := range []func(context.Context, *page) error{a.saveSnapshots, a.unchanged, a.archiveAll} {
		if p == nil || len(p.mine) == 0 {
			return nil
		}
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// end reports a page. What has no outcome yet has failed because of the error; without
// one, the end of the run prevents it.
func (a *Run) end(p *page, err error) {
	if p == nil {
		return
	}
	var left []crm.Opportunity
	for _, r := range p.due {
		left = append(left, r.Opportunity)
	}
	for _, m := range p.mine {
		left = append(left, m.record.Opportunity)
	}
	for _, o := range left {
		if err == nil {
			p.add(a.skipped(o, crm.Interrupted))
		} else {
			p.add(a.failed(o, err))
		}
	}
	for _, item := range p.items {
		a.Report(item)
	}
}

// release gives back what a page has claimed. If Odoo is lost, the claims die, and the next
// run does so.
func (a *Run) release(ctx context.Context, p *page) {
	if p == nil {
		return
	}
	for _, m := range p.mine {
		p.add(a.skipped(m.record.Opportunity, crm.Interrupted))
	}
	_ = a.Store.Release(ctx, notes(p.mine)) // There are no snapshots yet.
	p.mine = nil
}

func opportunities(list []claimed) []crm.OpportunityID {
	return crm.IDs(list, func(c claimed) crm.OpportunityID { return c.record.Opportunity.ID })
}

func notes(list []claimed) []crm.EntryID {
	return crm.IDs(list, func(c claimed) crm.EntryID { return c.entry.ID })
}

// saveSnapshots writes down what archiving changes. It leaves out the opportunities on
// which Odoo refuses that.
func (a *Run) saveSnapshots(ctx context.Context, p *page) error {
	kept := make([]crm.Snapshot, len(p.mine))
	for i, m := range p.mine {
		o := m.record.Opportunity
		kept[i] = crm.Snapshot{Opportunity: o.ID, Closed: o.Closed, Stage: o.Stage.ID, Activities: m.record.Activities}
	}
	errs, err := a.Store.SaveSnapshots(ctx, a.Token, kept)
	if err != nil {
		return fmt.Errorf("keep what archiving changes: %w", err)
	}
	var safe, refused []claimed
	for i, m := range p.mine {
		if i < len(errs) && errs[i] != nil {
			p.add(a.failed(m.record.Opportunity, fmt.Errorf("keep what archiving changes: %w", errs[i])))
			refused = append(refused, m)
			continue
		}
		safe = append(safe, m)
	}
	p.mine = safe
	return a.drop(ctx, refused)
}

// archiveAll archives, and confirms.
func (a *Run) archiveAll(ctx context.Context, p *page) error {
	refused, err := a.Store.Archive(ctx, opportunities(p.mine))
	if err != nil {
		return fmt.Errorf("archive opportunities: %w", err)
	}
	var done, undone []claimed
	for _, m := range p.mine {
		if refused[m.record.Opportunity.ID] != nil {
			undone = append(undone, m)
			continue
		}
		done = append(done, m)
	}
	a.Archived += len(done)
	if err := a.Store.ConfirmNotes(ctx, notes(done)); err != nil {
		return fmt.Errorf("confirm archivings: %w", err)
	}
	p.mine = nil
	for _, m := range done {
		p.add(a.archived(m.record))
	}
	for _, m := range undone {
		p.add(a.failed(m.record.Opportunity, refused[m.record.Opportunity.ID]))
	}
	return a.drop(ctx, undone)
}

// archived returns the item about a record that was archived.
func (a *Run) archived(r plan.Record) report.Item {
	item := a.item(r.Opportunity)
	item.Outcome = report.Archived
	if a.DryRun {
		item.Outcome = report.Planned
	}
	if r.Opportunity.LostIfArchived {
		item.Note = "Odoo shows it as lost, as its probability is 0"
		a.ReadAsLost++
	}
	if why := a.unwarned(r); why != "" {
		item.Note = strings.TrimPrefix(item.Note+"; archived without a warning: "+why, "; ")
	}
	return item
}
