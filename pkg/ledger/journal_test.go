package ledger_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// host is where the runs of one folder happen, one at a time.
type host struct {
	*world
	dir string
}

// diary is a process's journal: a kill can fall before and after each line.
type diary struct {
	*state.Journal
	process *process
}

var _ ledger.Journal = (*diary)(nil)

func (d *diary) Begun(messageID string) error {
	if err := d.process.step(func() {}); err != nil {
		return err
	}
	var noting error
	return errors.Join(d.process.step(func() { noting = d.Journal.Begun(messageID) }), noting)
}

func (d *diary) Ended(messageID string, sent bool) {
	if d.process.step(func() {}) == nil {
		_ = d.process.step(func() { d.Journal.Ended(messageID, sent) }) // The dead note nothing.
	}
}

// run returns a run of the host; after it the journal is closed, as by its end.
func (h host) run(t *testing.T, p *process, token string) *ledger.Courier {
	t.Helper()
	journal, err := state.OpenJournal(h.dir, state.Job{Command: "remind"}, token, h.now(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	c := courier(p, token)
	c.Journal = &diary{Journal: journal, process: p}
	return c
}

func (h host) over(t *testing.T, c *ledger.Courier) {
	t.Helper()
	d, ok := c.Journal.(*diary)
	require.True(t, ok)
	require.NoError(t, d.Close())
}

// doubtful counts the clients whose mail's outcome the server keeps to itself.
func (w *world) doubtful() int {
	n := 0
	for _, r := range w.script {
		if errors.Is(r.err, unknown) {
			n++
		}
	}
	return n
}

// checkKnown makes sure of what a host concludes from its journal.
func checkKnown(t *testing.T, w *world, v ledger.Verdicts, batch crm.OpportunityID, most int, when string) {
	t.Helper()
	require.Empty(t, v.Alive, when)
	require.LessOrEqual(t, len(v.Uncertain), most, when)
	unsent, sent, unknown := map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}
	for _, e := range slices.Concat(v.Unsent, v.Spared) {
		unsent[e.On] = true
	}
	for _, e := range v.Sent {
		sent[e.On] = true
	}
	for _, e := range slices.Concat(v.Uncertain, v.Noted) {
		unknown[e.On] = true
	}
	for id := crm.OpportunityID(1); id <= batch; id++ {
		e, claimed := w.reminder(id)
		left := w.left[client(id)] > 0
		require.LessOrEqual(t, w.left[client(id)], 1, "%s: client %d is mailed twice", when, id)
		require.False(t, left && unsent[id], "%s: the mail of %d left and counts as unsent", when, id)
		require.False(t, !left && (sent[id] || e.Confirmed), "%s: the mail of %d never left and counts as sent", when, id)
		require.True(t, !left || e.Confirmed || sent[id] || unknown[id], "%s: the mail of %d left and is forgotten", when, id)
		require.True(t, !claimed || e.Confirmed || sent[id] || unsent[id] || unknown[id], "%s: the claim of %d waits", when, id)
	}
}

func TestWithAJournalOnlyTheMailsInHandAreUncertainWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	const batch = 30
	for _, c := range []struct {
		name        string
		connections int
		prepare     func(*world)
	}{
		{"all are taken", 1, func(*world) {}},
		{"with a mixture of answers", 1, func(w *world) { mixed(w, batch, 1) }},
		{"over three connections", 3, func(w *world) {
			for id := crm.OpportunityID(1); id <= batch; id++ {
				w.script[id] = reply{err: map[crm.OpportunityID]error{2: noClient, 5: greylist}[id%7]}
			}
			w.script[4], w.script[25] = reply{err: unknown}, reply{err: unknown, left: true}
		}},
	} {
		for _, wait := range []time.Duration{0, ledger.LastData, ledger.Life} {
			t.Run(fmt.Sprintf("%s, after %s", c.name, wait), func(t *testing.T) {
				t.Parallel()
				for die := 1; ; die++ {
					h := host{world: newWorld(), dir: t.TempDir()}
					c.prepare(h.world)
					p := &process{world: h.world, die: die}
					run := h.run(t, p, "a")
					run.Connections = c.connections
					_, err := run.Deliver(t.Context(), mails("a", 1, batch), soon)
					h.over(t, run)
					if p.steps < die {
						require.NoError(t, err)
						require.Greater(t, die, 150, "there are so many moments to die at")
						return
					}
					h.pass(wait)
					next := h.run(t, &process{world: h.world}, "b")
					// What the server kept to itself, too, can be not noted yet.
					checkKnown(t, h.world, h.judgeKnowing(next.Fate), batch, c.connections+h.doubtful(), fmt.Sprintf("died after step %d", die))
					h.over(t, next)
				}
			})
		}
	}
}

func TestEachKillLeavesAtMostTheMailsInHandUncertain(t *testing.T) {
	t.Parallel()
	const batch, kills, connections = 90, 8, 2
	for seed := range uint64(25) {
		random := rand.New(rand.NewPCG(seed, 2))
		w := newWorld()
		hosts := []host{{world: w, dir: t.TempDir()}, {world: w, dir: t.TempDir()}}
		for i := range kills {
			h := hosts[random.IntN(len(hosts))]
			p := &process{world: w, die: 1 + random.IntN(300)}
			c := h.run(t, p, fmt.Sprintf("r%d", i))
			c.Connections = connections
			_ = recoverAs(t.Context(), c, p, batch)
			h.over(t, c)
			// The same host goes on, at once or later, before any other may judge.
			w.pass([]time.Duration{0, time.Minute, ledger.LastData, ledger.Life - time.Second}[random.IntN(4)])
			again := &process{world: w}
			c = h.run(t, again, fmt.Sprintf("s%d", i))
			checkKnown(t, w, onlyOf(h.judgeKnowing(c.Fate), c), batch, connections, fmt.Sprintf("seed %d, kill %d", seed, i))
			require.NoError(t, recoverAs(t.Context(), c, again, crm.OpportunityID(1+random.IntN(batch))))
			h.over(t, c)
		}
		for _, h := range hosts {
			p := &process{world: w}
			c := h.run(t, p, "end")
			require.NoError(t, recoverAs(t.Context(), c, p, batch))
			h.over(t, c)
		}
		open := map[crm.OpportunityID]bool{}
		for _, e := range w.judge().Noted {
			open[e.On] = true
		}
		assert.LessOrEqual(t, len(open), kills*connections)
		for id := crm.OpportunityID(1); id <= batch; id++ {
			e, _ := w.reminder(id)
			if open[id] {
				continue
			}
			require.Equal(t, 1, w.left[client(id)], "seed %d, client %d", seed, id)
			require.True(t, e.Confirmed)
		}
	}
}

// onlyOf leaves the claims of other hosts' runs out: they are theirs.
func onlyOf(v ledger.Verdicts, c *ledger.Courier) ledger.Verdicts {
	v.Alive = slices.DeleteFunc(v.Alive, func(e crm.Entry) bool { return c.Fate(e) == ledger.FateUnknown })
	return v
}
