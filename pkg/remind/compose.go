package remind

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// Compose makes the reminder that d decided on.
func Compose(l *mailing.Composer, r crm.Record, d plan.Decision, token string, now time.Time) (ledger.Mail, error) {
	key := crm.ReminderKey(d.Opportunity, d.Step)
	return reminderAs(l, r, d, key, key.MessageID(token, l.From.Domain()), now)
}

// reminderAs makes the reminder under a key and a Message-ID that it has already.
func reminderAs(l *mailing.Composer, r crm.Record, d plan.Decision, key crm.Key, messageID string, now time.Time) (ledger.Mail, error) {
	about := l.RenderRecord(r)
	if opening, found := r.Opening(key); found {
		about.FirstSubject = opening.Subject
	}
	text, err := l.TemplatesFor(r.Opportunity).Reminder(l.Languages(r), render.NewReminderData(about, d.Step, l.Zone))
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("render the reminder: %w", err)
	}
	return l.Compose(r, text, mailing.Addressed{To: d.To, CC: d.CC, Key: key, MessageID: messageID, At: now})
}
