package remind_test

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
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// interleave lets the runs of several processes happen at the same time. A
// process that is to die does so after some calls. To some, Odoo's clock seems to
// be fast or slow.
func interleave(t *testing.T, o *ledgertest.Backend, random *rand.Rand, name string, dies []int) {
	t.Helper()
	var runs []func(before func(string) error)
	for i, die := range dies {
		p := &ledgertest.Process{Backend: o, DieAfter: die, Ahead: skew(random)}
		r, _, _ := reminders(t, p, fmt.Sprintf("%s%d", name, i))
		late := random.IntN(60)
		runs = append(runs, func(before func(string) error) {
			for range late {
				_ = before("start") // It begins in the midst of the others.
			}
			p.Before = before
			_ = r.Run(t.Context()) // It may be killed, or find doubts.
		})
	}
	ledgertest.Simultaneously(random, runs...)
}

// skew is how far off Odoo's clock seems to be: for every second run, not at all.
func skew(random *rand.Rand) time.Duration {
	skews := []time.Duration{0, 0, 0, 893 * time.Second, ledger.ClaimTTL + time.Second, -893 * time.Second}
	return skews[random.IntN(len(skews))]
}

func TestEachClientIsMailedOnceThoughRunsOverlapAndDie(t *testing.T) {
	t.Parallel()
	const clients = 70
	for seed := range uint64(2 + thorough) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			o := ledgertest.NewBackend().Open(1, clients, 7)
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
				o.Pass(ledger.ClaimTTL + time.Second)
			}
			maps.DeleteFunc(o.Replies, func(_ string, a ledgertest.Reply) bool { return !errors.Is(a.Err, ledgertest.ErrNoClient) })
			for range 2 {
				r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "end")
				err := r.Run(t.Context())
				requireOnlyFailures(t, err)
			}
			checkOnce(t, o, clients)
			checkComplete(t, o, clients, killed)
		})
	}
}

// trouble lets the mail server fail with every fifth mail.
func trouble(o *ledgertest.Backend, random *rand.Rand, clients crm.OpportunityID) {
	kinds := []ledgertest.Reply{{Err: ledgertest.ErrNoClient}, {Err: ledgertest.ErrGreylisted}, {Err: ledgertest.ErrCutOff, Leaves: true}, {Err: ledgertest.ErrCutOff}}
	for id := crm.OpportunityID(1); id <= clients; id += 5 {
		o.Replies[ledgertest.Client(id)] = kinds[random.IntN(len(kinds))]
	}
}

// checkOnce makes sure that nobody got two mails, and that whoever got one has
// an entry for it.
func checkOnce(t *testing.T, o *ledgertest.Backend, clients crm.OpportunityID) {
	t.Helper()
	for id := crm.OpportunityID(1); id <= clients; id++ {
		_, claimed := o.Entry(ledgertest.Reminder(id))
		require.LessOrEqual(t, len(o.Mails[ledgertest.Client(id)]), 1, "client %d", id)
		require.True(t, claimed || len(o.Mails[ledgertest.Client(id)]) == 0, "the mail to client %d is forgotten", id)
	}
}

// requireOnlyFailures requires that nothing but records failed.
func requireOnlyFailures(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		require.EqualError(t, err, run.ErrFailures.Error())
	}
}

// checkComplete makes sure that everybody was mailed, refused, or is listed.
func checkComplete(t *testing.T, o *ledgertest.Backend, clients crm.OpportunityID, killed int) {
	t.Helper()
	listed, refused := map[crm.OpportunityID]bool{}, map[crm.OpportunityID]bool{}
	for _, id := range doubted(t, o) {
		listed[id] = true
	}
	cut := 0
	for _, e := range o.Stored() {
		refused[e.On] = refused[e.On] || e.Key.Kind == crm.Refused
	}
	for id := crm.OpportunityID(1); id <= clients; id++ {
		e, _ := o.Entry(ledgertest.Reminder(id))
		mails := len(o.Mails[ledgertest.Client(id)])
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
