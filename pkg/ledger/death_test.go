package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// soundness is what must hold once nobody has the batch in hand any more,
// however its run ended.
type soundness struct {
	w *ledgertest.Backend
	// batch is how many clients there are; except is not looked at.
	batch, except crm.OpportunityID
	// overtaken is how many mails can be overtaken by later ones, over several
	// connections.
	overtaken int
}

func (s soundness) check(t *testing.T, when string) {
	t.Helper()
	v := s.w.Classify(unknown)
	require.Empty(t, v.Alive, when)
	open, found := map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}
	for _, e := range slices.Concat(v.Uncertain, v.Noted) {
		open[e.On] = true
	}
	for _, e := range v.Uncertain {
		found[e.On] = true
	}
	require.Len(t, open, len(v.Uncertain)+len(v.Noted), "%s: each is judged once", when)
	unsent := map[crm.OpportunityID]bool{}
	for _, e := range v.Unsent {
		unsent[e.On] = true
	}
	require.LessOrEqual(t, len(v.Uncertain), 2*ledger.BatchSize, when)
	never := 0
	for id := crm.OpportunityID(1); id <= s.batch; id++ {
		left := len(s.w.Mails[client(id)])
		require.LessOrEqual(t, left, 1, "%s: client %d is mailed twice", when, id)
		e, claimed := reminder(s.w, id)
		switch {
		case id == s.except:
		case left > 0:
			require.True(t, e.Confirmed || open[id], "%s: the mail of %d left and is forgotten", when, id)
		case e.Confirmed:
			require.Fail(t, "confirmed", "%s: the mail of %d never left", when, id)
		case claimed && !slices.Contains(s.w.Log, fmt.Sprintf("send %d", id)) && found[id]:
			never++
		}
		require.False(t, unsent[id] && (left > 0 || open[id]), "%s: the mail of %d left and counts as unsent", when, id)
	}
	require.LessOrEqual(t, never, ledger.BatchSize+s.overtaken, "%s: mails that were never begun are uncertain beyond one batch", when)
}

// mixed answers every way a server can, and never thrice in a row so that it
// would seem to refuse all.
func mixed(w *ledgertest.Backend, batch crm.OpportunityID, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	answers := []reply{
		{},
		{},
		{},
		{},
		{Err: ledgertest.ErrNoClient},
		{Err: ledgertest.ErrGreylisted},
		{Err: ledgertest.ErrCutOff},
		{Err: ledgertest.ErrCutOff, Leaves: true},
		{Err: ledgertest.ErrSpam},
		{RefusedCC: []string{"sam@example.com: 550"}},
	}
	for id := crm.OpportunityID(1); id <= batch; id++ {
		if id%3 != 0 {
			w.Reply(id, answers[random.IntN(len(answers))])
		}
	}
}

func TestAMailThatLeftIsNeverTakenForUnsentWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	const batch = 45
	for _, c := range []struct {
		name        string
		connections int
		prepare     func(*ledgertest.Backend)
	}{
		{"all are taken", 1, func(*ledgertest.Backend) {}},
		{"with a mixture of answers", 1, func(w *ledgertest.Backend) { mixed(w, batch, 1) }},
		{"with another mixture", 1, func(w *ledgertest.Backend) { mixed(w, batch, 2) }},
		{"over three connections", 3, func(w *ledgertest.Backend) {
			for id := crm.OpportunityID(1); id <= batch; id++ {
				w.Reply(id, reply{Err: map[crm.OpportunityID]error{2: ledgertest.ErrNoClient, 5: ledgertest.ErrGreylisted}[id%7]})
			}
			w.Reply(4, reply{Err: ledgertest.ErrCutOff})
			w.Reply(25, reply{Err: ledgertest.ErrCutOff, Leaves: true})
		}},
		{"when nothing is taken", 1, func(w *ledgertest.Backend) {
			for id := crm.OpportunityID(1); id <= batch; id++ {
				w.Reply(id, reply{Err: ledgertest.ErrGreylisted})
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for die := 1; ; die++ {
				w := ledgertest.NewBackend()
				c.prepare(w)
				p := &ledgertest.Process{Backend: w, DieAfter: die}
				run := ledgertest.Courier(p, "a")
				run.Connections = c.connections
				_, err := run.Deliver(t.Context(), ledgertest.Mails("a", 1, batch), soon)
				if p.Steps < die {
					require.NoError(t, err)
					require.Greater(t, die, 40, "there are so many moments to die at")
					return
				}
				w.Pass(ledger.ClaimTTL)
				s := soundness{w: w, batch: batch, overtaken: c.connections - 1}
				s.check(t, fmt.Sprintf("died after step %d", die))
			}
		})
	}
}

// recoverAndRun does what a run does on a host without a journal.
func recoverAndRun(ctx context.Context, p *ledgertest.Process, token string, batch crm.OpportunityID) error {
	c := ledgertest.Courier(p, token)
	c.Connections = 2
	return recoverAs(ctx, c, p, batch)
}

