package run_test

import (
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
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// diary is a process's journal. The dead write nothing.
type diary struct {
	*state.Journal
	process *process
}

func (d *diary) dead() bool {
	d.process.mu.Lock()
	defer d.process.mu.Unlock()
	return d.process.die > 0 && d.process.steps >= d.process.die
}

func (d *diary) Begun(messageID string) error {
	if d.dead() {
		return errKilled
	}
	return d.Journal.Begun(messageID)
}

func (d *diary) Ended(messageID string, sent bool) {
	if !d.dead() {
		d.Journal.Ended(messageID, sent)
	}
}

// onHost is a run on the host with the folder; over ends its hold on it.
func onHost(t testing.TB, p *process, dir, token string) (r *run.Remind, items *sink, over func()) {
	t.Helper()
	journal, err := state.OpenJournal(dir, state.Job{Command: "remind"}, token, p.now(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	r, items, _ = reminders(t, p, token)
	r.Courier.Journal = &diary{Journal: journal, process: p}
	return r, items, func() { require.NoError(t, journal.Close()) }
}

// killedAfter is an office whose run on the host died after so many of thirty
// mails, when the next one was in hand.
func killedAfter(t testing.TB, dir string, mails int) *office {
	t.Helper()
	o := newOffice().open(1, 30, 7)
	p := &process{office: o}
	p.before = func(call string) error {
		if call == "Send" && len(o.left) == mails {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.die = p.steps + 1
		}
		return nil
	}
	r, _, over := onHost(t, p, dir, "dead")
	_ = r.Run(t.Context()) // It is killed.
	over()
	require.Len(t, o.left, mails+1, "the one in hand left, too")
	return o
}

func TestTheNextRunOfTheHostIsInDoubtAboutTheMailInHandAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wait time.Duration
		// spared is how many notes say that a mail did not leave.
		spared int
	}{
		{0, 0},
		{ledger.LastData - time.Second, 0},
		{ledger.LastData, 11},
		{ledger.Life, 11},
		{24 * time.Hour, 11},
	} {
		t.Run(c.wait.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o := killedAfter(t, dir, 8)
			o.pass(c.wait)
			r, items, over := onHost(t, &process{office: o}, dir, "next")
			require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
			over()
			want := []string{"failed 9 uncertain: a run died while it had this mail in hand; it may have left"}
			for _, id := range span(10, 30) {
				want = append(want, fmt.Sprintf("sent %d", id))
			}
			assert.Equal(t, want, items.lines())
			for id := crm.OpportunityID(1); id <= 30; id++ {
				e, _ := o.entry(id)
				assert.Equal(t, id != 9, e.Confirmed, "%d", id)
				assert.Len(t, o.left[client(id)], 1)
			}
			spared := 0
			for _, note := range o.notes() {
				if strings.HasPrefix(note, "spared ") {
					assert.Contains(t, note, "Reminder of day 7: its sending was cut off before it began. It is sent again if it is still due.")
					spared++
				}
			}
			assert.Equal(t, c.spared, spared)
			assert.Equal(t, span(9, 9), doubted(t, o))
		})
	}
}

func TestADoubtThatTheHostKnowsBetterIsClosedAsSent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := killedAfter(t, dir, 8)
	o.pass(ledger.Life)
	other, _, _ := reminders(t, &process{office: o}, "other")
	require.ErrorIs(t, other.Run(t.Context()), run.ErrFailures)
	require.Equal(t, span(1, 20), doubted(t, o), "a host without the journal has one window in doubt")

	r, items, over := onHost(t, &process{office: o}, dir, "next")
	require.NoError(t, r.Run(t.Context()))
	over()
	assert.Empty(t, items.items)
	assert.Equal(t, span(9, 20), doubted(t, o), "what is noted may have been decided about, and is not sent again")
	assert.Len(t, o.left, 9+10)
}

