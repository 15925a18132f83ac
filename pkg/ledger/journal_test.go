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
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// host is where the runs of one folder happen, one at a time.
type host struct {
	*ledgertest.Backend
	dir string
}

// journal is a process's journal: a kill can fall before and after each line.
type journal struct {
	*state.Journal
	process *ledgertest.Process
}

var _ ledger.Journal = (*journal)(nil)

func (j *journal) Begun(messageID string) error {
	if err := j.process.Step(func() {}); err != nil {
		return err
	}
	var noting error
	return errors.Join(j.process.Step(func() { noting = j.Journal.Begun(messageID) }), noting)
}

func (j *journal) Ended(messageID string, sent bool) {
	if j.process.Step(func() {}) == nil {
		_ = j.process.Step(func() { j.Journal.Ended(messageID, sent) }) // The dead note nothing.
	}
}

// run returns a run of the host; after it the journal is closed, as by its end.
func (h host) run(t *testing.T, p *ledgertest.Process, token string) *ledger.Courier {
	t.Helper()
	file, err := state.OpenJournal(h.dir, state.Job{Command: "remind"}, token, h.Now(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	c := ledgertest.Courier(p, token)
	c.Journal = &journal{Journal: file, process: p}
	return c
}

func (h host) over(t *testing.T, c *ledger.Courier) {
	t.Helper()
	j, ok := c.Journal.(*journal)
	require.True(t, ok)
	require.NoError(t, j.Close())
}

// doubtful counts the clients for whose mail the server gives no answer.
func doubtful(w *ledgertest.Backend) int {
	n := 0
	for _, r := range w.Replies {
		if errors.Is(r.Err, ledgertest.ErrCutOff) {
			n++
		}
	}
	return n
}

// checkKnown makes sure of what a host concludes from its journal.
func checkKnown(t *testing.T, w *ledgertest.Backend, v ledger.Verdicts, batch crm.OpportunityID, most int, when string) {
	t.Helper()
	require.Empty(t, v.Alive, when)
	require.LessOrEqual(t, len(v.Uncertain), most, when)
	unsent, sent, open := map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}
	for _, e := range slices.Concat(v.Unsent, v.KnownUnsent) {
		unsent[e.On] = true
	}
	for _, e := range v.Sent {
		sent[e.On] = true
	}
	for _, e := range slices.Concat(v.Uncertain, v.Noted) {
		open[e.On] = true
	}
	for id := crm.OpportunityID(1); id <= batch; id++ {
		e, claimed := reminder(w, id)
		left := len(w.Mails[client(id)]) > 0
		require.LessOrEqual(t, len(w.Mails[client(id)]), 1, "%s: client %d is mailed twice", when, id)
		require.False(t, left && unsent[id], "%s: the mail of %d left and counts as unsent", when, id)
		require.False(t, !left && (sent[id] || e.Confirmed), "%s: the mail of %d never left and counts as sent", when, id)
		require.True(t, !left || e.Confirmed || sent[id] || open[id], "%s: the mail of %d left and is forgotten", when, id)
		require.True(t, !claimed || e.Confirmed || sent[id] || unsent[id] || open[id], "%s: the claim of %d waits", when, id)
	}
}

func TestWithAJournalOnlyTheMailsInHandAreUncertainWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	const batch = 30
	for _, c := range []struct {
		name        string
		connections int
		prepare     func(*ledgertest.Backend)
	}{
		{"all are taken", 1, func(*ledgertest.Backend) {}},
		{"with a mixture of answers", 1, func(w *ledgertest.Backend) { mixed(w, batch, 1) }},
		{"over three connections", 3, func(w *ledgertest.Backend) {
			for id := crm.OpportunityID(1); id <= batch; id++ {
				w.Reply(id, reply{Err: map[crm.OpportunityID]error{2: ledgertest.ErrNoClient, 5: ledgertest.ErrGreylisted}[id%7]})
			}
			w.Reply(4, reply{Err: ledgertest.ErrCutOff})
			w.Reply(25, reply{Err: ledgertest.ErrCutOff, Leaves: true})
		}},
	} {
		for _, wait := range []time.Duration{0, ledger.SendDeadline, ledger.ClaimTTL} {
			t.Run(fmt.Sprintf("%s, after %s", c.name, wait), func(t *testing.T) {
				t.Parallel()
				for die := 1; ; die += 11 - thorough {
					h := host{Backend: ledgertest.NewBackend(), dir: t.TempDir()}
					c.prepare(h.Backend)
					p := &ledgertest.Process{Backend: h.Backend, DieAfter: die}
					run := h.run(t, p, "a")
					run.Connections = c.connections
					_, err := run.Deliver(t.Context(), ledgertest.Mails("a", 1, batch), soon)
					h.over(t, run)
					if p.Steps < die {
						require.NoError(t, err)
						require.Greater(t, die, 150, "there are so many moments to die at")
						return
					}
					h.Pass(wait)
					next := h.run(t, &ledgertest.Process{Backend: h.Backend}, "b")
					// What the server kept to itself, too, can be not noted yet.
					checkKnown(t, h.Backend, h.Classify(next.LocalStatus), batch, c.connections+doubtful(h.Backend), fmt.Sprintf("died after step %d", die))
					h.over(t, next)
				}
			})
		}
	}
}

