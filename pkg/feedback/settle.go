package feedback

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Uncertain returns the uncertain questionnaires and reminders of them, oldest
// first. It writes nothing.
func (a *Send) Uncertain(ctx context.Context) ([]mailing.UncertainMail, error) {
	doubts, err := mailing.UncertainMails(ctx, a.mailer(crm.Feedback), a.mailer(crm.FeedbackReminder))
	if err != nil || len(doubts) == 0 {
		return nil, err
	}
	finished, err := a.Activities.DoneActivities(ctx, crm.IDs(doubts, func(d mailing.UncertainMail) crm.EntryID { return d.Item.Activity }))
	if err != nil {
		return nil, fmt.Errorf("read finished activities: %w", err)
	}
	for i, d := range doubts {
		doubts[i].Item.ActivityType = finished[d.Item.Activity].TypeName
	}
	return doubts, nil
}

// Settle carries out a person's decision about uncertain questionnaires and
// reminders of them, as remind.Run.Settle does for reminders.
func (a *Send) Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error {
	a.looked = map[int64]bool{}
	return mailing.Settle(ctx, &a.Base, only, sent,
		mailing.Settlement{Mailer: a.mailer(crm.Feedback), Resend: a.resend, Locate: a.locate},
		mailing.Settlement{Mailer: a.mailer(crm.FeedbackReminder), Resend: a.resend, Locate: a.locate})
}

// locate finds the opportunities of mails by their activities.
func (a *Send) locate(ctx context.Context, entries []crm.Entry) ([]crm.Entry, error) {
	finished, err := a.Activities.DoneActivities(ctx, crm.IDs(entries, func(e crm.Entry) crm.EntryID { return e.Key.Activity }))
	if err != nil {
		return nil, fmt.Errorf("read finished activities: %w", err)
	}
	var located []crm.Entry
	for _, e := range entries {
		if d, exists := finished[e.Key.Activity]; exists {
			e.On, e.Key.Opportunity = d.Opportunity, d.Opportunity
			located = append(located, e)
		}
	}
	return located, nil
}

// resend makes the mail about a questionnaire again, with the link that it had,
// unless there is no more reason to.
func (a *Send) resend(ctx context.Context, record crm.Record, claim crm.Entry, item *report.Item) (ledger.Mail, crm.Reason, error) {
	activity := claim.Key.Activity
	attempts, err := a.Participations.About(ctx, activity)
	if err != nil {
		return ledger.Mail{}, "", fmt.Errorf("read the participation: %w", err)
	}
	first := slices.IndexFunc(attempts, func(p crm.Participation) bool { return !p.Again })
	if first < 0 {
		return ledger.Mail{}, crm.Gone, nil
	}
	sent := attempts[first]
	surveys, err := a.Surveys.OpenSurveys(ctx, []int64{sent.Survey})
	if err != nil {
		return ledger.Mail{}, "", fmt.Errorf("read the survey: %w", err)
	}
	finished, err := a.Activities.DoneActivities(ctx, []crm.EntryID{activity})
	if err != nil {
		return ledger.Mail{}, "", fmt.Errorf("read the finished activity: %w", err)
	}
	survey, isOpen := surveys[sent.Survey]
	q := &question{kind: claim.Key.Kind, survey: survey, record: plan.Record{Record: record, Activity: finished[activity]}}
	q.record.Activity.Message, q.record.Activity.Opportunity = activity, claim.On
	q.decision = plan.Pending{
		Record: q.record, Email: sent.Email, Asked: claim.At, Deadline: sent.Deadline, Closed: !isOpen,
		Begun: slices.ContainsFunc(attempts, func(p crm.Participation) bool { return p.Begun }),
		Err:   cmp.Or(sent.Err, survey.Unreadable),
	}.Again(a.Policy, a.Courier.Entries.Now().Add(lastMail))
	item.ActivityType = q.record.Activity.TypeName
	if q.decision.Err != nil {
		item.Outcome, item.Error = report.Failed, run.Failure(q.decision.Err)
		return ledger.Mail{}, "", nil
	}
	if !q.decision.Ask() {
		return ledger.Mail{}, q.decision.Reason, nil
	}
	item.To = []string{q.decision.To.Mailbox}
	if err := a.look(ctx, survey, a.link(survey, sent.Token)); err != nil {
		return ledger.Mail{}, "", err
	}
	letter, err := a.compose(ctx, a.Composer, q, sent, claim.MessageID)
	if err != nil {
		item.Outcome, item.Error = report.Failed, err.Error()
	}
	return letter, "", nil //nolint:nilerr // The item carries it; the others go on.
}
