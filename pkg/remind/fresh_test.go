package remind_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestCallsToOdooAreFew(t *testing.T) {
	t.Parallel()
	t.Run("when nothing is due", func(t *testing.T) {
		t.Parallel()
		p := &ledgertest.Process{Backend: ledgertest.NewBackend().Open(1, 3, 6)}
		r, _, _ := reminders(t, p, "a")
		r.Guard = run.Guard{MaxRecords: 200, MaxShare: 0.2}
		require.NoError(t, r.Run(t.Context()))
		assert.Equal(t, []string{"OpenClaims", "Due"}, p.Calls)
	})
	t.Run("when nothing is due and doubts wait for a decision", func(t *testing.T) {
		t.Parallel()
		o := ledgertest.NewBackend().Open(1, 3, 12)
		o.AddClaims("dead", ledger.ClaimTTL, 1, 2, 3)
		first, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
		require.ErrorIs(t, first.Run(t.Context()), run.ErrFailures)
		p := &ledgertest.Process{Backend: o}
		r, _, _ := reminders(t, p, "b")
		r.Guard = run.Guard{MaxRecords: 200, MaxShare: 0.2}
		require.NoError(t, r.Run(t.Context()))
		assert.Equal(t, []string{"OpenClaims", "History", "Due"}, p.Calls)
	})
	for name, c := range map[string]struct {
		due, dead    crm.OpportunityID
		reads, count int
	}{
		"what is due is read once":                                 {due: 3, reads: 1},
		"it is read again if something was settled in between":     {due: 3, dead: 2, reads: 2},
		"more than a page is counted, and its first one is reused": {due: run.PageSize + 1, reads: 2, count: 1},
		"a whole page is counted, too, as nobody knows that":       {due: run.PageSize, reads: 2, count: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, c.due, 7)
			for id := crm.OpportunityID(1); id <= c.dead; id++ {
				o.AddClaims("dead", ledger.ClaimTTL, id)
			}
			p := &ledgertest.Process{Backend: o}
			r, items, _ := reminders(t, p, "a")
			r.Guard = run.Guard{MaxRecords: 300, MaxShare: 0.2}
			if err := r.Run(t.Context()); c.dead == 0 {
				require.NoError(t, err)
			}
			assert.Len(t, items.Lines(), int(c.due))
			called := map[string]int{}
			for _, call := range p.Calls {
				called[call]++
			}
			assert.Equal(t, c.reads, called["Due"])
			assert.Equal(t, c.count, called["CountDue"])
		})
	}
	t.Run("for a page of mails", func(t *testing.T) {
		t.Parallel()
		p := &ledgertest.Process{Backend: ledgertest.NewBackend().Open(1, 200, 7)}
		r, _, _ := reminders(t, p, "a")
		require.NoError(t, r.Run(t.Context()))
		// A claim is two calls of Odoo's, a load and a read.
		assert.LessOrEqual(t, len(p.Calls)+1, 2*12)
	})
}

func TestWhatIsMailedWasReadLessThanAMinuteBefore(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]ledgertest.Process{
		"with a quick Odoo and a slow mail server": {MailTakes: 2 * time.Second},
		"with a slow Odoo":                         {CallTakes: 3 * time.Second, MailTakes: 100 * time.Millisecond},
		"with an Odoo that takes its time":         {CallTakes: 8 * time.Second, MailTakes: 100 * time.Millisecond},
		"with both slow":                           {CallTakes: 5 * time.Second, MailTakes: 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, 90, 7)
			p.Backend = o
			r, items, _ := reminders(t, &p, "a")
			require.NoError(t, r.Run(t.Context()))
			assert.Empty(t, o.Stale)
			assert.Len(t, o.Mails, 90)
			for id, mails := range o.Mails {
				assert.Len(t, mails, 1, id)
			}
			assert.Len(t, items.Items, 90, "each is reported once, however often it was read")
		})
	}
}

func TestWhatChangedBetweenReadingAndMailingIsLeftAlone(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 60, 7)
	o.Replies[ledgertest.Client(10)] = ledgertest.Reply{During: func(context.Context) error {
		o.Change(40, func(l *crm.Opportunity) { l.Stage.Won = true })
		o.Change(41, func(l *crm.Opportunity) { l.Active = false })
		o.Write(42, o.Now(), true)
		o.DeleteOpportunity(43)
		return nil
	}}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o, MailTakes: 2 * time.Second}, "a")
	require.NoError(t, r.Run(t.Context()))
	skipped := map[string]bool{}
	for _, line := range items.Lines() {
		if strings.HasPrefix(line, "skipped") {
			skipped[line] = true
		}
	}
	assert.Equal(t, map[string]bool{
		"skipped 40 won": true, "skipped 41 gone": true, "skipped 42 replied": true, "skipped 43 gone": true,
	}, skipped)
	assert.Len(t, items.Items, 60)
	assert.Len(t, o.Mails, 56)
}

func TestWhatIsClaimedAtOnceIsWhatCanBeMailedInTime(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 250, 7)
	p := &ledgertest.Process{Backend: o, MailTakes: 3 * time.Second}
	r, _, _ := reminders(t, p, "a")
	require.NoError(t, r.Run(t.Context()))
	assert.Len(t, o.Mails, 250)
	// Sixteen mails fit between reading and the end of what is fresh.
	assert.Less(t, int(o.Last), 250+250*3, "far fewer claims are made in vain than if all were claimed each time")
}

func TestAnOdooThatIsTooSlowEndsInFailuresAndNotInALoop(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 3, 7)
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o, CallTakes: 20 * time.Second}, "a")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{
		"failed 1: not begun in 3 attempts: Odoo answers too slowly", "failed 2: not begun in 3 attempts: Odoo answers too slowly",
		"failed 3: not begun in 3 attempts: Odoo answers too slowly",
	}, items.Lines())
	assert.Empty(t, o.Mails)
	assert.Empty(t, o.Entries())
}

func TestEverythingIsReportedWhenOdooIsLostWhileItIsReadAgain(t *testing.T) {
	t.Parallel()
	broken := errors.New("Odoo is not there")
	for _, call := range []string{"Opportunities", "History"} {
		o := ledgertest.NewBackend().Open(1, 60, 7)
		seen := 0
		p := &ledgertest.Process{Backend: o, MailTakes: 2 * time.Second, Before: func(name string) error {
			if name == call {
				seen++
			}
			if name == call && (call == "Opportunities" || seen == 2) {
				return broken
			}
			return nil
		}}
		r, items, _ := reminders(t, p, "a")
		require.ErrorIs(t, r.Run(t.Context()), broken)
		assert.Contains(t, items.Lines(), "sent 1")
		assert.Contains(t, items.Lines(), "skipped 60 interrupted")
		assert.Len(t, items.Items, 60)
	}
}
