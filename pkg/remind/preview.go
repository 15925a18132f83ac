package remind

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// Preview returns the reminder of one opportunity for a step; nil is the one
// that is due, or else the next. It writes nothing and sends nothing.
func (r *Run) Preview(ctx context.Context, id crm.OpportunityID, step *int) (mailing.Preview, error) {
	record, err := r.Record(ctx, id)
	if err != nil {
		return mailing.Preview{}, err
	}
	o := plan.Foresee(record, step, r.Policy, r.Now)
	if o.To.IsZero() {
		o.To = mailing.Nobody()
	}
	p := mailing.Preview{Against: o.Against, Due: o.Due}
	p.Draft, err = r.Composer.Preview(func(l *mailing.Composer) error {
		_, err := Compose(l, record, o.Decision, r.Courier.Token, r.Now)
		return err
	})
	return p, err
}
