package remind_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// hostJournal is a process's journal. The dead write nothing.
type hostJournal struct {
	*state.Journal
	process *ledgertest.Process
}

func (d *hostJournal) dead() bool {
	d.process.Lock()
	defer d.process.Unlock()
	return d.process.DieAfter > 0 && d.process.Steps >= d.process.DieAfter
}

func (d *hostJournal) Begun(messageID string) error {
	if d.dead() {
		return ledgertest.ErrKilled
	}
	return d.Journal.Begun(messageID)
}

func (d *hostJournal) Ended(messageID string, sent bool) {
	if !d.dead() {
		d.Journal.Ended(messageID, sent)
	}
}

// onHost is a run on the host with the folder; over ends its hold on it.
func onHost(t testing.TB, p *ledgertest.Process, dir, token string) (r *remind.Run, items *mailingtest.Sink, over func()) {
	t.Helper()
	journal, err := state.OpenJournal(dir, state.Job{Command: "remind"}, token, p.Now(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	r, items, _ = reminders(t, p, token)
	r.Courier.Journal = &hostJournal{Journal: journal, process: p}
	return r, items, func() { require.NoError(t, journal.Close()) }
}

// killedAfter is a backend whose run on the host died after so many of thirty
// mails, when the next one was in hand.
func killedAfter(t testing.TB, dir string, mails int) *ledgertest.Backend {
	t.Helper()
	o := ledgertest.NewBackend().Open(1, 30, 7)
	p := &ledgertest.Process{Backend: o}
	p.Before = func(call string) error {
		if call == "Send" && len(o.Mails) == mails {
			p.Lock()
			defer p.Unlock()
			p.DieAfter = p.Steps + 2 // After the server has the mail.
		}
		return nil
	}
	r, _, over := onHost(t, p, dir, "dead")
	_ = r.Run(t.Context()) // It is killed.
	over()
	require.Len(t, o.Mails, mails+1, "the one in hand left, too")
	return o
}

func TestTheNextRunOfTheHostIsInDoubtAboutTheMailInHandAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wait time.Duration
		// unsent is how many notes say that a mail did not leave.
		unsent int
	}{
		{0, 0},
		{ledger.SendDeadline - time.Second, 0},
		{ledger.SendDeadline, 11},
		{ledger.ClaimTTL, 11},
		{24 * time.Hour, 11},
	} {
		t.Run(c.wait.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o := killedAfter(t, dir, 8)
			o.Pass(c.wait)
			r, items, over := onHost(t, &ledgertest.Process{Backend: o}, dir, "next")
			require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
			over()
			want := []string{"failed 9 uncertain: a run died while it had this mail in hand; it may have left"}
			for _, id := range mailingtest.IDs(10, 30) {
				want = append(want, fmt.Sprintf("sent %d", id))
			}
			assert.Equal(t, want, items.Lines())
			for id := crm.OpportunityID(1); id <= 30; id++ {
				e, _ := o.Entry(ledgertest.Reminder(id))
				assert.Equal(t, id != 9, e.Confirmed, "%d", id)
				assert.Len(t, o.Mails[ledgertest.Client(id)], 1)
			}
			unsent := 0
			for _, note := range o.Notes() {
				if strings.HasPrefix(note, "spared ") {
					assert.Contains(t, note, "Reminder of day 7: its sending was cut off before it began. It is sent again if it is still due.")
					unsent++
				}
			}
			assert.Equal(t, c.unsent, unsent)
			assert.Equal(t, mailingtest.IDs(9, 9), doubted(t, o))
		})
	}
}

