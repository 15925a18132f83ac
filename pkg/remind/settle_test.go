package remind_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// inDoubt is a backend in which a run has found that the mails to the first
// clients are uncertain.
func inDoubt(t *testing.T, clients crm.OpportunityID) *ledgertest.Backend {
	t.Helper()
	o := ledgertest.NewBackend().Open(1, clients, 7)
	o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, clients)...)
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "finder")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	o.Pass(time.Hour)
	return o
}

// settled is what `remind settle` does and reports.
func settled(t *testing.T, o *ledgertest.Backend, only []crm.OpportunityID, sent bool) []string {
	t.Helper()
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "person")
	require.NoError(t, r.Settle(t.Context(), only, sent))
	return items.Lines()
}

func TestADoubtIsShownUntilAPersonDecides(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 2)
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "look")
	doubts, err := r.Uncertain(t.Context())
	require.NoError(t, err)
	require.Len(t, doubts, 2)
	step := 7
	item := report.Item{Opportunity: 1, Name: "Opportunity 1", Step: &step}
	assert.Equal(t, mailing.UncertainMail{Claim: doubts[0].Claim, Item: item, Noted: true}, doubts[0])
	assert.Equal(t, crm.ReminderKey(1, 7), doubts[0].Claim.Key)

	assert.Equal(t, []string{"skipped 9 already-done"}, settled(t, o, []crm.OpportunityID{9}, true))
	assert.Equal(t, []string{"sent 1"}, settled(t, o, []crm.OpportunityID{1}, true))
	assert.Equal(t, []crm.OpportunityID{2}, doubted(t, o))
	assert.Equal(t, []string{"sent 2"}, settled(t, o, nil, true))
	assert.Empty(t, doubted(t, o))
	assert.Empty(t, o.Mails)
}

func TestSettlingAsSentConfirmsTheMail(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 1)
	assert.Equal(t, []string{"sent 1"}, settled(t, o, nil, true))
	e, _ := o.Entry(ledgertest.Reminder(1))
	assert.True(t, e.Confirmed)
	assert.Contains(t, o.Notes(), "settled 1: <p>Reminder of day 7: taken as sent, by your administrator’s decision.</p>")
	assert.Equal(t, []string{"skipped 1 already-done", "skipped 9 already-done"}, settled(t, o, []crm.OpportunityID{1, 9}, true))
}

func TestSettlingAsUnsentMailsAgainUnderTheSameMessageID(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 1)
	before, _ := o.Entry(ledgertest.Reminder(1))
	assert.Equal(t, []string{"sent 1"}, settled(t, o, nil, false))
	after, _ := o.Entry(ledgertest.Reminder(1))
	before.Confirmed = true
	assert.Equal(t, before, after)
	require.Len(t, o.Mails[ledgertest.Client(1)], 1)
	assert.Contains(t, o.Mails[ledgertest.Client(1)][0].Raw, "\nMessage-ID: <crm-tool.remind.1.7.dead@example.com>\n")
	assert.Contains(t, o.Notes(), "settled 1: <p>Reminder of day 7: taken as not sent, by your administrator’s decision; it is sent again.</p>")
	assert.Empty(t, doubted(t, o))
}

func TestSettlingAsUnsentMailsOnlyWhoMayBeMailedNow(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 5)
	o.Change(1, func(l *crm.Opportunity) { l.Stage.Won = true })
	o.Change(2, func(l *crm.Opportunity) { l.Active = false })
	o.Change(3, func(l *crm.Opportunity) { l.Email = "" })
	o.Change(4, func(l *crm.Opportunity) { l.Created = l.Created.AddDate(0, -1, 0) })
	o.Replies[ledgertest.Client(5)] = ledgertest.Reply{Err: ledgertest.ErrNoClient}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "person")
	require.ErrorIs(t, r.Settle(t.Context(), nil, false), run.ErrFailures)
	assert.Equal(t, []string{"skipped 1 won", "skipped 2 gone", "skipped 3 no-email", "sent 4", "failed 5: 550 5.1.1 no such <user>"}, items.Lines())
	assert.Empty(t, doubted(t, o), "all of them are closed")
	assert.Contains(t, o.Notes(), "settled 1: <p>Reminder of day 7: taken as not sent, by your administrator’s decision. "+
		"It is not sent again: this client gets no more mails.</p>")
	assert.Len(t, o.Mails, 1)
}

