package run

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// questionnaireMail makes the mail that asks about a finished activity, or the one that
// reminds of it: the kind of the key tells. Its chatter copy and the ledger do
// not get the link.
func questionnaireMail(l *Letters, r feedback.Record, to address.Address, key crm.Key, messageID string, f render.Feedback, now time.Time) (ledger.Mail, error) {
	f.Type, f.Finished = r.Activity.TypeName, r.Activity.At
	write := l.Templates.Feedback
	if key.Kind == crm.Nudge {
		write = l.Templates.FeedbackReminder
	}
	text, err := write(l.languages(r.Record), render.NewFeedbackData(around(r.Record), f, l.Zone))
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("render the mail: %w", err)
	}
	return l.compose(r.Record, text, addressed{
		to: to, key: key, messageID: messageID, at: now, activityType: r.Activity.TypeName,
	})
}
