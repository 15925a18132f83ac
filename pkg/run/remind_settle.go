package run

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Doubts returns the uncertain reminders, oldest first. It writes nothing.
func (r *Remind) Doubts(ctx context.Context) ([]Doubt, error) { return doubtsOf(ctx, r.mailing()) }

// Settle carries out a person's decision about uncertain reminders: sent closes
// them, otherwise each is mailed again under its own Message-ID. Only names
// the opportunities; nil means all.
func (r *Remind) Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error {
	return settle(ctx, &r.Base, only, sent, settlement{mailing: r.mailing(), again: r.resend})
}

// resend makes a reminder again, unless there is no more reason to.
func (r *Remind) resend(_ context.Context, record remind.Record, claim crm.Entry, item *report.Item) (ledger.Mail, crm.Reason, error) {
	decision := remind.Again(record, claim.Key.Step, r.Policy)
	if !decision.Send() {
		return ledger.Mail{}, decision.Reason, nil
	}
	item.To, item.CC = addressesOf(decision)
	letter, err := reminderAs(r.Letters, record, decision, claim.Key, claim.MessageID, r.Now)
	if err != nil {
		item.Outcome, item.Error = report.Failed, err.Error()
		return letter, "", nil //nolint:nilerr // The item carries it; the others go on.
	}
	r.warnNoReply(letter)
	return letter, "", nil
}
