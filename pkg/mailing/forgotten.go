package mailing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// ForgottenError says that Odoo does not know mails which this host sent, as after
// it was put back from a backup. The run would mail them again.
type ForgottenError struct {
	// Mails is how many, and First one of the opportunities.
	Mails int
	First crm.OpportunityID
	// Settle is the command that writes them into Odoo again.
	Settle string
}

func (e *ForgottenError) Error() string {
	return fmt.Sprintf("Odoo has forgotten %d mails that left this host within a week, one of them about opportunity %d", e.Mails, e.First)
}

// Hint tells how to go on.
func (e *ForgottenError) Hint() string {
	return fmt.Sprintf("was Odoo put back from a backup? Write them into Odoo again: %s --all --as sent; "+
		"or mail some of them again: --yes --opportunity ID,...", e.Settle)
}

// CheckForgotten returns a [ForgottenError] if this run would mail something that
// an earlier run of this host mailed. Keys are of the mails that it would send.
// Whoever says --yes to opportunities that they name knows what they do; a --yes
// in a schedule was not meant for this.
func (m *Mailer) CheckForgotten(keys []crm.Key) error {
	noted := m.Courier.Noted(m.Kind)
	keys = slices.DeleteFunc(slices.Clone(keys), func(k crm.Key) bool {
		_, known := noted[k.ExternalID()]
		return !known || m.Guard.Overruled && slices.Contains(m.Select.Only, k.Opportunity)
	})
	if len(keys) == 0 {
		return nil
	}
	return &ForgottenError{Mails: len(keys), First: keys[0].Opportunity, Settle: m.SettleCommand}
}

// restore writes mails into Odoo again that left this host, and that Odoo has
// forgotten. Only names the opportunities; without, a mail of which this host does
// not know whether it left is not among them. It returns the opportunities.
func (s Settlement) restore(ctx context.Context, only []crm.OpportunityID) ([]crm.OpportunityID, error) {
	noted := slices.Collect(maps.Values(s.Courier.Noted(s.Kind)))
	if len(noted) > 0 && s.Locate != nil {
		var err error
		if noted, err = s.Locate(ctx, noted); err != nil {
			return nil, err
		}
	}
	noted = slices.DeleteFunc(noted, func(e crm.Entry) bool {
		return only == nil && !e.Confirmed || only != nil && !slices.Contains(only, e.On)
	})
	slices.SortFunc(noted, func(a, b crm.Entry) int { return int(a.On - b.On) })
	var restored []crm.OpportunityID
	for page := range slices.Chunk(noted, run.PageSize) {
		ids, err := s.restorePage(ctx, page)
		if err != nil {
			return nil, err
		}
		restored = append(restored, ids...)
	}
	return restored, nil
}

func (s Settlement) restorePage(ctx context.Context, page []crm.Entry) ([]crm.OpportunityID, error) {
	history, _, err := s.Odoo.History(ctx, crm.OpportunitiesOf(page), time.Time{})
	if err != nil {
		return nil, fmt.Errorf("read the history of mails: %w", err)
	}
	page = slices.DeleteFunc(page, func(e crm.Entry) bool {
		return slices.ContainsFunc(history[e.On], func(h crm.Entry) bool { return h.Key.ExternalID() == e.Key.ExternalID() })
	})
	if len(page) == 0 {
		return nil, nil
	}
	owned, err := run.ReadOwned(ctx, s.Odoo, crm.OpportunitiesOf(page))
	if err != nil {
		return nil, err
	}
	page = slices.DeleteFunc(page, func(e crm.Entry) bool { return owned[e.On].ID == 0 })
	claims := make([]ledger.Claim, len(page))
	for i, e := range page {
		claims[i] = ledger.Claim{Key: e.Key, MessageID: e.MessageID, Body: s.Notes.settledSent(owned[e.On].Owner.Language, e.Key)}
	}
	if err := s.BeforeWrite(ctx); err != nil {
		return nil, err
	}
	claimed, err := s.Courier.Entries.Claim(ctx, claims)
	if err != nil {
		return nil, fmt.Errorf("write mails into Odoo again: %w", err)
	}
	var mine []crm.EntryID
	for i, got := range claimed {
		item := s.Item(owned[page[i].On].Opportunity, page[i])
		switch {
		case got.Err != nil:
			item.Outcome, item.Error = report.Failed, got.Err.Error()
		case got.Entry.MessageID != page[i].MessageID:
			item.Outcome, item.Reason = report.Skipped, crm.ClaimedElsewhere
		default:
			mine = append(mine, got.Entry.ID)
			item.Outcome = report.Sent
		}
		s.Report(item)
	}
	if err := s.Courier.Entries.Confirm(ctx, mine); err != nil {
		return nil, fmt.Errorf("confirm mails that were written again: %w", err)
	}
	return crm.OpportunitiesOf(page), nil
}
