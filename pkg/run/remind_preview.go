package run

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

// Preview returns the reminder of one opportunity for a step; nil is the one
// that is due, or else the next. It writes nothing and sends nothing.
func (r *Remind) Preview(ctx context.Context, id crm.OpportunityID, step *int) (Preview, error) {
	record, err := r.lookAt(ctx, id)
	if err != nil {
		return Preview{}, err
	}
	o := remind.Foresee(record, step, r.Policy, r.Now)
	if o.To.IsZero() {
		o.To = nobody()
	}
	p := Preview{Against: o.Against, Due: o.Due}
	p.Draft, err = r.Letters.preview(func(l *Letters) error {
		_, err := ComposeReminder(l, record, o.Decision, r.Courier.Token, r.Now)
		return err
	})
	return p, err
}
