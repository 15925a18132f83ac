package remind_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestTheGuardStopsARunThatWouldMailUnusuallyMany(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		due      crm.OpportunityID
		young    crm.OpportunityID
		without  crm.OpportunityID // of those that are due have no address
		guard    run.Guard
		selected run.Selection
		want     *run.GuardError
	}{
		{"more than the number and more than the share", 11, 9, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{}, &run.GuardError{
			Records: 11, Active: 20, Guard: run.Guard{MaxRecords: 10, MaxShare: 0.5},
		}},
		{"not more than the number", 10, 0, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{}, nil},
		{"not more than the share", 11, 11, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{}, nil},
		{"what is due and not to be mailed does not count", 11, 0, 1, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{}, nil},
		{"a person said to go on", 11, 0, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5, Overruled: true}, run.Selection{}, nil},
		{"there is no number", 11, 0, 0, run.Guard{MaxShare: 0.5}, run.Selection{}, nil},
		{"there is no share", 11, 0, 0, run.Guard{MaxRecords: 10}, run.Selection{}, nil},
		{"the limit is within the number", 11, 0, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{Limit: 10}, nil},
		{"the limit is within the share", 30, 0, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{Limit: 15}, nil},
		{"the limit is beyond both", 30, 0, 0, run.Guard{MaxRecords: 10, MaxShare: 0.5}, run.Selection{Limit: 16}, &run.GuardError{
			Records: 16, Active: 30, Guard: run.Guard{MaxRecords: 10, MaxShare: 0.5},
		}},
		{"a shard has its part only", 22, 0, 0, run.Guard{MaxRecords: 11, MaxShare: 0.1}, run.Selection{Shard: crm.Shard{Index: 1, Count: 2}}, nil},
		{"they were asked for by id", 11, 0, 0, run.Guard{MaxRecords: 1, MaxShare: 0.01}, run.Selection{Only: []crm.OpportunityID{1, 2, 3}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, c.due, 7).Open(c.due+1, c.due+c.young, 1)
			for id := range c.without {
				o.Change(id+1, func(l *crm.Opportunity) { l.Email = "" })
			}
			p := &ledgertest.Process{Backend: o}
			r, items, _ := reminders(t, p, "a")
			r.Guard, r.Select = c.guard, c.selected
			err := r.Run(t.Context())
			if c.want == nil {
				require.NoError(t, err)
				assert.NotEmpty(t, o.Mails)
				return
			}
			assert.Equal(t, error(c.want), err)
			assert.Empty(t, items.Items)
			assert.Empty(t, o.Mails)
			assert.Empty(t, o.Entries())
		})
	}
}

func TestTheGuardComesBeforeTheRecovery(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 30, 7)
	o.AddClaims("dead", ledger.ClaimTTL, mailingtest.IDs(1, 30)...)
	r, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	r.Guard = run.Guard{MaxRecords: 5, MaxShare: 0.1}
	err := r.Run(t.Context())
	assert.Equal(t, &run.GuardError{Records: 10, Active: 30, Guard: r.Guard}, err, "of thirty claims ten are surely unsent")
	require.EqualError(t, err, "this run would touch 10 of 30 active opportunities; guard.max_records is 5 and guard.max_share is 0.1")
	assert.Len(t, o.Entries(), 30)
	assert.Empty(t, o.Notes())
}

func TestALimitBoundsHowManyAreMailed(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 5, 7)
	o.Change(1, func(l *crm.Opportunity) { l.Email = "" })
	o.Replies[ledgertest.Client(2)] = ledgertest.Reply{Err: ledgertest.ErrGreylisted}
	r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	r.Select.Limit = 2
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{
		"skipped 1 no-email", "skipped 4 limit", "skipped 5 limit", "failed 2: 450 4.2.0 greylisted", "sent 3",
	}, items.Lines())

	t.Run("over several pages", func(t *testing.T) {
		t.Parallel()
		o := ledgertest.NewBackend().Open(1, 600, 7)
		r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
		r.Select.Limit = 300
		require.NoError(t, r.Run(t.Context()))
		assert.Len(t, o.Mails, 300)
		assert.Len(t, items.Items, 600, "the others are reported as well")
	})
}

func TestShardsTakeEachRecordOnce(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 900, 7)
	total := 0
	for i := range 3 {
		p := &ledgertest.Process{Backend: o}
		r, items, _ := reminders(t, p, "a")
		r.Select.Shard = crm.Shard{Index: i, Count: 3}
		require.NoError(t, r.Run(t.Context()))
		for _, item := range items.Items {
			require.True(t, r.Select.Shard.Has(item.Opportunity, ledgertest.Client(item.Opportunity)))
		}
		total += len(items.Items)
		pages := slices.DeleteFunc(p.Calls, func(call string) bool { return call != "Due" })
		require.LessOrEqual(t, len(pages), (len(items.Items)+run.PageSize-1)/run.PageSize, "pages are full")
	}
	assert.Equal(t, 900, total)
	assert.Len(t, o.Mails, 900)
}

