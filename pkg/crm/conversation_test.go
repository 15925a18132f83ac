package crm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestAConversationBeginsWithTheFirstMailThatLeft(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	entry := func(id crm.EntryID, key crm.Key, days int) crm.Entry {
		return crm.Entry{ID: id, Key: key, On: 42, Confirmed: true, At: noon.AddDate(0, 0, days)}
	}
	claimed := func(e crm.Entry) crm.Entry { e.Confirmed = false; return e }
	third := crm.ReminderKey(42, 30)
	for name, c := range map[string]struct {
		key     crm.Key
		entries []crm.Entry
		want    crm.EntryID
	}{
		"none was sent": {third, nil, 0},
		"the earliest counts, in any order": {
			third, []crm.Entry{entry(2, crm.ReminderKey(42, 15), 8), entry(1, crm.ReminderKey(42, 7), 0)}, 1,
		},
		"of the same second, the lower id": {
			third, []crm.Entry{entry(2, crm.ReminderKey(42, 7), 0), entry(1, crm.ReminderKey(42, 15), 0)}, 1,
		},
		"a claim is no mail":     {third, []crm.Entry{claimed(entry(1, crm.ReminderKey(42, 7), 0)), entry(2, crm.ReminderKey(42, 15), 8)}, 2},
		"nobody answers oneself": {crm.ReminderKey(42, 7), []crm.Entry{entry(1, crm.ReminderKey(42, 7), 0)}, 0},
		"a questionnaire is another conversation": {
			third, []crm.Entry{entry(1, crm.QuestionnaireKey(crm.Feedback, 42, 9), 0)}, 0,
		},
		"what a merge brought counts": {third, []crm.Entry{entry(1, crm.ReminderKey(41, 7), 0)}, 1},
		"but one's own counts more": {
			third, []crm.Entry{entry(1, crm.ReminderKey(41, 7), 0), entry(2, crm.ReminderKey(42, 15), 8)}, 2,
		},
		"the reminder of a questionnaire answers it": {
			crm.QuestionnaireKey(crm.FeedbackReminder, 42, 9),
			[]crm.Entry{entry(1, crm.QuestionnaireKey(crm.Feedback, 42, 8), 0), entry(2, crm.QuestionnaireKey(crm.Feedback, 42, 9), 1)},
			2,
		},
		"a questionnaire answers nothing": {
			crm.QuestionnaireKey(crm.Feedback, 42, 9), []crm.Entry{entry(1, crm.QuestionnaireKey(crm.Feedback, 42, 8), 0)}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, found := crm.Record{Entries: c.entries}.Opening(c.key)
			assert.Equal(t, c.want, first.ID)
			assert.Equal(t, c.want != 0, found)
		})
	}
}
