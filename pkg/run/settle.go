package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Doubt is a mail of which nobody knows whether it left.
type Doubt struct {
	Claim       crm.Entry
	Opportunity crm.Opportunity
	// Noted is false when no run has found it yet.
	Noted bool
}

// Doubts returns the uncertain mails, oldest first. It writes nothing.
func (r *Remind) Doubts(ctx context.Context) ([]Doubt, error) {
	recovery, err := r.mailing().recover(ctx)
	if err != nil {
		return nil, err
	}
	return r.doubts(ctx, recovery)
}

func (r *Remind) doubts(ctx context.Context, recovery recovery) ([]Doubt, error) {
	open := slices.Concat(recovery.noted, recovery.uncertain)
	slices.SortFunc(open, func(a, b crm.Entry) int { return int(a.ID - b.ID) })
	opportunities, err := r.mailing().opportunitiesOf(ctx, open)
	if err != nil {
		return nil, err
	}
	doubts := make([]Doubt, len(open))
	for i, e := range open {
		doubts[i] = Doubt{
			Claim: e, Opportunity: opportunities[e.On], Noted: slices.Contains(recovery.noted, e),
		}
	}
	return doubts, nil
}

// Settle carries out a person's decision about uncertain mails: sent closes
// them, otherwise each is mailed again under its own Message-ID. Only names
// the opportunities; nil means all.
func (r *Remind) Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error {
	recovery, err := r.mailing().recover(ctx)
	if err != nil {
		return err
	}
	doubts, err := r.doubts(ctx, recovery)
	if err != nil {
		return err
	}
	for _, id := range only {
		if !slices.ContainsFunc(doubts, func(d Doubt) bool { return d.Claim.On == id }) {
			r.report(report.Item{Opportunity: id, Outcome: report.Skipped, Reason: crm.AlreadyDone})
		}
	}
	if only != nil {
		doubts = slices.DeleteFunc(doubts, func(d Doubt) bool { return !slices.Contains(only, d.Claim.On) })
	}
	if len(doubts) == 0 {
		return r.end()
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	if err := r.mailing().settleKnown(ctx, recovery); err != nil {
		return err
	}
	if doubts, err = r.noted(ctx, doubts); err != nil {
		return err
	}
	for _, d := range doubts {
		if err := r.settle(ctx, d, sent); err != nil {
			return err
		}
	}
	return r.end()
}

// noted returns the doubts that have a note, after it has written those that
// are missing: without, a host that knows better could still give a claim back.
// One of whose note somebody else was faster with is his.
func (r *Remind) noted(ctx context.Context, doubts []Doubt) ([]Doubt, error) {
	var claims []crm.Entry
	for _, d := range doubts {
		if !d.Noted {
			claims = append(claims, d.Claim)
		}
	}
	if len(claims) == 0 {
		return doubts, nil
	}
	_, mine, err := r.mailing().declare(ctx, claims)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(doubts, func(d Doubt) bool {
		at := slices.Index(claims, d.Claim)
		if at < 0 || mine[at] {
			return false
		}
		r.report(report.Item{
			Opportunity: d.Claim.On, Name: d.Opportunity.Name, Step: &d.Claim.Key.Step,
			Outcome: report.Skipped, Reason: crm.ClaimedElsewhere,
		})
		return true
	}), nil
}

// settle carries the decision about one mail out, on what Odoo says now.
func (r *Remind) settle(ctx context.Context, d Doubt, sent bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	item := report.Item{Opportunity: d.Claim.On, Name: d.Opportunity.Name, Step: &d.Claim.Key.Step}
	readAt := r.readAt()
	found, err := r.Odoo.Opportunities(ctx, []crm.OpportunityID{d.Claim.On})
	if err != nil {
		return fmt.Errorf("read an opportunity: %w", err)
	}
	if len(found) == 0 {
		item.Outcome, item.Reason = report.Skipped, crm.Gone
		r.report(item)
		return nil
	}
	records, err := r.records(ctx, found, recovery{})
	if err != nil {
		return err
	}
	if sent {
		item, err = r.settleSent(ctx, item, records[0], d.Claim)
	} else {
		item, err = r.settleUnsent(ctx, item, records[0], d.Claim, readAt.Add(freshFor))
	}
	if item.Outcome != "" {
		r.report(item)
	}
	return err
}

func (r *Remind) settleSent(ctx context.Context, item report.Item, record remind.Record, claim crm.Entry) (report.Item, error) {
	note := Notes{}.settledSent(record.Salesperson.Language, claim.Key.Step)
	mine, err := r.Courier.Decide(ctx, claim, record.Entries, note)
	switch {
	case err != nil:
		return item, err
	case !mine:
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		return item, nil
	}
	if err := r.Courier.Book.Confirm(ctx, []crm.EntryID{claim.ID}); err != nil {
		return item, fmt.Errorf("confirm an uncertain mail: %w", err)
	}
	item.Outcome = report.Sent
	return item, nil
}

// settleUnsent mails the reminder again, unless there is no more reason to.
// The mail is made first: what is wrong with it leaves the doubt as it is.
func (r *Remind) settleUnsent(ctx context.Context, item report.Item, record remind.Record, claim crm.Entry, freshUntil time.Time) (report.Item, error) {
	decision := remind.Again(record, claim.Key.Step, r.Policy)
	var letter ledger.Mail
	if decision.Send() {
		var err error
		item.To, item.CC = addressesOf(decision)
		if letter, err = r.Letters.reminder(record, decision, claim.Key, claim.MessageID, r.Now); err != nil {
			item.Outcome, item.Error = report.Failed, err.Error()
			return item, nil //nolint:nilerr // The item carries it; the others go on.
		}
		r.warnNoReply(letter)
	}
	note := Notes{}.settledUnsent(record.Salesperson.Language, claim.Key.Step, decision.Send())
	mine, err := r.Courier.Decide(ctx, claim, record.Entries, note)
	switch {
	case err != nil:
		return item, err
	case !mine:
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		return item, nil
	case !decision.Send():
		if err := r.Courier.Book.Release(ctx, []crm.EntryID{claim.ID}); err != nil {
			return item, fmt.Errorf("release an uncertain claim: %w", err)
		}
		item.Outcome, item.Reason = report.Skipped, decision.Reason
		return item, nil
	}
	result, err := r.Courier.Resend(ctx, letter, claim, freshUntil)
	return r.finish(item, result), err
}
