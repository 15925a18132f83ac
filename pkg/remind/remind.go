// Package remind mails the reminders that are due, and carries out what people
// decide about reminders in doubt.
//
// A [Run] reads the opportunities whose turn it is, lets package plan decide, and
// hands the mails to the ledger. It is one shot: run again, at the same time
// elsewhere, or after it died at any point, it mails nobody twice.
package remind

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Run is the run that mails the reminders which are due.
type Run struct {
	run.Base

	Courier  *ledger.Courier
	Composer *mailing.Composer
	Policy   plan.Policy

	warned bool
}

// Run mails what is due. The error is that which ended the run early, or
// ErrFailures.
func (r *Run) Run(ctx context.Context) error {
	recovery, err := r.mailer().Recover(ctx)
	if err != nil {
		return err
	}
	scope := crm.Scope{Kind: crm.Reminder, Windows: r.Policy.Windows(r.Now), Also: recovery.Recheck()}
	err = r.CheckGuard(ctx, scope, func(page []crm.Opportunity) (int, error) {
		records, err := r.records(ctx, page, recovery)
		mails := 0
		for _, d := range plan.Decide(records, r.Policy, r.Now) {
			if d.Send() {
				mails++
			}
		}
		return mails, err
	})
	if err != nil {
		return err
	}
	if recovery.Writes() {
		if err := r.BeforeWrite(ctx); err != nil {
			return err
		}
		if err := r.mailer().ApplyRecovery(ctx, recovery); err != nil {
			return err
		}
	}
	readAt := r.readAt()
	if err := r.Pages(ctx, scope, func(page []crm.Opportunity) error {
		err := r.mail(ctx, page, readAt, recovery)
		readAt = r.readAt()
		return err
	}); err != nil {
		return err
	}
	return r.End()
}

// readAt is the time before what comes next is read. It is the wall clock's,
// which goes on while the machine is suspended.
func (r *Run) readAt() time.Time { return r.Courier.Clock().Round(0) }

// mail takes one page, read after readAt, to confirmation. What could not be
// begun while the page was fresh waits, and is read, planned and claimed again:
// as much of it at once as could be begun before, and a window more.
func (r *Run) mail(ctx context.Context, page []crm.Opportunity, readAt time.Time, recovery mailing.Recovery) error {
	var next, waiting []report.Item
	for tries := 0; ; {
		records, err := r.records(ctx, page, recovery)
		if err != nil {
			return r.skipRest(slices.Concat(next, waiting), err)
		}
		late, begun, err := r.deliver(ctx, records, readAt.Add(mailing.MaxAge))
		waiting = append(late, waiting...)
		if err != nil || len(waiting) == 0 {
			return r.skipRest(waiting, err)
		}
		if begun == 0 && len(late) > 0 {
			tries++
		}
		if tries == mailing.MaxAttempts {
			for _, item := range waiting {
				item.Outcome, item.Error = report.Failed, fmt.Sprintf("not begun in %d attempts: Odoo answers too slowly", tries)
				r.Report(item)
			}
			return nil
		}
		next = waiting[:min(begun+ledger.Window, len(waiting))]
		waiting = waiting[len(next):]
		readAt = r.readAt()
		if page, err = r.recheck(ctx, next); err != nil {
			return r.skipRest(slices.Concat(next, waiting), err)
		}
	}
}

// skipRest reports what the end of the run keeps from being mailed.
func (r *Run) skipRest(waiting []report.Item, err error) error {
	for _, item := range waiting {
		item.Outcome, item.Reason = report.Skipped, crm.Interrupted
		r.Report(item)
	}
	return err
}

// recheck reads the opportunities of items once more; what is gone meanwhile is
// reported.
func (r *Run) recheck(ctx context.Context, items []report.Item) ([]crm.Opportunity, error) {
	ids := make([]crm.OpportunityID, len(items))
	for i, item := range items {
		ids[i] = item.Opportunity
	}
	page, err := r.Odoo.Opportunities(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read opportunities again: %w", err)
	}
	for _, item := range items {
		if !slices.ContainsFunc(page, func(o crm.Opportunity) bool { return o.ID == item.Opportunity }) {
			item.Outcome, item.Reason = report.Skipped, crm.Gone
			r.Report(item)
		}
	}
	return page, nil
}

// deliver plans the records and mails those that are due. It returns those
// whose turn did not come in time, and of how many it did.
func (r *Run) deliver(ctx context.Context, records []crm.Record, freshUntil time.Time) (late []report.Item, begun int, err error) {
	var mails []ledger.Mail
	var items []report.Item
	for i, d := range plan.Decide(records, r.Policy, r.Now) {
		item := newItem(records[i].Opportunity, d)
		if d.Send() && r.LimitReached() {
			item.Reason = crm.OverLimit
		}
		if item.Reason != "" {
			item.Outcome = report.Skipped
			r.Report(item)
			continue
		}
		letter, err := Compose(r.Composer, records[i], d, r.Courier.Token, r.Now)
		if err != nil {
			item.Outcome, item.Error = report.Failed, err.Error()
			r.Report(item)
			continue
		}
		r.warnNoReply(letter)
		r.Taken++
		mails, items = append(mails, letter), append(items, item)
	}
	if len(mails) == 0 {
		return nil, 0, nil
	}
	if err := r.BeforeWrite(ctx); err != nil {
		return nil, 0, err
	}
	results, err := r.Courier.Deliver(ctx, mails, freshUntil)
	for i, result := range results {
		if err == nil && result.Outcome == ledger.NotBegun && (errors.Is(result.Err, ledger.ErrStale) || errors.Is(result.Err, ledger.ErrClaimOld)) {
			late = append(late, items[i])
			r.Taken--
			continue
		}
		r.Report(mailing.WithResult(&r.Base, items[i], result))
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return late, len(mails) - len(late), err
}

// warnNoReply warns, once, of mails whose answers nobody collects.
func (r *Run) warnNoReply(letter ledger.Mail) {
	if letter.ReplyTo != "" || r.warned {
		return
	}
	r.warned = true
	r.Log.Warn("the mails have no Reply-To, so that answers go to mail.from and are not seen in Odoo; "+
		"set mail.reply_to, or a catchall alias in Odoo", "opportunity", letter.Key.Opportunity)
}

// newItem is the beginning of the item about a decision.
func newItem(o crm.Opportunity, d plan.Decision) report.Item {
	item := report.Item{Opportunity: o.ID, Name: o.Name, Reason: d.Reason}
	if d.HasStep {
		item.Step = &d.Step
	}
	item.To, item.CC = addressesOf(d)
	return item
}

func addressesOf(d plan.Decision) (to, cc []string) {
	if !d.To.IsZero() {
		to = []string{d.To.Mailbox}
	}
	if !d.CC.IsZero() {
		cc = []string{d.CC.Mailbox}
	}
	return to, cc
}

// records completes opportunities, without the claims that this run releases.
func (r *Run) records(ctx context.Context, page []crm.Opportunity, recovery mailing.Recovery) ([]crm.Record, error) {
	records, err := r.Complete(ctx, page)
	for i := range records {
		records[i].Entries = slices.DeleteFunc(records[i].Entries, recovery.Released)
	}
	return records, err
}

// mailer returns the part of the run that deals with claims of earlier ones.
func (r *Run) mailer() *mailing.Mailer {
	return &mailing.Mailer{
		Base: &r.Base, Courier: r.Courier, Kind: crm.Reminder,
		Item: func(o crm.Opportunity, claim crm.Entry) report.Item {
			return report.Item{Opportunity: claim.On, Name: o.Name, Step: &claim.Key.Step}
		},
	}
}