// Beside the host of a dead run, others judge its claims, and people decide
// about them: at each moment of the one, all of the other.
func TestWhoeverJudgesADeadRunBesideItsHostMailsNobodyTwice(t *testing.T) {
	t.Parallel()
	type act func(t *testing.T, o *office) error
	never := span(10, 20) // These were never begun, and count as uncertain elsewhere.
	elsewhere := map[string]func(r *run.Remind) act{
		"another host runs": func(r *run.Remind) act {
			return func(t *testing.T, _ *office) error { t.Helper(); return r.Run(t.Context()) }
		},
		"a person says unsent": func(r *run.Remind) act {
			return func(t *testing.T, _ *office) error { t.Helper(); return r.Settle(t.Context(), never, false) }
		},
		"a person says sent": func(r *run.Remind) act {
			return func(t *testing.T, _ *office) error { t.Helper(); return r.Settle(t.Context(), never, true) }
		},
	}
	for name, do := range elsewhere {
		for _, hostFirst := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, within the other: %t", name, hostFirst), func(t *testing.T) {
				t.Parallel()
				for moment := 1; ; moment++ {
					dir := t.TempDir()
					o := killedAfter(t, dir, 8)
					o.pass(ledger.Life)
					host, there := &process{office: o}, &process{office: o}
					onThis, _, over := onHost(t, host, dir, "next")
					r, _, _ := reminders(t, there, "other")
					outer, inner := host, func() { _ = do(r)(t, o) } // Doubts are failures.
					last := func() { _ = onThis.Run(t.Context()) }
					if hostFirst {
						outer, inner, last = there, last, inner
					}
					calls := 0
					outer.before = func(string) error {
						if calls++; calls == moment {
							inner()
						}
						return nil
					}
					last()
					over()
					if calls < moment {
						require.Greater(t, moment, 8, "there are so many moments")
						return
					}
					checkOnce(t, o, 30)
					// Whatever they left is done by those that come, and nobody is forgotten.
					for _, token := range []string{"later", "last"} {
						o.pass(ledger.Life)
						later, _, over := onHost(t, &process{office: o}, dir, token)
						err := later.Run(t.Context())
						require.True(t, err == nil || errors.Is(err, run.ErrFailures), "%v", err)
						over()
					}
					checkOnce(t, o, 30)
					open := doubted(t, o)
					for id := crm.OpportunityID(1); id <= 30; id++ {
						e, _ := o.entry(id)
						require.True(t, e.Confirmed || slices.Contains(open, id), "moment %d: client %d is forgotten", moment, id)
						if name != "a person says sent" {
							require.True(t, len(o.left[client(id)]) == 1 || slices.Contains(open, id), "moment %d: client %d has no mail", moment, id)
						}
					}
				}
			})
		}
	}
}

func TestHostsWithJournalsThatOverlapAndDieMailEachClientOnce(t *testing.T) {
	t.Parallel()
	const clients = 70
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			o := newOffice().open(1, clients, 7)
			trouble(o, random, clients)
			dirs := []string{t.TempDir(), t.TempDir(), t.TempDir()}
			killed := 0
			for round := range 5 {
				var runs []func(before func(string) error)
				var ends []func()
				for i, dir := range dirs {
					p := &process{office: o}
					if random.IntN(2) == 0 {
						p.die = 5 + random.IntN(120)
						killed++
					}
					r, _, over := onHost(t, p, dir, fmt.Sprintf("r%dh%d", round, i))
					ends = append(ends, over)
					runs = append(runs, func(before func(string) error) {
						p.before = before
						_ = r.Run(t.Context()) // It may be killed, or find doubts.
					})
				}
				// A person, on a host of his own, who knows what did not leave.
				person, _, _ := reminders(t, &process{office: o}, fmt.Sprintf("p%d", round))
				never := slices.DeleteFunc(doubted(t, o), func(id crm.OpportunityID) bool { return len(o.left[client(id)]) > 0 })
				runs = append(runs, func(before func(string) error) {
					if p, ok := person.Odoo.(*process); ok && len(never) > 0 {
						p.before = before
						_ = person.Settle(t.Context(), never, false)
					}
				})
				interleaved(random, runs)
				for _, over := range ends {
					over()
				}
				checkOnce(t, o, clients)
				o.pass([]time.Duration{0, time.Minute, ledger.LastData, ledger.Life + time.Second}[random.IntN(4)])
			}
			maps.DeleteFunc(o.script, func(_ string, a answer) bool { return !errors.Is(a.err, noClient) })
			for range 2 {
				for _, dir := range dirs {
					o.pass(ledger.Life + time.Second)
					r, _, over := onHost(t, &process{office: o}, dir, "end")
					err := r.Run(t.Context())
					require.True(t, err == nil || err == run.ErrFailures, "%v", err) //nolint:errorlint // Nothing else may be in it.
					over()
				}
			}
			checkOnce(t, o, clients)
			checkComplete(t, o, clients, killed)
		})
	}
}
