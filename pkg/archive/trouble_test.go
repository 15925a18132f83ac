package archive_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestOneBadRecordStopsNoOther(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		a := newFakeOdoo(deletes).old(1, 9, 30).busy(9)
		a.stuck[4] = errors.New("not this one")
		a.unkept[7] = errors.New("not on this one")
		r, items := a.archiving("r")
		require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
		assert.ElementsMatch(t, []string{
			"archived 1", "archived 2", "archived 3", "archived 5", "archived 6", "archived 8", "archived 9",
			"failed 4: not this one", "failed 7: keep what archiving changes: not on this one",
		}, items.Lines())
		assert.Equal(t, []crm.OpportunityID{1, 2, 3, 5, 6, 8, 9}, a.archived())
		assert.Len(t, a.ledger(), 7, "nothing claims what was not archived")
		assert.Len(t, a.kept["r"], 7)
		assert.Equal(t, 7, r.Archived)

		delete(a.stuck, 4)
		delete(a.unkept, 7)
		assert.Equal(t, []string{"archived 4", "archived 7"}, a.run(t, "s"))
	})
}

func TestOnADeletedOneTheOthersGoOn(t *testing.T) {
	t.Parallel()
	for _, before := range []string{"Claim", "Keep", "Shelve"} {
		t.Run("deleted before "+before, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 5, 30)
			gone := false
			p := &ledgertest.Process{Backend: a.Backend, Before: func(call string) error {
				if call == before && !gone {
					gone = true
					a.DeleteOpportunity(3)
					a.Delete(crm.ArchivedKey(3))
				}
				return nil
			}}
			r, items := a.archivingBy(p, "r")
			err := r.Run(t.Context())
			require.True(t, gone)
			if err != nil {
				require.ErrorIs(t, err, run.ErrFailures)
			}
			assert.Equal(t, []crm.OpportunityID{1, 2, 4, 5}, a.archived())
			assert.Len(t, items.Lines(), 5)
			assert.Subset(t, items.Lines(), []string{"archived 1", "archived 2", "archived 4", "archived 5"})
		})
	}
}

func TestWhatSomebodyWorksOnIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fakeOdoo)
		want   string
	}{
		"an activity is planned":  {func(a *fakeOdoo) { a.plan(2, "call her back") }, "skipped 2 changed"},
		"an activity is finished": {func(a *fakeOdoo) { delete(a.planned, 3) }, "skipped 2 changed"},
		"an activity is moved": {func(a *fakeOdoo) {
			moved := a.planned[3]
			moved.Deadline = "2026-12-24"
			a.planned[3] = moved
		}, "skipped 2 changed"},
		"it is won":         {func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.Stage = crm.Stage{ID: 4, Won: true} }) }, "skipped 2 changed"},
		"it is archived":    {func(a *fakeOdoo) { a.byHand(2, false) }, "skipped 2 changed"},
		"it is handed over": {func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.Salesperson = 4 }) }, "skipped 2 changed"},
		"it is deleted":     {func(a *fakeOdoo) { a.DeleteOpportunity(2) }, "skipped 2 gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 3, 30).busy(3)
			p := &ledgertest.Process{Backend: a.Backend}
			claimed := false
			p.Before = func(call string) error {
				if call == "Claim" {
					claimed = true
				}
				if call == "Written" && claimed {
					c.change(a)
				}
				return nil
			}
			r, items := a.archivingBy(p, "r")
			require.NoError(t, r.Run(t.Context()))
			assert.ElementsMatch(t, []string{"archived 1", c.want, "archived 3"}, items.Lines())
			assert.Equal(t, []string{"archive 1 by r done", "archive 3 by r done"}, a.ledger())
			assert.Len(t, a.kept["r"], 2)
		})
	}
}

