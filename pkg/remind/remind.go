// Package remind mails the reminders that are due, and carries out what people
// decide about reminders in doubt.
//
// A [Run] reads the opportunities whose turn it is, lets package plan decide, and
// hands the mails to the ledger. It is one shot: run again, at the same time
// elsewhere, or after it died at any point, it mails nobody twice.
package remind

import (
	"cmp"
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

// Run is a run that mails the reminders that are due.
type Run struct {
	run.Base

	Courier  *ledger.Courier
	Composer *mailing.Composer
	Policy   plan.Policy
	// Stops finds the mails in which clients ask for no more mails.
	Stops *mailing.Stops
}

// reminder is what a mail is about. The record and the decision, which are large, are
// dropped when the mail is made.
type reminder struct {
	opportunity crm.OpportunityID
	record      *crm.Record
	decision    plan.Decision
}

// Run mails what is due. The error is the one that ended the run early, or
// ErrFailures.
func (r *Run) Run(ctx context.Context) error {
	recovery, err := r.mailer().Recover(ctx)
	if err != nil {
		return err
	}
	scope := crm.Scope{Kind: crm.Reminder, Windows: r.Policy.Windows(r.Now), Also: recovery.Recheck()}
	loop := r.loop(recovery)
	readAt, err := loop.ReadAt(ctx)
	if err != nil {
		return err
	}
	if err := r.guard(ctx, scope, recovery); err != nil {
		return err
	}
	if err := r.mailer().ApplyRecovery(ctx, recovery); err != nil {
		return err
	}
	if !r.HasRead() {
		if readAt, err = loop.ReadAt(ctx); err != nil {
			return err
		}
	}
	if err := loop.Run(ctx, func(mail func([]*reminder, time.Time) error) error {
		return r.MailPages(ctx, scope, func(page []crm.Opportunity) error {
			err := mail(remindersOf(page), readAt)
			if err == nil {
				readAt, err = loop.ReadAt(ctx)
			}
			return err
		})
	}); err != nil {
		return err
	}
	return r.End()
}

// guard stops a run that would mail unusually many clients, or some of them once
// more. Whoever overrules the one has to know of the other.
func (r *Run) guard(ctx context.Context, scope crm.Scope, recovery mailing.Recovery) error {
	err := r.GuardDue(ctx, scope, func(page []crm.Opportunity) (int, error) {
		keys, err := r.due(ctx, page, recovery)
		return len(keys), err
	})
	if _, tooMany := errors.AsType[*run.GuardError](err); err != nil && !tooMany {
		return err
	}
	if forgotten := r.checkForgotten(ctx, scope, recovery); forgotten != nil {
		return errors.Join(forgotten, err)
	}
	return err
}

// checkForgotten looks at those of the due opportunities that this host mailed
// lately.
func (r *Run) checkForgotten(ctx context.Context, scope crm.Scope, recovery mailing.Recovery) error {
	for _, e := range r.Courier.Noted(crm.Reminder) {
		// The journal is one of the run's part.
		if len(r.Select.Only) == 0 || slices.Contains(r.Select.Only, e.On) {
			scope.Among = append(scope.Among, e.On)
		}
	}
	if len(scope.Among) == 0 {
		return nil
	}
	var keys []crm.Key
	look := func(page []crm.Opportunity) error {
		more, err := r.due(ctx, page, recovery)
		keys = append(keys, more...)
		return err
	}
	var err error
	if len(r.Select.Only) == 0 {
		err = r.Pages(ctx, scope, look)
	} else {
		var page []crm.Opportunity
		if page, err = r.Odoo.Opportunities(ctx, crm.Distinct(scope.Among)); err == nil {
			err = look(page)
		}
	}
	if err != nil {
		return fmt.Errorf("look for mails that Odoo has forgotten: %w", err)
	}
	return r.mailer().CheckForgotten(keys)
}

// due returns the keys of a page's reminders that are to be sent.
func (r *Run) due(ctx context.Context, page []crm.Opportunity, recovery mailing.Recovery) ([]crm.Key, error) {
	records, decisions, err := r.decide(ctx, page, recovery)
	if err != nil {
		return nil, err
	}
	var keys []crm.Key
	for i, d := range decisions {
		if d.Send() {
			keys = append(keys, crm.ReminderKey(records[i].Opportunity.ID, d.Step))
		}
	}
	return keys, nil
}

// decide completes a page of opportunities, without the claims that this run
// releases, and decides about it.
func (r *Run) decide(ctx context.Context, page []crm.Opportunity, recovery mailing.Recovery) ([]crm.Record, []plan.Decision, error) {
	records, err := r.Complete(ctx, page)
	for i := range records {
		records[i].Entries = slices.DeleteFunc(records[i].Entries, recovery.Released)
	}
	if err == nil && (r.Policy.DaysBetween > 1 || r.Policy.DaysBetween > 0 && r.DryRun) {
		// Today's turns are known when mails are claimed.
		err = r.AddTurns(ctx, records, r.Policy.Since(r.Now))
	}
	decisions := plan.Decide(records, r.Policy, r.Now)
	if r.Policy.Work != nil && len(r.Select.Only) == 0 {
		records, decisions = inQuestion(records, decisions)
	}
	return records, decisions, err
}

// inQuestion leaves out the steps that are missed: with working days, Odoo's search
// finds more than what is due.
func inQuestion(records []crm.Record, decisions []plan.Decision) (open []crm.Record, about []plan.Decision) {
	for i, d := range decisions {
		if d.Reason != crm.Missed {
			open, about = append(open, records[i]), append(about, d)
		}
	}
	return open, about
}

// loop returns the loop that mails the reminders.
func (r *Run) loop(recovery mailing.Recovery) *mailing.Loop[*reminder] {
	return &mailing.Loop[*reminder]{
		Base: &r.Base, Courier: r.Courier, Compose: r.compose, Again: r.again,
		Plan: func(ctx context.Context, page []*reminder) ([]mailing.Outgoing[*reminder], error) {
			records, decisions, err := r.decide(ctx, opportunitiesOf(page), recovery)
			planned := make([]mailing.Outgoing[*reminder], len(records))
			for i, d := range decisions {
				record := records[i] // Not in one piece with the others.
				planned[i].About = &reminder{record.Opportunity.ID, &record, d}
				planned[i].Item = newItem(records[i].Opportunity, d)
				if d.Err != nil {
					planned[i].Fail(d.Err)
					continue
				}
				planned[i].Item.Note = cmp.Or(mailing.TurnNote(d.TurnOf), records[i].WhyNot(d.Reason), d.WhenMailed())
				if r.DryRun && d.Send() {
					planned[i].Item.Note = cmp.Or(planned[i].Item.Note, r.Composer.NameNote(records[i]))
				}
			}
			return planned, err
		},
	}
}

// compose makes the mails. One that cannot be made fails alone.
func (r *Run) compose(_ context.Context, list []mailing.Outgoing[*reminder]) error {
	for i, o := range list {
		letter, err := Compose(r.Composer, *o.About.record, o.About.decision, r.Courier.Token, r.Now)
		if err != nil {
			list[i].Fail(err)
			continue
		}
		letter.Turn = r.Policy.ClientTurn(o.About.decision, r.Now)
		list[i].Mail = letter
		*o.About = reminder{opportunity: o.About.opportunity}
	}
	return nil
}

// again reads the opportunities of mails once more, and reports those that are
// gone meanwhile.
func (r *Run) again(ctx context.Context, late []mailing.Outgoing[*reminder]) ([]*reminder, error) {
	page, err := r.Odoo.Opportunities(ctx, crm.IDs(late, func(o mailing.Outgoing[*reminder]) crm.OpportunityID { return o.About.opportunity }))
	if err != nil {
		return nil, fmt.Errorf("read opportunities again: %w", err)
	}
	there := crm.ByID(page)
	for _, o := range late {
		if _, exists := there[o.About.opportunity]; !exists {
			o.Item.Outcome, o.Item.Reason = report.Skipped, crm.Gone
			r.Report(o.Item)
		}
	}
	return remindersOf(page), nil
}

func remindersOf(page []crm.Opportunity) []*reminder {
	list := make([]*reminder, len(page))
	for i, o := range page {
		list[i] = &reminder{opportunity: o.ID, record: &crm.Record{Opportunity: o}}
	}
	return list
}

func opportunitiesOf(list []*reminder) []crm.Opportunity {
	page := make([]crm.Opportunity, len(list))
	for i, r := range list {
		page[i] = r.record.Opportunity
	}
	return page
}

// newItem returns the report's item about a decision, without an outcome.
func newItem(o crm.Opportunity, d plan.Decision) report.Item {
	item := report.Item{Opportunity: o.ID, Name: o.Name, Rule: d.Rule, Reason: d.Reason}
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

// mailer returns the part of the run that settles what earlier runs left open.
func (r *Run) mailer() *mailing.Mailer {
	return &mailing.Mailer{
		Base: &r.Base, Courier: r.Courier, Notes: r.Composer.Notes, Kind: crm.Reminder, SettleCommand: "crm-tool remind settle", Stops: r.Stops,
		Item: func(o crm.Opportunity, claim crm.Entry) report.Item {
			return report.Item{Opportunity: claim.On, Name: o.Name, Step: &claim.Key.Step}
		},
	}
}
