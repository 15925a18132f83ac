package mailing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// UncertainMail is a mail of which nobody knows whether it left.
type UncertainMail struct {
	Claim crm.Entry
	// Item is the report's item about it, without an outcome.
	Item report.Item
	// Noted is false when no run has found it yet.
	Noted bool
}

// Settlement decides about the uncertain mails of one kind.
type Settlement struct {
	*Mailer

	// Resend makes the mail of a claim once more, and tells in the item to whom
	// it goes, or that it failed. A reason speaks against mailing it. It is nil if the
	// next run mails what is released.
	Resend func(ctx context.Context, record crm.Record, claim crm.Entry, item *report.Item) (ledger.Mail, crm.Reason, error)
	// Locate returns those of the entries whose opportunities exist, with these.
	// It is nil if the Message-IDs name them.
	Locate func(ctx context.Context, entries []crm.Entry) ([]crm.Entry, error)
}

// UncertainMails returns the uncertain mails of some kinds, oldest first.
func UncertainMails(ctx context.Context, mailings ...*Mailer) ([]UncertainMail, error) {
	var all []UncertainMail
	for _, m := range mailings {
		recovery, err := m.Recover(ctx)
		if err != nil {
			return nil, err
		}
		doubts, err := m.uncertainMails(ctx, recovery)
		if err != nil {
			return nil, err
		}
		all = append(all, doubts...)
	}
	slices.SortFunc(all, func(a, b UncertainMail) int { return int(a.Claim.ID - b.Claim.ID) })
	return all, nil
}

func (m *Mailer) uncertainMails(ctx context.Context, recovery Recovery) ([]UncertainMail, error) {
	open := slices.Concat(recovery.noted, recovery.uncertain)
	slices.SortFunc(open, func(a, b crm.Entry) int { return int(a.ID - b.ID) })
	list, err := m.Odoo.Opportunities(ctx, crm.OpportunitiesOf(open))
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	opportunities := crm.ByID(list)
	doubts := make([]UncertainMail, len(open))
	for i, e := range open {
		doubts[i] = UncertainMail{
			Claim: e, Item: m.Item(opportunities[e.On], e), Noted: slices.Contains(recovery.noted, e),
		}
	}
	return doubts, nil
}

// Settle carries out a decision about the uncertain mails of all settlements.
func Settle(ctx context.Context, b *run.Base, only []crm.OpportunityID, sent bool, settlements ...Settlement) error {
	doubted := map[crm.OpportunityID]bool{}
	for _, s := range settlements {
		recovery, err := s.Recover(ctx)
		if err != nil {
			return err
		}
		doubts, err := s.uncertainMails(ctx, recovery)
		if err != nil {
			return err
		}
		if only != nil {
			doubts = slices.DeleteFunc(doubts, func(d UncertainMail) bool { return !slices.Contains(only, d.Claim.On) })
		}
		for _, d := range doubts {
			doubted[d.Claim.On] = true
		}
		if err := s.decide(ctx, recovery, doubts, sent); err != nil {
			return err
		}
		if !sent {
			continue
		}
		restored, err := s.restore(ctx, only)
		if err != nil {
			return err
		}
		for _, id := range restored {
			doubted[id] = true
		}
	}
	for _, id := range only {
		if !doubted[id] {
			b.Report(report.Item{Opportunity: id, Outcome: report.Skipped, Reason: crm.AlreadyDone})
		}
	}
	return b.End()
}

func (s Settlement) decide(ctx context.Context, recovery Recovery, doubts []UncertainMail, sent bool) error {
	if len(doubts) == 0 {
		return nil
	}
	if err := s.TrustAges(ctx); err != nil {
		return err
	}
	if err := s.BeforeWrite(ctx); err != nil {
		return err
	}
	if err := s.applyStops(ctx); err != nil {
		return err
	}
	if err := s.settleKnown(ctx, recovery); err != nil {
		return err
	}
	doubts, err := s.noted(ctx, doubts)
	if err != nil {
		return err
	}
	for _, d := range doubts {
		if err := s.one(ctx, d, sent); err != nil {
			return err
		}
	}
	return nil
}