// recoverAs does what a run does: it recovers what is dead, then mails
// everybody for whom nothing stands and whom nobody refused.
func recoverAs(ctx context.Context, c *ledger.Courier, p *ledgertest.Process, batch crm.OpportunityID) error {
	v := p.Classify(c.LocalStatus)
	noted, err := c.NoteUnsent(ctx, v.KnownUnsent, func(crm.Entry) string { return "unsent" })
	if err != nil {
		return err
	}
	if unsent := slices.Concat(v.Unsent, noted); len(unsent) > 0 {
		if err := p.Release(ctx, idsOf(unsent)); err != nil {
			return err
		}
	}
	if len(v.Sent) > 0 {
		if err := p.Confirm(ctx, idsOf(v.Sent)); err != nil {
			return err
		}
	}
	if len(v.Uncertain) > 0 {
		notes := make([]ledger.Note, len(v.Uncertain))
		for i, e := range v.Uncertain {
			notes[i] = c.UncertainNote(e, "uncertain")
		}
		if _, err := p.Note(ctx, notes); err != nil {
			return err
		}
	}
	settled := map[crm.OpportunityID]bool{}
	for _, e := range p.Entries() {
		if e.Key.Kind == crm.Reminder || e.Key.Kind == crm.Refused {
			settled[e.On] = true
		}
	}
	open := slices.DeleteFunc(ledgertest.Mails(c.Token, 1, batch), func(m ledger.Mail) bool { return settled[m.Key.Opportunity] })
	_, err = c.Deliver(ctx, open, p.Now().Add(ledger.ClaimTTL))
	return err
}

func TestNoClientIsMailedTwiceHoweverOftenRunsDie(t *testing.T) {
	t.Parallel()
	const batch, kills = 90, 6
	for seed := range uint64(6 * thorough) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := ledgertest.NewBackend()
		mixed(w, batch, seed)
		uncertain := 0
		for i := range kills {
			p := &ledgertest.Process{Backend: w, DieAfter: 1 + random.IntN(120)}
			_ = recoverAndRun(t.Context(), p, fmt.Sprintf("r%d", i), batch)
			w.Pass(ledger.ClaimTTL)
			s := soundness{w: w, batch: batch, overtaken: 1}
			s.check(t, fmt.Sprintf("seed %d, kill %d", seed, i))
			v := w.Classify(unknown)
			uncertain = len(v.Uncertain) + len(v.Noted)
		}
		// The server gets well, and runs get to their end.
		for id, r := range w.Replies {
			if !errors.Is(r.Err, ledgertest.ErrNoClient) {
				delete(w.Replies, id)
			}
		}
		require.NoError(t, recoverAndRun(t.Context(), &ledgertest.Process{Backend: w}, "end", batch))
		open := map[crm.OpportunityID]bool{}
		v := w.Classify(unknown)
		for _, e := range v.Noted {
			open[e.On] = true
		}
		require.Empty(t, v.Uncertain)
		require.Empty(t, v.Unsent)
		require.LessOrEqual(t, len(open), uncertain)
		refused := map[crm.OpportunityID]bool{}
		for _, e := range w.Entries() {
			refused[e.On] = refused[e.On] || e.Key.Kind == crm.Refused
		}
		for id := crm.OpportunityID(1); id <= batch; id++ {
			e, _ := reminder(w, id)
			switch left := len(w.Mails[client(id)]); {
			case open[id]:
				require.LessOrEqual(t, left, 1, "seed %d, client %d", seed, id)
			case refused[id]:
				require.Zero(t, left, "seed %d, client %d", seed, id)
			default:
				require.Equal(t, 1, left, "seed %d, client %d", seed, id)
				require.True(t, e.Confirmed)
			}
		}
	}
}

func TestOfTwoRunsEachMailIsSentByOne(t *testing.T) {
	t.Parallel()
	const batch = 250
	for range 5 {
		w := ledgertest.NewBackend()
		tokens := []string{"a", "b", "c"}
		results := make([][]ledger.Result, len(tokens))
		var runs sync.WaitGroup
		for i, token := range tokens {
			list := ledgertest.Mails(token, 1, batch)
			if i == 1 {
				slices.Reverse(list) // So that each is faster somewhere.
			}
			runs.Go(func() {
				var err error
				c := ledgertest.Courier(&ledgertest.Process{Backend: w}, token)
				c.Connections = 2
				results[i], err = c.Deliver(context.Background(), list, soon)
				assert.NoError(t, err)
				if i == 1 {
					slices.Reverse(results[i])
				}
			})
		}
		runs.Wait()
		for id := crm.OpportunityID(1); id <= batch; id++ {
			require.Equal(t, 1, len(w.Mails[client(id)]), "client %d", id)
			var got []ledger.Outcome
			for i := range tokens {
				got = append(got, results[i][id-1].Outcome)
			}
			slices.Sort(got)
			require.Equal(t, []ledger.Outcome{ledger.Sent, ledger.Lost, ledger.Lost}, got, "client %d", id)
		}
	}
}
