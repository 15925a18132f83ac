package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

	warned bool
}

// patience is how many times mails are read, planned and claimed without one
// of them being begun before they are left to the next run.
const patience = 3

// Run mails what is due. The error is that which ended the run early, or
// ErrFailures.
func (r *Remind) Run(ctx context.Context) error {
	recovery, err := r.mailing().recover(ctx)
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
		if err := r.begin(ctx); err != nil {
			return err
		}
		if err := r.mailing().applyRecovery(ctx, recovery); err != nil {
			return err
		}
	}
	readAt := r.readAt()
	if err := r.pages(ctx, scope, func(page []crm.Opportunity) error {
		err := r.mail(ctx, page, readAt, recovery)
		readAt = r.readAt()
		return err
	}); err != nil {
		return err
	}
	return r.end()
}

// readAt is the time before what comes next is read. It is the wall clock's,
// which goes on while the machine is suspended.
func (r *Remind) readAt() time.Time { return r.Courier.Clock().Round(0) }

// mail takes one page, read after readAt, to confirmation. What could not be
// begun while the page was fresh waits, and is read, planned and claimed again:
// as much of it at once as could be begun before, and a window more.
func (r *Remind) mail(ctx context.Context, page []crm.Opportunity, readAt time.Time, recovery recovery) error {
	var next, waiting []report.Item
	for tries := 0; ; {
		records, err := r.records(ctx, page, recovery)
		if err != nil {
			return r.leave(slices.Concat(next, waiting), err)
		}
		late, begun, err := r.deliver(ctx, records, readAt.Add(freshFor))
		waiting = append(late, waiting...)
		if err != nil || len(waiting) == 0 {
			return r.leave(waiting, err)
		}
		if begun == 0 && len(late) > 0 {
			tries++
		}
		if tries == patience {
			for _, item := range waiting {
				item.Outcome, item.Error = report.Failed, fmt.Sprintf("not begun in %d attempts: Odoo answers too slowly", tries)
				r.report(item)
			}
			return nil
		}
		next = waiting[:min(begun+ledger.Window, len(waiting))]
		waiting = waiting[len(next):]
		readAt = r.readAt()
		if page, err = r.again(ctx, next); err != nil {
			return r.leave(slices.Concat(next, waiting), err)
		}
	}
}

// leave reports what the end of the run keeps from being mailed.
func (r *Remind) leave(waiting []report.Item, err error) error {
	for _, item := range waiting {
		item.Outcome, item.Reason = report.Skipped, crm.Interrupted
		r.report(item)
	}
	return err
}

// again reads the opportunities of items once more; what is gone meanwhile is
// reported.
func (r *Remind) again(ctx context.Context, items []report.Item) ([]crm.Opportunity, error) {
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
			r.report(item)
		}
	}
	return page, nil
}

// deliver plans the records and mails those that are due. It returns those
// whose turn did not come in time, and of how many it did.
func (r *Remind) deliver(ctx context.Context, records []remind.Record, freshUntil time.Time) (late []report.Item, begun int, err error) {
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
		letter, err := ComposeReminder(r.Letters, records[i], d, r.Courier.Token, r.Now)
		if err != nil {
			item.Outcome, item.Error = report.Failed, err.Error()
			r.report(item)
			continue
		}
		r.warnNoReply(letter)
		r.taken++
		mails, items = append(mails, letter), append(items, item)
	}
	if len(mails) == 0 {
		return nil, 0, nil
	}
	if err := r.begin(ctx); err != nil {
		return nil, 0, err
	}
	results, err := r.Courier.Deliver(ctx, mails, freshUntil)
	for i, result := range results {
		if err == nil && result.Outcome == ledger.NotBegun && (errors.Is(result.Err, ledger.ErrStale) || errors.Is(result.Err, ledger.ErrClaimOld)) {
			late = append(late, items[i])
			r.taken--
			continue
		}
		r.report(finish(&r.Base, items[i], result))
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return late, len(mails) - len(late), err
}

// warnNoReply warns, once, of mails whose answers nobody collects.
func (r *Remind) warnNoReply(letter ledger.Mail) {
	if letter.ReplyTo != "" || r.warned {
		return
	}
	r.warned = true
	r.Log.Warn("the mails have no Reply-To, so that answers go to mail.from and are not seen in Odoo; "+
		"set mail.reply_to, or a catchall alias in Odoo", "opportunity", letter.Key.Opportunity)
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

// records completes opportunities, without the claims that this run releases.
func (r *Remind) records(ctx context.Context, page []crm.Opportunity, recovery recovery) ([]remind.Record, error) {
	records, err := r.complete(ctx, page)
	for i := range records {
		records[i].Entries = slices.DeleteFunc(records[i].Entries, recovery.released)
	}
	return records, err
}

// mailing returns the part of the run that deals with claims of earlier ones.
func (r *Remind) mailing() *mailing {
	return &mailing{
		Base: &r.Base, courier: r.Courier, kind: crm.Reminder,
		item: func(o crm.Opportunity, claim crm.Entry) report.Item {
			return report.Item{Opportunity: claim.On, Name: o.Name, Step: &claim.Key.Step}
		},
	}
}