func TestWhatFailsToBeMailedAgainStaysInDoubt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer ledgertest.Reply
		want   string
	}{
		{"a refusal for now", ledgertest.Reply{Err: ledgertest.ErrGreylisted}, "failed 1: 450 4.2.0 greylisted"},
		{"a connection that breaks again", ledgertest.Reply{Err: ledgertest.ErrCutOff, Leaves: true}, "failed 1 uncertain: the connection broke"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := inDoubt(t, 1)
			o.Replies[ledgertest.Client(1)] = c.answer
			r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "person")
			require.ErrorIs(t, r.Settle(t.Context(), nil, false), run.ErrFailures)
			assert.Equal(t, []string{c.want}, items.Lines())
			assert.Equal(t, mailingtest.IDs(1, 1), doubted(t, o))

			o.Replies = map[string]ledgertest.Reply{}
			assert.Equal(t, []string{"skipped 1 claimed-elsewhere"}, settled(t, o, nil, false), "a decision counts for a quarter of an hour")
			o.Pass(ledger.ClaimTTL)
			assert.Equal(t, []string{"sent 1"}, settled(t, o, nil, false))
		})
	}
}

func TestAMailServerThatIsDownEndsTheSettling(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 3)
	o.Replies[ledgertest.Client(1)] = ledgertest.Reply{Err: ledgertest.ErrUnreachable}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "person")
	require.ErrorIs(t, r.Settle(t.Context(), nil, false), ledgertest.ErrUnreachable)
	assert.Equal(t, []string{"failed 1: connection refused"}, items.Lines())
	assert.Equal(t, mailingtest.IDs(1, 3), doubted(t, o))
	assert.Len(t, o.Notes(), 4, "about the others nothing is decided")
}

func TestOfTwoPeopleOneDecides(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 1)
	entered := false
	p := &ledgertest.Process{Backend: o, Before: func(name string) error {
		if name == "Note" && !entered {
			entered = true
			assert.Equal(t, []string{"sent 1"}, settled(t, o, nil, false))
		}
		return nil
	}}
	r, items, _ := reminders(t, p, "other")
	require.NoError(t, r.Settle(t.Context(), nil, false))
	assert.Equal(t, []string{"skipped 1 claimed-elsewhere"}, items.Lines())
	assert.Len(t, o.Mails[ledgertest.Client(1)], 1)
}

func TestEachDoubtIsDecidedOnWhatOdooSaysThen(t *testing.T) {
	t.Parallel()
	o := inDoubt(t, 20)
	o.Replies[ledgertest.Client(1)] = ledgertest.Reply{During: func(context.Context) error {
		o.Change(20, func(l *crm.Opportunity) { l.Stage.Won = true })
		o.Write(19, o.Now(), true)
		o.DeleteOpportunity(18)
		return nil
	}}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o, CallTakes: 2 * time.Second, MailTakes: 8 * time.Second}, "person")
	require.NoError(t, r.Settle(t.Context(), nil, false))
	assert.Equal(t, []string{"sent 17", "skipped 18 gone", "skipped 19 replied", "skipped 20 won"}, items.Lines()[16:])
	assert.Empty(t, o.Stale)
}

func TestSettlingLeavesTheUnsentToBeMailed(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 60, 7)
	o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, 60)...)
	// No run has come since: the person decides about what nobody noted.
	for range 2 {
		settled(t, o, nil, true)
	}
	assert.Empty(t, doubted(t, o))
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, items.Items, 40)
	assert.Len(t, o.Mails, 40)
}

func TestSettlingStopsWithTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("Odoo is not there")
	for _, call := range []string{"OpenClaims", "History", "Settled", "Opportunities", "Release", "Note", "Confirm", "Salespeople"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, 30, 7)
			o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, 30)...)
			p := &ledgertest.Process{Backend: o, Before: func(name string) error {
				if name == call {
					return broken
				}
				return nil
			}}
			r, _, _ := reminders(t, p, "person")
			require.ErrorIs(t, r.Settle(t.Context(), nil, true), broken)
		})
	}
	t.Run("or when the run may not begin", func(t *testing.T) {
		t.Parallel()
		p := &ledgertest.Process{Backend: inDoubt(t, 1)}
		r, _, _ := reminders(t, p, "person")
		r.Begin = func(context.Context) error { return broken }
		require.ErrorIs(t, r.Settle(t.Context(), nil, true), broken)
		assert.NotContains(t, p.Calls, "Note")
	})
	t.Run("or when the person gives up", func(t *testing.T) {
		t.Parallel()
		o := inDoubt(t, 3)
		ctx, stop := context.WithCancelCause(t.Context())
		o.Replies[ledgertest.Client(2)] = ledgertest.Reply{During: func(context.Context) error { stop(broken); return nil }}
		r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "person")
		require.ErrorIs(t, r.Settle(ctx, nil, false), broken)
		assert.Equal(t, []string{"sent 1", "sent 2"}, items.Lines(), "the mail in hand is finished")
	})
}