func TestAClientIsInOneShardWithAllTheirOpportunities(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 40, 7)
	for id := crm.OpportunityID(1); id <= 40; id++ {
		o.Change(id, func(l *crm.Opportunity) { l.Email = ledgertest.Client(id % 4) })
	}
	o.Change(5, func(l *crm.Opportunity) { l.Email = strings.ToUpper(l.Email) })
	o.Contacts[9] = crm.Contact{ID: 9, Email: ledgertest.Client(1)}
	o.Change(9, func(l *crm.Opportunity) { l.Email, l.Contact = "", 9 })
	part := map[string]int{}
	for i := range 4 {
		r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
		r.Select.Shard = crm.Shard{Index: i, Count: 4}
		require.NoError(t, r.Run(t.Context()))
		for _, item := range items.Items {
			client := crm.CanonicalMailbox(item.To[0])
			if known, ok := part[client]; ok {
				require.Equal(t, known, i, client)
			}
			part[client] = i
		}
	}
	assert.Len(t, part, 4)
}

// Between the readings of two parts, a client may move from one to the other.
func TestAnAddressThatChangesBetweenShardsMailsNobodyTwice(t *testing.T) {
	t.Parallel()
	first, second := crm.Shard{Index: 0, Count: 2}, crm.Shard{Index: 1, Count: 2}
	moved := func(to crm.OpportunityID) func(*crm.Opportunity) {
		return func(l *crm.Opportunity) { l.Email = ledgertest.Client(to) }
	}
	require.True(t, second.Has(1, ledgertest.Client(1)) && second.Has(1, ledgertest.Client(3)) && first.Has(1, ledgertest.Client(2)))
	for name, c := range map[string]struct {
		before func(*ledgertest.Backend) func(string) error
		want   [3][]string
	}{
		"to a part that is done": {func(o *ledgertest.Backend) func(string) error {
			o.Change(1, moved(2))
			return func(string) error { return nil }
		}, [3][]string{{"sent 2"}, nil, {"sent 1"}}},
		"when its part is known": {func(o *ledgertest.Backend) func(string) error {
			return func(call string) error {
				if call == "Due" {
					o.Change(1, moved(2))
				}
				return nil
			}
		}, [3][]string{{"sent 1", "sent 2"}, nil, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ledgertest.NewBackend().Open(1, 2, 7)
			o.Change(2, moved(3))
			before := c.before(o)
			for i, shard := range []crm.Shard{second, first, {}} {
				r, items, _ := reminders(t, &ledgertest.Process{Backend: o, Before: before}, "a")
				r.Select.Shard = shard
				require.NoError(t, r.Run(t.Context()))
				assert.Equal(t, c.want[i], items.Lines())
				before = nil
				o.Change(1, moved(1))
			}
			assert.Len(t, o.Mails, 2)
		})
	}
}

func TestOpportunitiesThatAreNamedGetADecisionInOrOutOfScope(t *testing.T) {
	t.Parallel()
	o := ledgertest.NewBackend().Open(1, 2, 7).Open(3, 3, 1).Open(4, 4, 12).Open(5, 5, 7)
	o.Change(5, func(l *crm.Opportunity) { l.Active = false })
	first, _, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
	first.Select.Only = []crm.OpportunityID{2}
	require.NoError(t, first.Run(t.Context()))
	assert.Len(t, o.Mails, 1, "the others are left alone")

	p := &ledgertest.Process{Backend: o}
	r, items, _ := reminders(t, p, "b")
	r.Select.Only = []crm.OpportunityID{5, 4, 3, 2, 1, 9}
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{
		"skipped 9 gone", "skipped 2 already-done", "skipped 3 outside-window", "skipped 4 missed", "skipped 5 gone", "sent 1",
	}, items.Lines())
	assert.NotContains(t, p.Calls, "Due")
}

func TestAPageThatIsFullIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	for _, due := range []crm.OpportunityID{249, 250, 251, 500} {
		o := ledgertest.NewBackend().Open(1, due, 7)
		r, items, _ := reminders(t, &ledgertest.Process{Backend: o}, "a")
		require.NoError(t, r.Run(t.Context()))
		assert.Len(t, o.Mails, int(due))
		assert.Len(t, items.Items, int(due))
	}
}
