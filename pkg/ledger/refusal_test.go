package ledger_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// saying is a refusal without a reason, in other words.
func saying(text string) error {
	return &ledgertest.DeliveryError{Text: text, Kind: ledger.FailureClientPerhaps}
}

func TestARefusalWithoutAReasonSpeaksOfTheClientOnlyIfOthersAreTaken(t *testing.T) {
	t.Parallel()
	const S, F, R, N = ledger.Sent, ledger.Failed, ledger.Refused, ledger.NotBegun
	no, relay := ledgertest.ErrNoReason, ledgertest.ErrRelay
	for _, c := range []struct {
		name    string
		answers []error
		want    []ledger.Outcome
		err     error
		asked   string
	}{
		{"one client, and others before and after", []error{nil, no, nil}, []ledger.Outcome{S, R, S}, nil, ""},
		{"the first client", []error{no, nil, nil}, []ledger.Outcome{R, S, S}, nil, ""},
		{"the last client: another one is asked about", []error{nil, nil, no}, []ledger.Outcome{S, S, R}, nil, "ask about client2@client.example"},
		{"two clients, in other words", []error{no, nil, saying("550 nobody"), nil}, []ledger.Outcome{R, S, R, S}, nil, ""},
		{"not two clients, in the same words", []error{no, nil, no, nil}, []ledger.Outcome{F, S, F, S}, nil, ""},
		{"not every client", []error{no, no, no}, []ledger.Outcome{F, F, F}, no, ""},
		{"not the only client", []error{no}, []ledger.Outcome{F}, no, ""},
		{"not in words about the sender", []error{nil, relay, nil}, []ledger.Outcome{S, F, S}, nil, ""},
		{"not in words about the sender to all", []error{relay, relay}, []ledger.Outcome{F, F}, relay, ""},
		{"ten in a row end the run", []error{no, no, no, no, no, no, no, no, no, no, nil}, []ledger.Outcome{F, F, F, F, F, F, F, F, F, F, N}, no, ""},
		{"nine do not", []error{no, no, no, no, no, no, no, no, no, nil}, []ledger.Outcome{F, F, F, F, F, F, F, F, F, S}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := ledgertest.NewBackend()
			for i, err := range c.answers {
				w.Reply(crm.OpportunityID(i+1), reply{Err: err, Early: err != nil})
			}
			results, err := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a").
				Deliver(t.Context(), ledgertest.Mails("a", 1, crm.OpportunityID(len(c.answers))), soon)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.want, outcomes(results))
			var notes []string
			for i, o := range c.want {
				if o == R {
					notes = append(notes, "refused "+words([]crm.OpportunityID{crm.OpportunityID(i + 1)})+": refused "+
						client(crm.OpportunityID(i+1))+": "+c.answers[i].Error())
				}
				_, claimed := reminder(w, crm.OpportunityID(i+1))
				assert.Equal(t, o == S, claimed)
			}
			assert.Equal(t, notes, w.Notes(), "nobody else is marked")
			if c.asked != "" {
				assert.Contains(t, w.Log, c.asked)
			} else {
				assert.NotContains(t, words(w.Log), "ask about")
			}
		})
	}
}

func TestAServerThatHasHadEnoughMailsMarksNobody(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 30; n++ {
		w := ledgertest.NewBackend()
		s := &exhausted{Process: &ledgertest.Process{Backend: w}, left: n - 1}
		c := ledgertest.Courier(s.Process, "a")
		c.Sender, c.Connections = s, 2
		results, err := c.Deliver(t.Context(), ledgertest.Mails("a", 1, 30), soon)
		require.ErrorIs(t, err, ledgertest.ErrNoReason, "from mail %d on", n)
		assert.NotContains(t, outcomes(results), ledger.Refused)
		assert.Empty(t, w.Notes())
		assert.Len(t, w.Mails, n-1)
	}
}

func TestALaterPageKnowsWhatTheServerSaidOfAnEarlierOne(t *testing.T) {
	t.Parallel()
	w := ledgertest.NewBackend()
	for _, id := range []crm.OpportunityID{2, 4} {
		w.Reply(id, reply{Err: ledgertest.ErrNoReason, Early: true})
	}
	c := ledgertest.Courier(&ledgertest.Process{Backend: w}, "a")
	for _, page := range []struct {
		first, last crm.OpportunityID
		want        []ledger.Outcome
	}{
		{1, 1, []ledger.Outcome{ledger.Sent}},
		{2, 2, []ledger.Outcome{ledger.Refused}},
		{3, 4, []ledger.Outcome{ledger.Sent, ledger.Failed}},
	} {
		results, err := c.Deliver(t.Context(), ledgertest.Mails("a", page.first, page.last), soon)
		require.NoError(t, err)
		assert.Equal(t, page.want, outcomes(results))
	}
}

// exhausted is a server that takes so many mails, and then nobody any more.
type exhausted struct {
	*ledgertest.Process
	mu   sync.Mutex
	left int
}

func (e *exhausted) take() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left == 0 {
		return ledgertest.ErrNoReason
	}
	e.left--
	return nil
}

func (e *exhausted) Send(ctx context.Context, m ledger.Mail, begin func() error) ([]string, error) {
	if err := e.take(); err != nil {
		return nil, err
	}
	return e.Process.Send(ctx, m, begin)
}

func (e *exhausted) Takes(context.Context, mail.Envelope) error { return e.take() }
