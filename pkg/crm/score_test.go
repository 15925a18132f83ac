package crm_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestTheSubjectOfANoteTellsTheScore(t *testing.T) {
	t.Parallel()
	for score, want := range map[float64]string{0: "0/100", 100: "100/100", 62.5: "62.5/100", 125.0 / 3: "41.66/100", 49.999: "49.99/100"} {
		subject := crm.ScoreSubject(score)
		assert.Equal(t, want, subject)
		read, ok := crm.Entry{Key: crm.AnswerKey(1, 2), Subject: subject}.Score()
		assert.True(t, ok)
		assert.InDelta(t, score, read, 0.01)
		assert.LessOrEqual(t, read, score)
	}
	for subject, want := range map[string]float64{"From 10/100 : 35/100": 35, "Chairs: 7.25/100": 7.25} {
		read, ok := crm.Entry{Key: crm.AnswerKey(1, 2), Subject: subject}.Score()
		assert.True(t, ok, subject)
		assert.InDelta(t, want, read, 0)
	}
	for _, subject := range []string{"", "35", "35/100 chairs", "1.234/100", "1234/100", "Your request"} {
		_, ok := crm.Entry{Key: crm.AnswerKey(1, 2), Subject: subject}.Score()
		assert.False(t, ok, subject)
	}
	_, ok := crm.Entry{Key: crm.ReminderKey(1, 7), Subject: "35/100"}.Score()
	assert.False(t, ok, "a mail about 35/100")
}
