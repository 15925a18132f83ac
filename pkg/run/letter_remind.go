package run

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// ComposeReminder makes the reminder that d decided on.
func ComposeReminder(l *Letters, r remind.Record, d remind.Decision, token string, now time.Time) (ledger.Mail, error) {
	key := crm.Key{Kind: crm.Reminder, Opportunity: d.Opportunity, Step: d.Step}
	return reminderAs(l, r, d, key, crm.FormatMessageID(key, token, l.From.Domain()), now)
}

// reminderAs makes the reminder under a key and a Message-ID that it has already.
func reminderAs(l *Letters, r remind.Record, d remind.Decision, key crm.Key, messageID string, now time.Time) (ledger.Mail, error) {
	text, err := l.Templates.Reminder(l.languages(r), render.NewReminderData(around(r), d.Step, l.Zone))
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("render the reminder: %w", err)
	}
	return l.compose(r, text, addressed{to: d.To, cc: d.CC, key: key, messageID: messageID, at: now})
}
