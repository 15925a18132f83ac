package feedback

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// candidate is a finished activity that its client may be asked about, or
// reminded of.
type candidate struct {
	activity crm.DoneActivity
	// sent is the participation that he may be reminded of.
	sent crm.Participation
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
	// kind is Feedback, or FeedbackReminder.
	kind     crm.EntryKind
	record   plan.Record
	decision plan.Decision
	survey   crm.Survey
	item     report.Item
	// sent is the participation that the mail is about; zero for a new one.
	sent crm.Participation
}

// key names the mail of a question.
func (q question) key() crm.Key {
	return crm.Key{Kind: q.kind, Opportunity: q.decision.Opportunity, Step: int(q.decision.Activity)}
}

// admits tells whether a question is to be mailed, and reports one that is not.
func (a *Send) admits(q question) bool {
	if q.decision.Ask() && a.LimitReached() {
		q.item.Reason = crm.OverLimit
	}
	if q.item.Reason != "" {
		q.item.Outcome = report.Skipped
		a.Report(q.item)
		return false
	}
	a.Taken++
	return true
}

// rounds takes candidates, page by page, from reading to confirmation. What
// could not be begun while its page was fresh is read and planned again.
func (a *Send) rounds(ctx context.Context, list []candidate, asked plan.Recent, plan func(context.Context, []candidate) ([]question, error)) error {
	for page := range slices.Chunk(list, run.PageSize) {
		if err := a.round(ctx, page, asked, plan); err != nil {
			return err
		}
	}
	return nil
}

func (a *Send) round(ctx context.Context, page []candidate, asked plan.Recent, plan func(context.Context, []candidate) ([]question, error)) error {
	for tries := 0; len(page) > 0; {
		freshUntil := a.Courier.Clock().Round(0).Add(mailing.MaxAge)
		before := asked.Clone()
		questions, err := plan(ctx, page)
		if err != nil {
			return err
		}
		late, err := a.mail(ctx, questions, freshUntil)
		if err != nil {
			a.skipRest(late)
			return err
		}
		if len(late) > 0 && len(late) == len(questions) {
			tries++
		}
		if tries == mailing.MaxAttempts {
			for _, q := range late {
				q.item.Outcome, q.item.Error = report.Failed, fmt.Sprintf("not begun in %d attempts: Odoo answers too slowly", tries)
				a.Report(q.item)
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

// skipRest reports what the end of the run keeps from being mailed.
func (a *Send) skipRest(late []question) {
	for _, q := range late {
		q.item.Outcome, q.item.Reason = report.Skipped, crm.Interrupted
		a.Report(q.item)
	}
}
