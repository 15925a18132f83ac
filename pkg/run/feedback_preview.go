package run

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
)

// Preview returns the mail with a questionnaire about the newest finished
// activity of one opportunity that its client would be asked about, or else
// about the newest; or the mail that reminds of it. Its link leads nowhere. It
// needs a run that is dry, writes nothing and sends nothing.
func (a *Ask) Preview(ctx context.Context, id crm.OpportunityID, reminder bool) (Preview, error) {
	a.Select.Only = []crm.OpportunityID{id}
	q, unfinished, err := a.foresee(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Unfinished: unfinished}
	switch {
	case reminder:
		q.kind = crm.Nudge
	case q.decision.Reason != "":
		p.Against = []crm.Reason{q.decision.Reason}
	}
	if q.decision.To, _ = q.record.Addressees(); q.decision.To.IsZero() {
		q.decision.To = nobody()
	}
	if q.decision.Questionnaire != "" {
		if q.survey, err = a.survey(ctx, q); err != nil {
			return Preview{}, err
		}
	}
	invited, err := a.invite(ctx, []question{q})
	if err != nil {
		return Preview{}, err
	}
	p.Draft, err = a.Letters.preview(func(l *Letters) error {
		_, err := a.compose(l, q, invited[0], a.messageID(q))
		return err
	})
	return p, err
}

// foresee chooses the activity to ask about.
func (a *Ask) foresee(ctx context.Context, id crm.OpportunityID) (chosen question, unfinished bool, err error) {
	if _, err := a.lookAt(ctx, id); err != nil {
		return question{}, false, err
	}
	open, err := a.open(ctx, recovery{})
	if err != nil {
		return question{}, false, err
	}
	if unfinished = len(open) == 0; unfinished {
		open = []crm.DoneActivity{{Opportunity: id, At: a.Now}}
	}
	asked, err := a.recent(ctx, open)
	if err != nil {
		return question{}, false, err
	}
	records, err := a.records(ctx, open, recovery{})
	if err != nil {
		return question{}, false, err
	}
	for i, d := range feedback.Plan(records, a.Policy, asked, a.Now) {
		if d.Ask() || !chosen.decision.Ask() || i == 0 {
			chosen = question{kind: crm.Feedback, record: records[i], decision: d}
		}
	}
	return chosen, unfinished, nil
}