func TestADoubtThatTheHostKnowsBetterIsClosedAsSent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := killedAfter(t, dir, 8)
	o.Pass(ledger.ClaimTTL)
	other, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "other")
	require.ErrorIs(t, other.Run(t.Context()), run.ErrFailures)
	require.Equal(t, mailingtest.IDs(1, 20), doubted(t, o), "a host without the journal has one batch in doubt")

	r, items, over := onHost(t, &ledgertest.Process{Backend: o}, dir, "next")
	require.NoError(t, r.Run(t.Context()))
	over()
	assert.Empty(t, items.Items)
	assert.Equal(t, mailingtest.IDs(9, 20), doubted(t, o), "what is noted may have been decided about, and is not sent again")
	assert.Len(t, o.Mails, 9+10)
}

// besides are what others can do about the claims of a dead run. Those of the
// mails from 10 to 20, which were never begun, count as uncertain elsewhere.
func besides() map[string]func(ctx context.Context, r *remind.Run) error {
	return map[string]func(context.Context, *remind.Run) error{
		"another host runs":    func(ctx context.Context, r *remind.Run) error { return r.Run(ctx) },
		"a person says unsent": func(ctx context.Context, r *remind.Run) error { return r.Settle(ctx, mailingtest.IDs(10, 20), false) },
		"a person says sent":   func(ctx context.Context, r *remind.Run) error { return r.Settle(ctx, mailingtest.IDs(10, 20), true) },
	}
}

// Beside the host of a dead run, others judge its claims, and people decide
// about them: at each moment of the one, all of the other.
func TestWhoeverJudgesADeadRunBesideItsHostMailsNobodyTwice(t *testing.T) {
	t.Parallel()
	for name, do := range besides() {
		for _, hostWithin := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, the host within that: %t", name, hostWithin), func(t *testing.T) {
				t.Parallel()
				moment := 1
				for judgedBeside(t, do, hostWithin, moment, name == "a person says sent") {
					moment += 11 - thorough
				}
				require.Greater(t, moment, 8, "there are so many moments")
			})
		}
	}
}

// judgedBeside lets the host's next run and the other happen, the one within
// the other at its n-th call; it is false when there are fewer calls. Closed
// says that a person may take mails for sent that were not.
func judgedBeside(t *testing.T, do func(context.Context, *remind.Run) error, hostWithin bool, n int, closed bool) bool {
	t.Helper()
	dir := t.TempDir()
	o := killedAfter(t, dir, 8)
	o.Pass(ledger.ClaimTTL)
	host, there := &ledgertest.Process{Backend: o}, &ledgertest.Process{Backend: o}
	onThis, _, over := onHost(t, host, dir, "next")
	other, _, _ := reminders(t, there, "other")
	// Doubts are failures of theirs.
	outer, within, around := host, func() { _ = do(t.Context(), other) }, func() { _ = onThis.Run(t.Context()) }
	if hostWithin {
		outer, within, around = there, around, within
	}
	calls := 0
	outer.Before = func(string) error {
		if calls++; calls == n {
			within()
		}
		return nil
	}
	around()
	over()
	if calls < n {
		return false
	}
	checkOnce(t, o, 30)
	// What they left is done by those that come, and nobody is forgotten.
	finishOn(t, o, []string{dir})
	checkOnce(t, o, 30)
	open := doubted(t, o)
	for id := crm.OpportunityID(1); id <= 30; id++ {
		e, _ := o.Entry(ledgertest.Reminder(id))
		require.True(t, e.Confirmed || slices.Contains(open, id), "moment %d: client %d is forgotten", n, id)
		require.True(t, closed || len(o.Mails[ledgertest.Client(id)]) == 1 || slices.Contains(open, id), "moment %d: client %d has no mail", n, id)
	}
	return true
}

// finishOn lets each host run twice more, with nothing in the way.
func finishOn(t *testing.T, o *ledgertest.Backend, dirs []string) {
	t.Helper()
	for range 2 {
		for _, dir := range dirs {
			o.Pass(ledger.ClaimTTL + time.Second)
			r, _, over := onHost(t, &ledgertest.Process{Backend: o}, dir, "end")
			err := r.Run(t.Context())
			requireOnlyFailures(t, err)
			over()
		}
	}
}

