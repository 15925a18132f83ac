package feedback

import (
	"context"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
)

// Preview returns the mail with a questionnaire about the newest finished
// activity of one opportunity that its client would be asked about, or else
// about the newest; or the mail that reminds of it. Its link leads nowhere. It
// needs a run that is dry, writes nothing and sends nothing.
func (a *Send) Preview(ctx context.Context, id crm.OpportunityID, reminder bool) (mailing.Preview, error) {
	a.Select.Only = []crm.OpportunityID{id}
	q, unfinished, err := a.foresee(ctx, id)
	if err != nil {
		return mailing.Preview{}, err
	}
	p := mailing.Preview{Unfinished: unfinished}
	switch {
	case reminder:
		q.kind = crm.FeedbackReminder
	case q.decision.Reason != "":
		p.Against = []crm.Reason{q.decision.Reason}
	}
	if q.decision.To, _ = q.record.Addressees(); q.decision.To.IsZero() {
		q.decision.To = mailing.Nobody()
	}
	if q.decision.Questionnaire != "" {
		if q.survey, err = a.survey(ctx, q); err != nil {
			return mailing.Preview{}, err
		}
		if q.survey.Unreadable != nil {
			return mailing.Preview{}, q.survey.Unreadable
		}
	}
	invited, err := a.invite(ctx, []*outgoing{{About: q}})
	if err != nil {
		return mailing.Preview{}, err
	}
	p.Draft, err = a.Composer.Preview(func(l *mailing.Composer) error {
		_, err := a.compose(ctx, l, q, invited[0], a.messageID(q))
		return err
	})
	return p, err
}

// foresee chooses the activity to ask about.
func (a *Send) foresee(ctx context.Context, id crm.OpportunityID) (chosen *question, unfinished bool, err error) {
	if _, err := a.Record(ctx, id); err != nil {
		return nil, false, err
	}
	open, err := a.open(ctx, mailing.Recovery{})
	if err != nil {
		return nil, false, err
	}
	if err := a.readAsked(ctx, open); err != nil {
		return nil, false, err
	}
	list := slices.Collect(open.all())
	if unfinished = len(list) == 0; unfinished {
		list = []crm.DoneActivity{{Opportunity: id, At: a.Now}}
	}
	records, err := a.records(ctx, list, mailing.Recovery{})
	if err != nil {
		return nil, false, err
	}
	for i, d := range plan.Decide(records, a.Policy, a.asked, a.Now) {
		if i == 0 || d.Ask() || !chosen.decision.Ask() {
			chosen = &question{kind: crm.Feedback, record: records[i], decision: d}
		}
	}
	return chosen, unfinished, nil
}