// noted writes the missing notes, and returns the mails that have one. Without a
// note, a host that knows better could still release the claim. If another run
// wrote the note first, the mail is that run's to settle.
func (s Settlement) noted(ctx context.Context, doubts []UncertainMail) ([]UncertainMail, error) {
	var claims []crm.Entry
	for _, d := range doubts {
		if !d.Noted {
			claims = append(claims, d.Claim)
		}
	}
	if len(claims) == 0 {
		return doubts, nil
	}
	_, mine, err := s.declare(ctx, claims)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(doubts, func(d UncertainMail) bool {
		at := slices.Index(claims, d.Claim)
		if at < 0 || mine[at] {
			return false
		}
		item := d.Item
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		s.Report(item)
		return true
	}), nil
}

// one settles one mail, by what Odoo says of its opportunity now.
func (s Settlement) one(ctx context.Context, d UncertainMail, sent bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	item := d.Item
	freshUntil := s.Courier.Clock().Round(0).Add(MaxAge)
	found, err := s.Odoo.Opportunities(ctx, []crm.OpportunityID{d.Claim.On})
	if err != nil {
		return fmt.Errorf("read an opportunity: %w", err)
	}
	if len(found) == 0 {
		item.Outcome, item.Reason = report.Skipped, crm.Gone
		s.Report(item)
		return nil
	}
	records, err := s.Complete(ctx, found)
	if err != nil {
		return err
	}
	if why := records[0].Unreadable(); why != nil {
		item.Outcome, item.Error = report.Failed, run.Failure(why)
		s.Report(item)
		return nil
	}
	if sent {
		item, err = s.oneSent(ctx, item, records[0], d.Claim)
	} else {
		item, err = s.oneUnsent(ctx, item, records[0], d.Claim, freshUntil)
	}
	if item.Outcome != "" {
		s.Report(item)
	}
	return err
}

func (s Settlement) oneSent(ctx context.Context, item report.Item, record crm.Record, claim crm.Entry) (report.Item, error) {
	note := s.Notes.settledSent(record.Salesperson.Language, claim.Key)
	mine, err := s.Courier.Decide(ctx, claim, record.Entries, note)
	switch {
	case err != nil:
		return item, err
	case !mine:
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		return item, nil
	}
	if err := s.Courier.Entries.Confirm(ctx, []crm.EntryID{claim.ID}); err != nil {
		return item, fmt.Errorf("confirm an uncertain mail: %w", err)
	}
	item.Outcome = report.Sent
	return item, nil
}

// oneUnsent mails again, unless there is no more reason to. The mail is made
// first: if it cannot be made, the mail stays uncertain.
func (s Settlement) oneUnsent(ctx context.Context, item report.Item, record crm.Record, claim crm.Entry, freshUntil time.Time) (report.Item, error) {
	var letter ledger.Mail
	var err error
	reason, again := crm.Interrupted, true
	if s.Resend != nil {
		letter, reason, err = s.Resend(ctx, record, claim, &item)
		again = reason == ""
	}
	if err != nil || item.Outcome == report.Failed {
		return item, err
	}
	note := s.Notes.settledUnsent(record.Salesperson.Language, claim.Key, again)
	mine, err := s.Courier.Decide(ctx, claim, record.Entries, note)
	switch {
	case err != nil:
		return item, err
	case !mine:
		item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		return item, nil
	case reason != "":
		if err := s.Courier.Entries.Release(ctx, []crm.EntryID{claim.ID}); err != nil {
			return item, fmt.Errorf("release an uncertain claim: %w", err)
		}
		item.Outcome, item.Reason = report.Skipped, reason
		return item, nil
	}
	result, err := s.Courier.Resend(ctx, letter, claim, freshUntil)
	return withResult(s.Base, item, result), err
}
