package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// candidate is a finished activity that its client may be asked about, or
// reminded of.
type candidate struct {
	activity crm.DoneActivity
	// sent is the participation that he may be reminded of.
	sent Participation
}

func candidates(list []crm.DoneActivity) []candidate {
	all := make([]candidate, len(list))
	for i, d := range list {
		all[i].activity = d
	}
	return all
}

func activities(list []candidate) []crm.DoneActivity {
	all := make([]crm.DoneActivity, len(list))
	for i, c := range list {
		all[i] = c.activity
	}
	return all
}

// question is an activity that its client is to be asked about or reminded of.
type question struct {
	// kind is Feedback, or Nudge for a reminder.
	kind     crm.EntryKind
	record   feedback.Record
	decision feedback.Decision
	survey   Survey
	item     report.Item
	// sent is the participation that the mail is about; zero for a new one.
	sent Participation
}

// key names the mail of a question.
func (q question) key() crm.Key {
	return crm.Key{Kind: q.kind, Opportunity: q.decision.Opportunity, Step: int(q.decision.Activity)}
}

// admits tells whether a question is to be mailed, and reports one that is not.
func (a *Ask) admits(q question) bool {
	if q.decision.Ask() && a.full() {
		q.item.Reason = crm.OverLimit
	}
	if q.item.Reason != "" {
		q.item.Outcome = report.Skipped
		a.report(q.item)
		return false
	}
	a.taken++
	return true
}

// rounds takes candidates, page by page, from reading to confirmation. What
// could not be begun while its page was fresh is read and planned again.
func (a *Ask) rounds(ctx context.Context, list []candidate, asked feedback.Recent, plan func(context.Context, []candidate) ([]question, error)) error {
	for page := range slices.Chunk(list, pageSize) {
		if err := a.round(ctx, page, asked, plan); err != nil {
			return err
		}
	}
	return nil
}

func (a *Ask) round(ctx context.Context, page []candidate, asked feedback.Recent, plan func(context.Context, []candidate) ([]question, error)) error {
	for tries := 0; len(page) > 0; {
		freshUntil := a.Courier.Clock().Round(0).Add(freshFor)
		before := asked.Clone()
		questions, err := plan(ctx, page)
		if err != nil {
			return err
		}
		late, err := a.mail(ctx, questions, freshUntil)
		if err != nil {
			a.leave(late)
			return err
		}
		if len(late) > 0 && len(late) == len(questions) {
			tries++
		}
		if tries == patience {
			for _, q := range late {
				q.item.Outcome, q.item.Error = report.Failed, fmt.Sprintf("not begun in %d attempts: Odoo answers too slowly", tries)
				a.report(q.item)
			}
			return nil
		}
		page = page[:0:0]
		for _, q := range late {
			page = append(page, candidate{activity: q.record.Activity, sent: q.sent})
			// It was planned, and is to be planned again.
			client := strings.ToLower(q.decision.To.Mailbox)
			asked[client] = before[client]
		}
	}
	return nil
}

// leave reports what the end of the run keeps from being mailed.
func (a *Ask) leave(late []question) {
	for _, q := range late {
		q.item.Outcome, q.item.Reason = report.Skipped, crm.Interrupted
		a.report(q.item)
	}
}