// Odoo dates a change by the second at which its transaction began.
func TestOnlyWhatMayHaveChangedIsReadInFullAgain(t *testing.T) {
	t.Parallel()
	const ago = 3 * time.Minute
	for name, c := range map[string]struct {
		change func(*fakeOdoo)
		reread []crm.OpportunityID
		want   []string
	}{
		"nothing has":          {func(*fakeOdoo) {}, nil, each(3, "archived N")},
		"one says when it has": {func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.Team = 4 }) }, []crm.OpportunityID{2}, []string{"skipped 2 changed", "archived 1", "archived 3"}},
		"one only says that it has": {
			func(a *fakeOdoo) { a.Change(2, func(*crm.Opportunity) {}) }, []crm.OpportunityID{2}, each(3, "archived N"),
		},
		"what is done of its activities says nothing": {
			func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.OpenActivities++ }) }, []crm.OpportunityID{2}, each(3, "archived N"),
		},
		"nobody knows when": {func(a *fakeOdoo) { a.Backend.Change(2, func(o *crm.Opportunity) { o.Written = time.Time{} }) }, []crm.OpportunityID{2}, each(3, "archived N")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 3, 30)
			p := &ledgertest.Process{Backend: a.Backend}
			p.Before = func(call string) error {
				if call == "Keep" {
					c.change(a)
				}
				return nil
			}
			r, items := a.archivingBy(p, "r")
			read := rereading(r)
			require.NoError(t, r.Run(t.Context()))
			assert.Equal(t, c.want, items.Lines())
			assert.Equal(t, c.reread, *read)
		})
	}
	for name, c := range map[string]struct {
		before time.Duration
		reread []crm.OpportunityID
	}{
		"in the same second":            {0, []crm.OpportunityID{1}},
		"while a call may be under way": {ago - time.Second, []crm.OpportunityID{1}},
		"before that":                   {ago, nil},
	} {
		t.Run("changed "+name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 1, 30)
			a.Change(1, func(*crm.Opportunity) {})
			a.Pass(c.before)
			r, items := a.archiving("r")
			read := rereading(r)
			require.NoError(t, r.Run(t.Context()))
			assert.Equal(t, []string{"archived 1"}, items.Lines())
			assert.Equal(t, c.reread, *read)
		})
	}
}

// rereading returns where the opportunities are noted that a run reads by their ids.
func rereading(r *archive.Run) *[]crm.OpportunityID {
	read := new([]crm.OpportunityID)
	r.Odoo = readsNoted{r.Odoo, read}
	return read
}

type readsNoted struct {
	run.Odoo

	read *[]crm.OpportunityID
}

func (n readsNoted) Opportunities(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error) {
	*n.read = append(*n.read, ids...)
	return n.Odoo.Opportunities(ctx, ids)
}

func TestAMachineThatSleptTooLongArchivesNothing(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 3, 30)
	p := &ledgertest.Process{Backend: a.Backend}
	p.Before = func(call string) error {
		if call == "Keep" {
			p.Pass(ledger.SendDeadline + time.Second)
		}
		return nil
	}
	r, items := a.archivingBy(p, "r")
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, each(3, "skipped N interrupted"), items.Lines())
	assert.Empty(t, a.archived())
	assert.Empty(t, a.ledger())
	assert.Equal(t, each(3, "archived N"), a.run(t, "s"))
}

func TestToldToStopARunFinishesThePageThatItHasBegun(t *testing.T) {
	t.Parallel()
	stop := errors.New("told to stop")
	a := newFakeOdoo(true).old(1, 400, 30)
	ctx, cancel := context.WithCancelCause(t.Context())
	p := &ledgertest.Process{Backend: a.Backend, Before: func(call string) error {
		if call == "Keep" {
			cancel(stop)
		}
		return nil
	}}
	r, items := a.archivingBy(p, "r")
	require.ErrorIs(t, r.Run(ctx), stop)
	assert.Equal(t, append(each(250, "archived N"), each(400, "skipped N interrupted")[250:]...), items.Lines())
	assert.Equal(t, each(250, "archive N by r done"), a.ledger(), "the claims of the next page are given back")
}

func TestAnErrorOfOdooEndsTheRun(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	for _, at := range []string{
		"OpenClaims", "Due", "Activities", "Salespeople", "Contacts", "Companies", "History", "Claim", "Keep",
		"Written", "Shelve", "Confirm", "Share",
	} {
		t.Run("at "+at, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 2, 30)
			r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, Before: func(call string) error {
				if call == at {
					return lost
				}
				return nil
			}}, "r")
			require.ErrorIs(t, r.Run(t.Context()), lost)
		})
	}
}
