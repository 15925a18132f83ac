package feedback

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// Compose makes the mail that asks about a finished activity or, depending on the
// kind of the key, the reminder of that mail. Its copy in the chatter does not
// contain the link. The activity's type is the one in f.
func Compose(l *mailing.Composer, r plan.Record, to address.Address, key crm.Key, messageID string, f render.Feedback, now time.Time) (ledger.Mail, error) {
	f.Finished = r.Activity.At
	templates := l.TemplatesFor(r.Opportunity)
	write := templates.Feedback
	if key.Kind == crm.FeedbackReminder {
		write = templates.FeedbackReminder
	}
	text, err := write(l.Languages(r.Record), render.NewFeedbackData(l.RenderRecord(r.Record), f, l.Zone))
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("render the mail: %w", err)
	}
	return l.Compose(r.Record, text, mailing.Addressed{
		To: to, Key: key, MessageID: messageID, At: now, ActivityType: r.Activity.TypeName,
	})
}
