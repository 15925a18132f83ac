package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Remind is the run that mails the reminders which are due.
type Remind struct {
	Odoo    Odoo
	Courier *ledger.Courier
	Letters *Letters
	Policy  remind.Policy
	Guard   Guard
	Select  Selection
	// Company is that of opportunities without one.
	Company crm.CompanyID
	// Now is the instant that the run plans for.
	Now time.Time
	// DryRun says that the Courier's book and sender do nothing; the report
	// then speaks of what is planned.
	DryRun bool
	// Begin is called once, before the first write to Odoo.
	Begin func(ctx context.Context) error
	Sink  Sink
	Log   *slog.Logger

	taken int
}

// ErrFailures tells that a run came to its end and some of its records failed.
var ErrFailures = errors.New("some records failed")

// Run mails what is due. The error is that which ended the run early, or
// ErrFailures.
func (r *Remind) Run(ctx context.Context) error {
	sink := &counting{Sink: r.Sink}
	r.Sink = sink
	recovery, err := r.recover(ctx)
	if err != nil {
		return err
	}
	scope := Scope{Windows: r.Policy.Windows(r.Now), Also: recovery.again()}
	if err := r.guard(ctx, scope, recovery); err != nil {
		return err
	}
	if recovery.writes() {
		if err := r.Begin(ctx); err != nil {
			return err
		}
		if err := r.applyRecovery(ctx, recovery); err != nil {
			return err
		}
	}
	if err := r.pages(ctx, scope, func(page []crm.Opportunity) error {
		return r.mail(ctx, page, recovery)
	}); err != nil {
		return err
	}
	if sink.failed > 0 {
		return ErrFailures
	}
	return sink.err
}

// counting counts failures, and keeps the first error of the sink: the work
// goes on when its report cannot be written.
type counting struct {
	Sink

	failed int
	err    error
}

// Item passes the item on.
func (c *counting) Item(item report.Item) error {
	if item.Outcome == report.Failed {
		c.failed++
	}
	if err := c.Sink.Item(item); err != nil && c.err == nil {
		c.err = err
	}
	return nil
}

