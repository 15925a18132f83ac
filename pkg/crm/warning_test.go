package crm_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestAClaimOfAWarningNamesItsMailRunAndReader(t *testing.T) {
	t.Parallel()
	lead := crm.WarningKey(41, 2)
	token := crm.WarningToken("00ff00ff00ff00ff", lead, 7)
	entry := func(key crm.Key, token string) crm.Entry {
		return crm.Entry{Key: key, Token: token, MessageID: key.MessageID(token, "example.com")}
	}
	mail := "<crm-tool.warning.41.2.00ff00ff00ff00ffw41w2w7@example.com>"
	for name, c := range map[string]struct {
		entry crm.Entry
		mail  string
		run   string
		user  crm.UserID
	}{
		"the first":             {entry(lead, token), mail, "00ff00ff00ff00ff", 7},
		"another":               {entry(crm.WarningKey(42, 1), token), mail, "00ff00ff00ff00ff", 7},
		"a token of no warning": {entry(crm.WarningKey(42, 1), "00ff"), "<crm-tool.warning.42.1.00ff@example.com>", "00ff", 0},
		"an entry of another kind": {
			entry(crm.ReminderKey(42, 7), token), "<crm-tool.remind.42.7." + token + "@example.com>", token, 0,
		},
	} {
		assert.Equal(t, c.mail, c.entry.SentAs(), name)
		assert.Equal(t, c.run, c.entry.RunToken(), name)
		assert.Equal(t, c.user, c.entry.WarnedUser(), name)
	}
	key, parsed, ok := crm.ParseMessageID(mail)
	assert.True(t, ok)
	assert.Equal(t, lead, key)
	assert.Equal(t, token, parsed)
	settled := crm.WarningKey(42, 7).Note(crm.Settled)
	assert.Equal(t, "<crm-tool.settled.42.1000000000007.00ff@example.com>", settled.MessageID("00ff", "example.com"))
	assert.NotEqual(t, crm.ReminderKey(42, 7).Note(crm.Settled), settled, "a note about a reminder is not about a warning")
}
