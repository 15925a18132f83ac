package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// together returns one mail of a run about several opportunities.
func together(token string, first, last crm.OpportunityID) []ledger.Mail {
	mails := ledgertest.Mails(token, first, last)
	one := mails[0]
	for _, m := range mails[1:] {
		one.More = append(one.More, m.Claim)
	}
	return []ledger.Mail{one}
}

func TestAMailWithSeveralClaimsIsSettledAsOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply reply
		want  ledger.Outcome
		log   []string
	}{
		{"sent", reply{}, ledger.Sent, []string{"claim 2", "claim 1", "send 1", "confirm 1 2 3", "read 1 2 3"}},
		{"refused", reply{Err: ledgertest.ErrNoClient}, ledger.Refused, []string{"claim 2", "claim 1", "send 1", "note refused 1, refused 2, refused 3", "release 1 2 3"}},
		{"greylisted", reply{Err: ledgertest.ErrGreylisted}, ledger.Failed, []string{"claim 2", "claim 1", "send 1", "release 1 2 3"}},
		{"cut off", reply{Err: ledgertest.ErrCutOff}, ledger.Uncertain, []string{"claim 2", "claim 1", "send 1", "note uncertain 1, uncertain 2, uncertain 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := ledgertest.NewBackend()
			w.Reply(1, c.reply)
			results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").Deliver(t.Context(), together("a", 1, 3), soon)
			require.NoError(t, err)
			assert.Equal(t, []ledger.Outcome{c.want}, outcomes(results))
			assert.Equal(t, c.log, w.Log)
		})
	}
}

func TestAMailLeavesOnlyIfItsRunWinsAllItsClaims(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	other := &ledgertest.Process{Backend: w}
	theirs := ledgertest.Mails("b", 2, 2)[0]
	_, err := other.Claim(t.Context(), []ledger.Claim{theirs.Claim})
	require.NoError(t, err)
	w.Log = nil
	c := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a")
	results, err := c.Deliver(t.Context(), together("a", 1, 3), soon)
	require.NoError(t, err)
	assert.Equal(t, []ledger.Outcome{ledger.Lost}, outcomes(results))
	assert.Empty(t, w.Mails[client(1)])
	for _, e := range w.Entries() {
		assert.Equal(t, theirs.MessageID, e.MessageID, "all others were given back")
	}
	// Without it, the rest is told.
	rest := together("a", 1, 1)
	rest[0].More = []ledger.Claim{ledgertest.Mails("a", 3, 3)[0].Claim}
	results, err = c.Deliver(t.Context(), rest, soon)
	require.NoError(t, err)
	assert.Equal(t, []ledger.Outcome{ledger.Sent}, outcomes(results))
}

// warnings returns open claims of one mail of a dead run.
func warnings(first, last crm.OpportunityID) []crm.Entry {
	token := crm.WarningToken("00ff", crm.WarningKey(first, 1), 7)
	var list []crm.Entry
	for id := first; id <= last; id++ {
		key := crm.WarningKey(id, 1)
		list = append(list, crm.Entry{
			ID: crm.EntryID(id), Key: key, On: id, Token: token, MessageID: key.MessageID(token, "example.com"), At: ledgertest.Noon.Add(-ledger.ClaimTTL),
		})
	}
	return list
}

func TestTheClaimsOfADeadRunsMailAreJudgedAlike(t *testing.T) {
	t.Parallel()
	none := func(crm.Entry) bool { return false }
	pending := warnings(1, 2*ledger.BatchSize)
	v := ledger.Classify(pending, nil, none, unknown, ledgertest.Noon)
	assert.Len(t, v.Uncertain, len(pending), "one mail is one of its batch, however many claims it has")

	journal := sentAs{pending[0].MessageID}
	c := &ledger.Courier{Journal: journal}
	v = ledger.Classify(pending, nil, none, c.LocalStatus, ledgertest.Noon)
	assert.Len(t, v.Sent, len(pending), "the journal knows the mail by its first claim, and its run by its token")
}

// sentAs is a journal of the run 00ff that knows one mail, which left.
type sentAs struct{ messageID string }

func (sentAs) Begun(string) error { return nil }
func (sentAs) Ended(string, bool) {}
func (s sentAs) Mails() []string  { return []string{s.messageID} }
func (s sentAs) Lookup(token, messageID string) ledger.LocalStatus {
	if token == "00ff" && messageID == s.messageID {
		return ledger.LocalSent
	}
	return ledger.LocalUnknown
}
