package remind_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// sharing makes opportunities that are so many days old, some clients having two.
func sharing(opportunities, clients crm.OpportunityID, days int) *ledgertest.Backend {
	o := ledgertest.NewBackend().Open(1, opportunities, days)
	for id := clients + 1; id <= opportunities; id++ {
		o.Change(id, func(l *crm.Opportunity) { l.Email = ledgertest.Client(id - clients) })
	}
	return o
}

// atOnce lets four runs happen at the same time. Those that are to die do so after
// some calls.
func atOnce(t *testing.T, o *ledgertest.Backend, random *rand.Rand, name string, dies ...int) {
	t.Helper()
	var runs []func(before func(string) error)
	for i := range 4 {
		p := &ledgertest.Process{Backend: o}
		if i < len(dies) {
			p.DieAfter = dies[i]
		}
		r, _, _ := reminders(t, p, fmt.Sprintf("%s%d", name, i))
		r.Policy.DaysBetween = 1
		runs = append(runs, func(before func(string) error) {
			p.Before = before
			_ = r.Run(t.Context()) // It may be killed.
		})
	}
	ledgertest.Simultaneously(random, runs...)
}

func TestAClientWithSeveralOpportunitiesGetsOneReminderADay(t *testing.T) {
	t.Parallel()
	const opportunities, clients = 200, 150
	for seed := range uint64(2 + thorough) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			o := sharing(opportunities, clients, 7)
			atOnce(t, o, random, "a")
			require.Len(t, o.Mails, clients)
			for client, mails := range o.Mails {
				require.Len(t, mails, 1, client)
			}
			o.Pass(ledger.ClaimTTL + 1)
			atOnce(t, o, random, "b")
			for client, mails := range o.Mails {
				require.Len(t, mails, 1, "%s, on the same day", client)
			}
			o.Pass(day)
			atOnce(t, o, random, "c")
			total := 0
			for _, mails := range o.Mails {
				total += len(mails)
			}
			assert.Equal(t, opportunities, total, "tomorrow the rest is mailed")
		})
	}
}

func TestAClientGetsOneReminderADayThoughRunsDie(t *testing.T) {
	t.Parallel()
	const opportunities, clients = 60, 45
	for seed := range uint64(4 + 10*thorough) {
		random := rand.New(rand.NewPCG(seed, 1))
		o := sharing(opportunities, clients, 7)
		before := map[string]int{}
		for today := range 3 {
			atOnce(t, o, random, fmt.Sprintf("d%d", today), 3+random.IntN(60), 3+random.IntN(60))
			for client, mails := range o.Mails {
				require.LessOrEqual(t, len(mails), before[client]+1, "%s, day %d, seed %d", client, today, seed)
				before[client] = len(mails)
			}
			o.Pass(day)
		}
	}
}

func TestADryRunShowsWhoWaits(t *testing.T) {
	t.Parallel()
	o := sharing(4, 2, 7)
	atOnce(t, o, rand.New(rand.NewPCG(1, 1)), "a")
	o.Open(5, 5, 7).Change(5, func(l *crm.Opportunity) { l.Email = ledgertest.Client(1) })
	p := &ledgertest.Process{Backend: o}
	r, items, _ := reminders(t, p, "b")
	r.Policy.DaysBetween, r.DryRun = 1, true
	r.Courier.Entries, r.Courier.Sender = &ledger.DryEntries{Clock: o.Now}, ledger.DrySender{}
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"skipped 3 recently-mailed", "skipped 4 recently-mailed", "skipped 5 recently-mailed"}, items.Lines())
	assert.Contains(t, p.Calls, "Turns")
}
