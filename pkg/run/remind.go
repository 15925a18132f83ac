package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Remind is the run that mails the reminders which are due.
type Remind struct {
	Base

	Courier *ledger.Courier
	Letters *Letters
	Policy  remind.Policy
	// Company is that of opportunities without one.
	Company crm.CompanyID
}

// Run mails what is due. The error is that which ended the run early, or
// ErrFailures.
func (r *Remind) Run(ctx context.Context) error {
	recovery, err := r.recover(ctx)
	if err != nil {
		return err
	}
	scope := Scope{Kind: crm.Reminder, Windows: r.Policy.Windows(r.Now), Also: recovery.again()}
	err = r.guard(ctx, scope, func(page []crm.Opportunity) (int, error) {
		records, err := r.records(ctx, page, recovery)
		mails := 0
		for _, d := range remind.Plan(records, r.Policy, r.Now) {
			if d.Send() {
				mails++
			}
		}
		return mails, err
	})
	if err != nil {
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
	return r.end()
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
		if d.Send() && r.full() {
			item.Reason = crm.OverLimit
		}
		if item.Reason != "" {
			item.Outcome = report.Skipped
			r.report(item)
			continue
		}
		letter, err := r.Letters.Reminder(records[i], d, r.Courier.Token, r.Now)
		if err != nil {
			item.Outcome, item.Error = report.Failed, err.Error()
			r.report(item)
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
		r.report(r.finish(items[i], result))
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
