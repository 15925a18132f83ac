package remind_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// doubted are the opportunities that Doubts lists.
func doubted(t *testing.T, o *ledgertest.Backend) []crm.OpportunityID {
	t.Helper()
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "look")
	doubts, err := r.Uncertain(t.Context())
	require.NoError(t, err)
	var list []crm.OpportunityID
	for _, d := range doubts {
		list = append(list, d.Claim.On)
	}
	return list
}

func TestClaimsOfARunThatDiedAreRecovered(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 30, 7)
	o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, 30)...)
	assert.Equal(t, mailingtest.IDs(1, 20), doubted(t, o))

	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	var want []string
	for _, id := range mailingtest.IDs(1, 20) {
		want = append(want, fmt.Sprintf("failed %d uncertain: a run died while it had this mail in hand; it may have left", id))
	}
	for _, id := range mailingtest.IDs(21, 30) {
		want = append(want, fmt.Sprintf("sent %d", id))
	}
	assert.Equal(t, want, items.Lines())
	assert.Len(t, o.Mails, 10)
	assert.Len(t, o.Notes(), 20)
	assert.Equal(t, mailingtest.IDs(1, 20), doubted(t, o))

	again, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	require.NoError(t, again.Run(t.Context()), "only the run that finds them fails")
	assert.Empty(t, items.Items)
	assert.Len(t, o.Mails, 10)
	assert.Len(t, o.Notes(), 20)
}

func TestClaimsThatAreAliveBelongToTheirRun(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	o.AddClaims("alive", ledger.ClaimTTL-time.Second, 1, 2)
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"sent 3"}, items.Lines())
	assert.Empty(t, doubted(t, o))

	only, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	only.Select.Only = mailingtest.IDs(1, 3)
	require.NoError(t, only.Run(t.Context()))
	assert.Equal(t, []string{"skipped 1 claimed-elsewhere", "skipped 2 claimed-elsewhere", "skipped 3 already-done"}, items.Lines())
}

func TestAnAnswerClosesADoubtAsSent(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	o.AddClaims("dead", ledger.ClaimTTL, 1, 2, 3)
	o.Write(1, ledgertest.Noon.Add(-time.Minute), true)
	o.Write(2, ledgertest.Noon.Add(-time.Hour), true)
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Len(t, items.Items, 2, "the answered one is no failure")
	assert.Equal(t, []crm.OpportunityID{2, 3}, doubted(t, o), "what was written before the mail is no answer to it")
	e, _ := o.Entry(ledgertest.Reminder(1))
	assert.True(t, e.Confirmed)

	// The second is answered when its note stands already.
	o.Pass(time.Hour)
	o.Write(2, o.Now(), true)
	assert.Equal(t, []crm.OpportunityID{3}, doubted(t, o))
	again, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	require.NoError(t, again.Run(t.Context()))
	assert.Empty(t, items.Items)
	e, _ = o.Entry(ledgertest.Reminder(2))
	assert.True(t, e.Confirmed)
	assert.Empty(t, o.Mails)
}

func TestWhatARunSettledShowsHowFarItCame(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 60, 7)
	o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, 60)...)
	for id := crm.OpportunityID(1); id <= 20; id++ {
		o.ChangeEntry(ledgertest.Reminder(id), confirm)
	}
	assert.Equal(t, mailingtest.IDs(21, 40), doubted(t, o))
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Len(t, o.Mails, 20)
	assert.Len(t, o.Mails[ledgertest.Client(41)], 1)
	assert.Len(t, o.Mails[ledgertest.Client(60)], 1)
}

func TestTwoRunsThatRecoverAtTheSameMomentAgree(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"History", "Settled", "Release", "Note", "Due", "Claim"} {
		t.Run("the other acts just before this one's call of "+moment, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, 60, 7)
			o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, 60)...)
			o.Write(5, ledgertest.Noon.Add(-time.Second), true) // An answer moves what counts as settled.
			other, otherItems, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
			entered := false
			p := &ledgertest.Process{Backend: o, Before: func(name string) error {
				if name != moment || entered {
					return nil
				}
				entered = true
				_ = other.Run(t.Context())
				return nil
			}}
			r, items, _ := reminders(t, p, "a")
			_ = r.Run(t.Context())

			assert.Len(t, o.Mails, 40, "the others were never begun")
			for id, mails := range o.Mails {
				assert.Len(t, mails, 1, id)
			}
			notes := 0
			for _, note := range o.Notes() {
				assert.True(t, strings.HasPrefix(note, "uncertain "), note)
				notes++
			}
			assert.Equal(t, 19, notes, "of one batch, but for the one that was answered")
			failed := map[string]int{}
			for _, line := range append(items.Lines(), otherItems.Lines()...) {
				if strings.Contains(line, "uncertain") {
					failed[line]++
				}
			}
			assert.Len(t, failed, 19)
			for line, times := range failed {
				assert.Equal(t, 1, times, line)
			}
		})
	}
}

func TestAMailThatOnlyLooksLikeOursChangesNothing(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 2, 7)
	key := crm.ReminderKey(1, 7)
	o.Forged = []crm.Entry{{ID: 99, Key: key, On: 1, Token: "x", MessageID: key.MessageID("x", "stranger.example")}}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"sent 1", "sent 2"}, items.Lines())
	again, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	require.NoError(t, again.Run(t.Context()))
	assert.Equal(t, []string{"skipped 1 already-done"}, items.Lines())
	assert.Len(t, o.Mails[ledgertest.Client(1)], 1)
}

func TestANoteSpeaksTheSalespersonsLanguage(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 1, 7)
	o.Salespeople[3] = crm.Salesperson{ID: 3, Name: "Sam", Email: "sam@example.com", Active: true, Language: "fr_CA"}
	o.AddClaims("dead", ledger.ClaimTTL, 1)
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{
		"uncertain 1: <p>Relance du jour 7 : impossible de savoir si ce message est parti (l’envoi a été interrompu). " +
			"Il ne sera pas renvoyé automatiquement. Merci de vérifier auprès du client, puis de prévenir votre administrateur.</p>",
	}, o.Notes())
}

func TestADoubtThatWasGivenBackLeavesNoTraceInTheNext(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 1, 7)
	o.AddClaims("dead", ledger.ClaimTTL, 1)
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	// A person says that it did not leave, but nobody may be mailed.
	o.Change(1, func(l *crm.Opportunity) { l.Email = "" })
	settle, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "b")
	require.NoError(t, settle.Settle(t.Context(), nil, false))
	assert.Equal(t, []string{"skipped 1 no-email"}, items.Lines())
	o.Change(1, func(l *crm.Opportunity) { l.Email = ledgertest.Client(1) })

	// The next run claims it anew and dies.
	o.AddClaims("dead2", ledger.ClaimTTL, 1)
	assert.Equal(t, mailingtest.IDs(1, 1), doubted(t, o))
	next, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "c")
	require.ErrorIs(t, next.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{"failed 1 uncertain: a run died while it had this mail in hand; it may have left"}, items.Lines())
	assert.Len(t, o.Notes(), 3)
}