// pages calls visit with the selected opportunities, page by page. It works on
// ids in ascending order, so that what the run changes moves no page.
func (r *Remind) pages(ctx context.Context, scope Scope, visit func([]crm.Opportunity) error) error {
	if len(r.Select.Only) > 0 {
		page, err := r.only(ctx)
		if err != nil {
			return err
		}
		return visit(page)
	}
	for after := crm.OpportunityID(0); ; {
		page, err := r.Odoo.Due(ctx, scope, after, pageSize)
		if err != nil {
			return fmt.Errorf("read due opportunities: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		after = page[len(page)-1].ID
		mine := page[:0:0]
		for _, o := range page {
			if r.Select.Shard.has(o.ID) {
				mine = append(mine, o)
			}
		}
		if err := visit(mine); err != nil {
			return err
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// only reads the opportunities that were asked for by id; those that do not
// exist are reported at once.
func (r *Remind) only(ctx context.Context) ([]crm.Opportunity, error) {
	found, err := r.Odoo.Opportunities(ctx, r.Select.Only)
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	exists := map[crm.OpportunityID]bool{}
	for _, o := range found {
		exists[o.ID] = true
	}
	for _, id := range r.Select.Only {
		if !exists[id] {
			_ = r.Sink.Item(report.Item{Opportunity: id, Outcome: report.Skipped, Reason: crm.Gone})
		}
	}
	return found, nil
}

// guard stops a run that would mail unusually many, before its first write.
func (r *Remind) guard(ctx context.Context, scope Scope, recovery recovery) error {
	if r.DryRun || len(r.Select.Only) > 0 || r.Guard.permits(r.Select.Limit) && r.Select.Limit > 0 {
		return nil
	}
	due, err := r.Odoo.CountDue(ctx, scope)
	if err != nil {
		return fmt.Errorf("count due opportunities: %w", err)
	}
	if r.Guard.permits(due) {
		return nil
	}
	mails := 0
	err = r.pages(ctx, scope, func(page []crm.Opportunity) error {
		records, err := r.records(ctx, page, recovery)
		for _, d := range remind.Plan(records, r.Policy, r.Now) {
			if d.Send() {
				mails++
			}
		}
		return err
	})
	if err != nil || r.Guard.permits(mails) {
		return err
	}
	active, err := r.Odoo.CountActive(ctx)
	if err != nil {
		return fmt.Errorf("count active opportunities: %w", err)
	}
	if float64(mails) <= r.Guard.MaxShare*float64(active) {
		return nil
	}
	return &GuardError{Records: mails, Active: active, Guard: r.Guard}
}

// mail takes one page from reading to confirmation. What could not be begun
// while the page was fresh is read, planned and claimed again.
func (r *Remind) mail(ctx context.Context, page []crm.Opportunity, recovery recovery) error {
	readAt := r.Courier.Clock()
	for len(page) > 0 {
		records, err := r.records(ctx, page, recovery)
		if err != nil {
			return err
		}
		again, err := r.deliver(ctx, records, readAt.Add(freshFor))
		if err != nil || len(again) == 0 {
			return err
		}
		readAt = r.Courier.Clock()
		if page, err = r.Odoo.Opportunities(ctx, again); err != nil {
			return fmt.Errorf("read opportunities again: %w", err)
		}
	}
	return nil
}

// deliver plans the records, mails those that are due, and returns those whose
// turn did not come in time.
func (r *Remind) deliver(ctx context.Context, records []remind.Record, freshUntil time.Time) ([]crm.OpportunityID, error) {
	var mails []ledger.Mail
	var items []report.Item
	for i, d := range remind.Plan(records, r.Policy, r.Now) {
		item := newItem(records[i].Opportunity, d)
		if d.Send() && r.Select.Limit > 0 && r.taken >= r.Select.Limit {
			item.Reason = crm.OverLimit
		}
		if item.Reason != "" {
			item.Outcome = report.Skipped
			_ = r.Sink.Item(item)
			continue
		}
		letter, err := r.Letters.Reminder(records[i], d, r.Courier.Token, r.Now)
		if err != nil {
			item.Outcome, item.Error = report.Failed, err.Error()
			_ = r.Sink.Item(item)
			continue
		}
		r.taken++
		mails, items = append(mails, letter), append(items, item)
	}
	if len(mails) == 0 {
		return nil, nil
	}
	if err := r.Begin(ctx); err != nil {
		return nil, err
	}
	results, err := r.Courier.Deliver(ctx, mails, freshUntil)
	var again []crm.OpportunityID
	for i, result := range results {
		if err == nil && result.Outcome == ledger.NotBegun && (errors.Is(result.Err, ledger.ErrStale) || errors.Is(result.Err, ledger.ErrClaimOld)) {
			again = append(again, items[i].Opportunity)
			r.taken--
			continue
		}
		_ = r.Sink.Item(r.finish(items[i], result))
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return again, err
}

// finish completes an item by what became of its mail.
func (r *Remind) finish(item report.Item, result ledger.Result) report.Item {
	for _, cc := range result.RefusedCC {
		r.Log.Warn("the mail server refused the copy to the salesperson", "opportunity", item.Opportunity, "answer", cc)
	}
	switch result.Outcome {
	case ledger.Sent:
		item.Outcome = report.Sent
		if r.DryRun {
			item.Outcome = report.Planned
		}
	case ledger.NotBegun:
		item.Outcome, item.Reason = report.Skipped, crm.Interrupted
	case ledger.Lost:
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		if result.Done {
			item.Reason = crm.AlreadyDone
		}
	case ledger.Uncertain:
		item.Outcome, item.Reason, item.Error = report.Failed, crm.IsUncertain, result.Err.Error()
	case ledger.Refused, ledger.Failed, ledger.Rejected:
		item.Outcome, item.Error = report.Failed, result.Err.Error()
	}
	return item
}

// newItem is the beginning of the item about a decision.
func newItem(o crm.Opportunity, d remind.Decision) report.Item {
	item := report.Item{Opportunity: o.ID, Name: o.Name, Reason: d.Reason}
	if d.HasStep {
		item.Step = &d.Step
	}
	item.To, item.CC = addressesOf(d)
	return item
}

func addressesOf(d remind.Decision) (to, cc []string) {
	if !d.To.IsZero() {
		to = []string{d.To.Mailbox}
	}
	if !d.CC.IsZero() {
		cc = []string{d.CC.Mailbox}
	}
	return to, cc
}