func TestEachKillLeavesAtMostTheMailsInHandUncertain(t *testing.T) {
	t.Parallel()
	const batch, kills, connections = 90, 8, 2
	for seed := range uint64(3 * thorough) {
		random := rand.New(rand.NewPCG(seed, 2))
		w := ledgertest.NewBackend()
		hosts := []host{{Backend: w, dir: t.TempDir()}, {Backend: w, dir: t.TempDir()}}
		for i := range kills {
			h := hosts[random.IntN(len(hosts))]
			p := &ledgertest.Process{Backend: w, DieAfter: 1 + random.IntN(300)}
			c := h.run(t, p, fmt.Sprintf("r%d", i))
			c.Connections = connections
			_ = recoverAs(t.Context(), c, p, batch)
			h.over(t, c)
			// The same host goes on, at once or later, before any other may judge.
			w.Pass([]time.Duration{0, time.Minute, ledger.SendDeadline, ledger.ClaimTTL - time.Second}[random.IntN(4)])
			again := &ledgertest.Process{Backend: w}
			c = h.run(t, again, fmt.Sprintf("s%d", i))
			checkKnown(t, w, onlyOf(h.Classify(c.LocalStatus), c), batch, connections, fmt.Sprintf("seed %d, kill %d", seed, i))
			require.NoError(t, recoverAs(t.Context(), c, again, crm.OpportunityID(1+random.IntN(batch))))
			h.over(t, c)
		}
		for _, h := range hosts {
			p := &ledgertest.Process{Backend: w}
			c := h.run(t, p, "end")
			require.NoError(t, recoverAs(t.Context(), c, p, batch))
			h.over(t, c)
		}
		open := map[crm.OpportunityID]bool{}
		for _, e := range w.Classify(unknown).Noted {
			open[e.On] = true
		}
		assert.LessOrEqual(t, len(open), kills*connections)
		for id := crm.OpportunityID(1); id <= batch; id++ {
			e, _ := reminder(w, id)
			if open[id] {
				continue
			}
			require.Equal(t, 1, len(w.Mails[client(id)]), "seed %d, client %d", seed, id)
			require.True(t, e.Confirmed)
		}
	}
}

// onlyOf leaves the claims of other hosts' runs out: they are theirs.
func onlyOf(v ledger.Verdicts, c *ledger.Courier) ledger.Verdicts {
	v.Alive = slices.DeleteFunc(v.Alive, func(e crm.Entry) bool { return c.LocalStatus(e) == ledger.LocalUnknown })
	return v
}
