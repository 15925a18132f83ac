package feedback

import (
	"context"
	"errors"
	"iter"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// checkForgotten stops a run that would ask, or remind, once more because Odoo has
// forgotten the mail: see [mailing.ForgottenError].
func (a *Send) checkForgotten(ctx context.Context, open *finished, pending []crm.Participation, asking, reminding mailing.Recovery) error {
	a.asked = plan.Recent{}
	asked := a.forgotten(ctx, crm.Feedback, aboutAll(open.all()), func(ctx context.Context, page []*question) ([]outgoing, error) {
		return a.plan(ctx, activities(page), asking)
	})
	reminded := a.forgotten(ctx, crm.FeedbackReminder, remindersOf(pending), func(ctx context.Context, page []*question) ([]outgoing, error) {
		return a.planReminders(ctx, page, reminding)
	})
	return errors.Join(asked, reminded)
}

// forgotten plans those of the questions whose mails this host has noted.
func (a *Send) forgotten(
	ctx context.Context, kind crm.EntryKind, all iter.Seq[*question], decide func(context.Context, []*question) ([]outgoing, error),
) error {
	noted := a.Courier.Noted(kind)
	var itsOwn iter.Seq[*question] = func(yield func(*question) bool) {
		for q := range all {
			_, known := noted[crm.QuestionnaireKey(kind, 0, q.record.Activity.Message).ExternalID()]
			if known && !yield(q) {
				return
			}
		}
	}
	var keys []crm.Key
	for page := range pagesOf(itsOwn, run.PageSize) {
		planned, err := decide(ctx, page)
		if err != nil {
			return err
		}
		for _, o := range planned {
			if o.Planned() {
				keys = append(keys, o.About.key())
			}
		}
	}
	return a.mailer(kind).CheckForgotten(keys)
}
