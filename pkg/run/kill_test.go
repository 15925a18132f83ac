package run_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// interleave lets the runs of several processes happen at the same time. A
// process that is to die does so after some calls.
func interleave(t *testing.T, o *office, random *rand.Rand, name string, dies []int) {
	t.Helper()
	var runs []func(before func(string) error)
	for i, die := range dies {
		p := &process{office: o, die: die}
		r, _, _ := reminders(t, p, fmt.Sprintf("%s%d", name, i))
		runs = append(runs, func(before func(string) error) {
			p.before = before
			_ = r.Run(t.Context()) // It may be killed, or find doubts.
		})
	}
	interleaved(random, runs)
}

// interleaved lets runs happen at the same time, one call after the other, in
// an order that chance decides. Each asks before a call.
func interleaved(random *rand.Rand, runs []func(before func(string) error)) {
	type event struct {
		process int
		ended   bool
	}
	events := make(chan event)
	turns := make([]chan struct{}, len(runs))
	for i, run := range runs {
		turns[i] = make(chan struct{})
		go func() {
			run(func(string) error {
				events <- event{process: i}
				<-turns[i]
				return nil
			})
			events <- event{process: i, ended: true}
		}()
	}
	var waiting []int
	for running := len(runs); running > 0; {
		for len(waiting) < running {
			if e := <-events; e.ended {
				running--
			} else {
				waiting = append(waiting, e.process)
			}
		}
		if running == 0 {
			return
		}
		chosen := random.IntN(len(waiting))
		next := waiting[chosen]
		waiting = append(waiting[:chosen], waiting[chosen+1:]...)
		turns[next] <- struct{}{}
	}
}

func TestEachClientIsMailedOnceThoughRunsOverlapAndDie(t *testing.T) {
	t.Parallel()
	const clients = 70
	for seed := range uint64(12) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			o := newOffice().open(1, clients, 7)
			trouble(o, random, clients)
			killed := 0
			for round := range 4 {
				dies := []int{0, 0, 0}
				for i := range dies {
					if random.IntN(2) == 0 {
						dies[i] = 5 + random.IntN(120)
						killed++
					}
				}
				interleave(t, o, random, fmt.Sprintf("r%d", round), dies)
				checkOnce(t, o, clients)
				o.pass(ledger.ClaimTTL + time.Second)
			}
			maps.DeleteFunc(o.script, func(_ string, a answer) bool { return !errors.Is(a.err, noClient) })
			for range 2 {
				r, _, _ := reminders(t, &process{office: o}, "end")
				err := r.Run(t.Context())
				require.True(t, err == nil || err == run.ErrFailures, "%v", err) //nolint:errorlint // Nothing else may be in it.
			}
			checkOnce(t, o, clients)
			checkComplete(t, o, clients, killed)
		})
	}
}

// trouble lets the mail server fail with every fifth mail.
func trouble(o *office, random *rand.Rand, clients crm.OpportunityID) {
	kinds := []answer{{err: noClient}, {err: later}, {err: cutOff, left: true}, {err: cutOff}}
	for id := crm.OpportunityID(1); id <= clients; id += 5 {
		o.script[client(id)] = kinds[random.IntN(len(kinds))]
	}
}

// checkOnce makes sure that nobody got two mails, and that whoever got one has
// an entry for it.
func checkOnce(t *testing.T, o *office, clients crm.OpportunityID) {
	t.Helper()
	for id := crm.OpportunityID(1); id <= clients; id++ {
		_, claimed := o.entry(id)
		require.LessOrEqual(t, len(o.left[client(id)]), 1, "client %d", id)
		require.True(t, claimed || len(o.left[client(id)]) == 0, "the mail to client %d is forgotten", id)
	}
}

// checkComplete makes sure that everybody was mailed, refused, or is listed.
func checkComplete(t *testing.T, o *office, clients crm.OpportunityID, killed int) {
	t.Helper()
	listed, refused := map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}
	for _, id := range doubted(t, o) {
		listed[id] = true
	}
	cut := 0
	for _, e := range o.sorted() {
		refused[e.On] = refused[e.On] || e.Key.Kind == crm.Refused
	}
	for id := crm.OpportunityID(1); id <= clients; id++ {
		e, _ := o.entry(id)
		mails := len(o.left[client(id)])
		switch {
		case listed[id]:
			require.False(t, e.Confirmed)
			if mails == 0 {
				cut++
			}
		case refused[id]:
			require.Zero(t, mails, "client %d", id)
		default:
			require.Equal(t, 1, mails, "client %d", id)
			require.True(t, e.Confirmed, "client %d", id)
		}
	}
	require.LessOrEqual(t, len(listed), killed*2*ledger.BatchSize+int(clients)/5)
	require.LessOrEqual(t, cut, killed*ledger.BatchSize+int(clients)/5, "so many are in doubt that never left")
}