func TestHostsWithJournalsThatOverlapAndDieMailEachClientOnce(t *testing.T) {
	t.Parallel()
	const clients = 70
	for seed := range uint64(thorough) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			o := ledgertest.NewBackend().Open(1, clients, 7)
			trouble(o, random, clients)
			dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
			killed := 0
			for round := range 5 {
				killed += overlapping(t, o, random, dirs, round)
				checkOnce(t, o, clients)
				o.Pass([]time.Duration{0, time.Minute, ledger.SendDeadline, ledger.ClaimTTL + time.Second}[random.IntN(4)])
			}
			maps.DeleteFunc(o.Replies, func(_ string, a ledgertest.Reply) bool { return !errors.Is(a.Err, ledgertest.ErrNoClient) })
			finishOn(t, o, dirs)
			checkOnce(t, o, clients)
			checkComplete(t, o, clients, killed)
		})
	}
}

// overlapping lets a run on each host happen at the same time, and a person
// decide about doubts, on a host of their own, who knows what did not leave. It
// returns how many of the runs were to die.
func overlapping(t *testing.T, o *ledgertest.Backend, random *rand.Rand, dirs []string, round int) (killed int) {
	t.Helper()
	var runs []func(before func(string) error)
	for i, dir := range dirs {
		p := &ledgertest.Process{Backend: o, Ahead: skew(random)}
		if random.IntN(2) == 0 {
			p.DieAfter = 5 + random.IntN(120)
			killed++
		}
		r, _, over := onHost(t, p, dir, fmt.Sprintf("r%dh%d", round, i))
		defer over()
		late := random.IntN(60)
		runs = append(runs, func(before func(string) error) {
			for range late {
				_ = before("start") // It begins in the midst of the others.
			}
			p.Before = before
			_ = r.Run(t.Context()) // It may be killed, or find doubts.
		})
	}
	never := slices.DeleteFunc(doubted(t, o), func(id crm.OpportunityID) bool { return len(o.Mails[ledgertest.Client(id)]) > 0 })
	if len(never) > 0 {
		p := &ledgertest.Process{Backend: o}
		person, _, _ := reminders(t, p, fmt.Sprintf("p%d", round))
		runs = append(runs, func(before func(string) error) {
			p.Before = before
			_ = person.Settle(t.Context(), never, false) // The server may refuse.
		})
	}
	ledgertest.Simultaneously(random, runs...)
	return killed
}

// A run dies at each of its steps, and Odoo is put back to where it knew of none
// of its mails: the host's next run mails none of them again.
func TestAfterOdooWasPutBackNobodyIsMailedTwiceByTheSameHost(t *testing.T) {
	t.Parallel()
	const clients = 25
	stopped := 0
	for dies := 1; ; dies += 3 {
		dir, o := t.TempDir(), ledgertest.NewBackend().Open(1, clients, 7)
		p := &ledgertest.Process{Backend: o, DieAfter: dies}
		first, _, over := onHost(t, p, dir, "first")
		_ = first.Run(t.Context()) // It is killed.
		over()
		mailed := len(o.Mails)
		require.NoError(t, (&ledgertest.Process{Backend: o}).Release(t.Context(), crm.EntryIDs(o.Entries())))
		next, _, over := onHost(t, &ledgertest.Process{Backend: o}, dir, "next")
		err := next.Run(t.Context())
		over()
		if forgotten, ok := errors.AsType[*mailing.ForgottenError](err); ok {
			stopped++
			require.InDelta(t, mailed, forgotten.Mails, 1, "one may have been in hand")
			require.Len(t, o.Mails, mailed)
		} else {
			requireOnlyFailures(t, err)
		}
		for id := crm.OpportunityID(1); id <= clients; id++ {
			require.LessOrEqual(t, len(o.Mails[ledgertest.Client(id)]), 1, "client %d, killed after %d steps", id, dies)
		}
		if !p.Dead() {
			break
		}
	}
	require.Greater(t, stopped, clients/2)
}
