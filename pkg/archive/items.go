package archive

import (
	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// skippedUntil also says until when the opportunity surely stays.
func (a *Run) skippedUntil(o crm.Opportunity, d plan.Decision) report.Item {
	item := a.item(o)
	item.Outcome, item.Reason = report.Skipped, d.Reason
	switch {
	case d.On == calendar.Date{}:
	case d.Reason == crm.OutsideWindow:
		item.Note = "archived on " + d.On.String() + ", as the salesperson was told"
	default:
		item.Note = "archived on " + d.On.String() + " at the earliest, after another warning"
	}
	return item
}

func (a *Run) skip(o crm.Opportunity, reason crm.Reason) { a.Report(a.skipped(o, reason)) }

func (a *Run) fail(o crm.Opportunity, err error) { a.Report(a.failed(o, err)) }

func (a *Run) skipped(o crm.Opportunity, reason crm.Reason) report.Item {
	item := a.item(o)
	item.Outcome, item.Reason = report.Skipped, reason
	return item
}

func (a *Run) failed(o crm.Opportunity, err error) report.Item {
	item := a.item(o)
	item.Outcome, item.Error = report.Failed, run.Failure(err)
	return item
}

// item returns the report's item about an opportunity, without an outcome.
func (a *Run) item(o crm.Opportunity) report.Item {
	return report.Item{Opportunity: o.ID, Name: o.Name, Rule: a.Policy.Rules.For(o).Number}
}
