package archive

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// scope selects what is old enough. Won opportunities that are kept stay active for good,
// and only grow in number: they are left out.
func (a *Run) scope(recovery openArchivings) crm.Scope {
	s := crm.Scope{Kind: crm.Archived, Windows: a.Policy.Windows(a.Now), Also: recovery.recheck()}
	if a.Policy.Keep.Won && len(a.Select.Only) == 0 {
		s.Won = crm.NotWon
	}
	return s
}

// reportWon reports won opportunities that are kept, of many the first page: that much
// one call tells, and nothing else about them matters. A run that takes a part leaves
// that to the first part, and a run that finds nothing due, to one that does: see
// [Run.ManyWon].
func (a *Run) reportWon(ctx context.Context, s crm.Scope) error {
	if s.Won != crm.NotWon || a.Select.Shard.Index > 0 || a.ManyWon && a.FoundNothing() {
		return nil
	}
	s.Won = crm.OnlyWon
	page, err := a.Odoo.Due(ctx, s, 0, a.PageSize())
	if err != nil {
		return fmt.Errorf("read won opportunities: %w", err)
	}
	a.ManyWon = len(page) == a.PageSize()
	records := make([]plan.Record, len(page))
	for i, o := range page {
		records[i].Opportunity, records[i].Opportunity.Stage.Won = o, true
	}
	a.won = map[crm.OpportunityID]bool{}
	for i, d := range plan.Decide(records, a.Policy, a.Now) {
		switch {
		case d.Err != nil:
			a.fail(page[i], d.Err)
		case d.Reason == crm.Won || d.Reason == crm.RuleExcluded:
			a.Report(a.skippedUntil(page[i], d))
		default: // Somebody has just changed it: the next run decides.
			continue
		}
		a.won[d.Opportunity] = true
	}
	return nil
}
