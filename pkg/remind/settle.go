package remind

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Uncertain returns the uncertain reminders, oldest first. It writes nothing.
func (r *Run) Uncertain(ctx context.Context) ([]mailing.UncertainMail, error) {
	return mailing.UncertainMails(ctx, r.mailer())
}

// Settle carries out a person's decision about uncertain reminders: sent closes
// them, otherwise each is mailed again under its own Message-ID. Only names
// the opportunities; nil means all.
func (r *Run) Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error {
	return mailing.Settle(ctx, &r.Base, only, sent, mailing.Settlement{Mailer: r.mailer(), Resend: r.resend})
}

// resend makes a reminder again, unless there is no more reason to.
func (r *Run) resend(_ context.Context, record crm.Record, claim crm.Entry, item *report.Item) (ledger.Mail, crm.Reason, error) {
	decision := plan.Again(record, claim.Key.Step, r.Policy)
	if !decision.Send() {
		return ledger.Mail{}, decision.Reason, nil
	}
	item.To, item.CC = addressesOf(decision)
	letter, err := reminderAs(r.Composer, record, decision, claim.Key, claim.MessageID, r.Now)
	if err != nil {
		item.Outcome, item.Error = report.Failed, err.Error()
		return letter, "", nil //nolint:nilerr // The item carries it; the others go on.
	}
	return letter, "", nil
}
