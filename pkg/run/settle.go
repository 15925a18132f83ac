package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Doubt is a mail of which nobody knows whether it left.
type Doubt struct {
	Claim       crm.Entry
	Opportunity crm.Opportunity
	// Noted is false when no run has found it yet.
	Noted bool

	entries []crm.Entry
}

// Doubts returns the uncertain mails, oldest first. It writes nothing.
func (r *Remind) Doubts(ctx context.Context) ([]Doubt, error) {
	recovery, err := r.recover(ctx)
	if err != nil {
		return nil, err
	}
	open := slices.Concat(recovery.noted, recovery.uncertain)
	slices.SortFunc(open, func(a, b crm.Entry) int { return int(a.ID - b.ID) })
	opportunities, err := r.opportunitiesOf(ctx, open)
	if err != nil {
		return nil, err
	}
	doubts := make([]Doubt, len(open))
	for i, e := range open {
		doubts[i] = Doubt{
			Claim: e, Opportunity: opportunities[e.On],
			Noted: slices.Contains(recovery.noted, e), entries: recovery.entries[e.On],
		}
	}
	return doubts, nil
}

// Settle carries out a person's decision about uncertain mails: sent closes
// them, otherwise each is mailed again under its own Message-ID. Only names
// the opportunities; nil means all.
func (r *Remind) Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error {
	doubts, err := r.Doubts(ctx)
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
	if err := r.Begin(ctx); err != nil {
		return err
	}
	for page := range slices.Chunk(doubts, pageSize) {
		if err := r.settlePage(ctx, page, sent); err != nil {
			return err
		}
	}
	return r.end()
}

func (r *Remind) settlePage(ctx context.Context, page []Doubt, sent bool) error {
	opportunities := make([]crm.Opportunity, len(page))
	for i, d := range page {
		opportunities[i] = d.Opportunity
	}
	records, err := r.records(ctx, opportunities, recovery{})
	if err != nil {
		return err
	}
	for i, d := range page {
		item := report.Item{Opportunity: d.Claim.On, Name: d.Opportunity.Name, Step: &d.Claim.Key.Step}
		note := Notes{}.settled(records[i].Salesperson.Language, d.Claim.Key.Step, sent)
		mine, err := r.Courier.Decide(ctx, d.Claim, d.entries, note)
		switch {
		case err != nil:
			return err
		case !mine:
			item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		case sent:
			if err := r.Courier.Book.Confirm(ctx, []crm.EntryID{d.Claim.ID}); err != nil {
				return fmt.Errorf("confirm an uncertain mail: %w", err)
			}
			item.Outcome = report.Sent
		default:
			if item, err = r.resend(ctx, item, records[i], d.Claim); err != nil {
				return err
			}
		}
		r.report(item)
	}
	return nil
}

// resend mails an uncertain reminder again, unless there is no more reason to.
func (r *Remind) resend(ctx context.Context, item report.Item, record remind.Record, claim crm.Entry) (report.Item, error) {
	decision := remind.Again(record, claim.Key.Step, r.Policy)
	if !decision.Send() {
		if err := r.Courier.Book.Release(ctx, []crm.EntryID{claim.ID}); err != nil {
			return item, fmt.Errorf("release an uncertain claim: %w", err)
		}
		item.Outcome, item.Reason = report.Skipped, decision.Reason
		return item, nil
	}
	item.To, item.CC = addressesOf(decision)
	letter, err := r.Letters.reminder(record, decision, claim.Key, claim.MessageID, r.Now)
	if err != nil {
		item.Outcome, item.Error = report.Failed, err.Error()
		return item, nil //nolint:nilerr // The item carries it; the others go on.
	}
	result, err := r.Courier.Resend(ctx, letter, claim)
	return r.finish(item, result), err
}
