package archive_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestAnUndoLeavesAloneWhatSomebodyChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*fakeOdoo)
		want   string
	}{
		{"nothing", func(*fakeOdoo) {}, "restored 2"},
		{"they restored it", func(a *fakeOdoo) { a.byHand(2, true) }, "skipped 2 changed"},
		{"they restored it and archived it again", func(a *fakeOdoo) {
			a.byHand(2, true)
			a.Pass(day)
			a.byHand(2, false)
		}, "skipped 2 changed"},
		{"they lost it", func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.Lost = true }) }, "skipped 2 changed"},
		{"they moved it to another stage", func(a *fakeOdoo) {
			a.Change(2, func(o *crm.Opportunity) { o.Stage = crm.Stage{ID: 9, Name: "Proposition"} })
		}, "skipped 2 changed"},
		{"they deleted it", func(a *fakeOdoo) {
			a.DeleteOpportunity(2)
			a.ChangeEntry(crm.ArchivedKey(2), func(e *ledgertest.StoredEntry) { e.On = 1 })
		}, "skipped 2 gone"},
		{"they wrote a name", func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.Name = "Chairs, red" }) }, "restored 2"},
		{"they gave it to somebody else", func(a *fakeOdoo) { a.Change(2, func(o *crm.Opportunity) { o.Salesperson = 4 }) }, "restored 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 3, 30)
			a.run(t, "r")
			a.Pass(day)
			c.change(a)
			before := a.Opportunities[2]
			assert.ElementsMatch(t, []string{"restored 1", c.want, "restored 3"}, a.undo(t, "r"))
			if c.want != "restored 2" {
				assert.Equal(t, before, a.Opportunities[2])
				assert.Len(t, a.ledger(), 5)
			}
		})
	}
}

func TestAnUndoDoneTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		a := newFakeOdoo(deletes).old(1, 3, 30).busy(3)
		a.run(t, "r")
		a.undo(t, "r")
		state, activities := a.ledger(), a.activities()
		assert.Equal(t, each(3, "skipped N already-done"), a.undo(t, "r"))
		a.byHand(2, false)
		assert.Equal(t, []string{"skipped 1 already-done", "skipped 2 changed", "skipped 3 already-done"}, a.undo(t, "r"),
			"what was archived by hand since stays so")
		assert.Equal(t, state, a.ledger())
		assert.Equal(t, activities, a.activities())
	})
}

func TestAnUndoDoesNotPlanAgainWhatIsDone(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(false).old(1, 1, 30)
	call, visit := a.plan(1, "call"), a.plan(1, "visit")
	a.run(t, "r")
	a.finished[call] = true
	a.undo(t, "r")
	assert.Len(t, a.planned, 2)
	assert.Len(t, a.activities(), 1)
	assert.Contains(t, a.planned, visit)
}

func TestOnlyTheRunThatIsNamedIsTakenBack(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 1, 30)
	a.run(t, "20261122T080000Z-0001")
	a.old(2, 2, 30)
	a.Pass(time.Hour)
	a.run(t, "20261123T080000Z-0002")
	a.old(3, 3, 30)

	last := func() string {
		r, _ := a.archiving("look")
		name, err := r.Last(t.Context())
		require.NoError(t, err)
		return name
	}
	assert.Equal(t, "20261123t080000z0002", last())
	assert.Equal(t, []string{"restored 2"}, a.undo(t, last()))
	assert.Equal(t, []crm.OpportunityID{1}, a.archived())
	assert.Equal(t, "20261123t080000z0002", last(), "it stays the last one: done again, it does nothing more")

	p := &ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Claim")}
	r, _ := a.archivingBy(p, "20261124T080000Z-0003")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	assert.Equal(t, "20261124t080000z0003", last(), "one that died is the last one, and not the one before it")
}

func TestAnUnknownRunIsNamed(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	r, _ := a.archiving("look")
	_, err := r.Last(t.Context())
	assert.Equal(t, &archive.UnknownRunError{RunID: "last"}, err)
	a.run(t, "r")
	for _, name := range []string{"", "-", "%", "r%", "_", "nobody", "R R", "é"} {
		r, items := a.archiving("undo")
		err := r.Undo(t.Context(), name)
		assert.Equal(t, &archive.UnknownRunError{RunID: name}, err, name)
		assert.Empty(t, items.Lines())
	}
	assert.Len(t, a.archived(), 2)
}

func TestAnActivityComesBackInTheBestFormThatOdooTakes(t *testing.T) {
	t.Parallel()
	whole := crm.Activity{Opportunity: 1, Type: 2, Summary: "call", Note: "<p>Now</p>", Deadline: "2026-12-01", User: 8, CalendarEvent: 9}
	change := func(how func(*crm.Activity)) crm.Activity {
		changed := whole
		how(&changed)
		return changed
	}
	deactivated := func(a crm.Activity) bool { return a.User == 8 }
	noMeeting := func(a crm.Activity) bool { return a.CalendarEvent == 9 }
	noType := func(a crm.Activity) bool { return a.Type == 2 }
	for name, c := range map[string]struct {
		refused []func(crm.Activity) bool
		want    crm.Activity
	}{
		"as it was":                           {nil, whole},
		"its responsible was deactivated":     {[]func(crm.Activity) bool{deactivated}, change(func(a *crm.Activity) { a.User = 3 })},
		"its meeting is gone":                 {[]func(crm.Activity) bool{noMeeting}, change(func(a *crm.Activity) { a.CalendarEvent = 0 })},
		"both":                                {[]func(crm.Activity) bool{deactivated, noMeeting}, change(func(a *crm.Activity) { a.User, a.CalendarEvent = 3, 0 })},
		"its type is gone":                    {[]func(crm.Activity) bool{noType}, change(func(a *crm.Activity) { a.User, a.CalendarEvent, a.Type = 3, 0, 0 })},
		"there is nothing left of all of it ": {[]func(crm.Activity) bool{deactivated, noMeeting, noType}, change(func(a *crm.Activity) { a.User, a.CalendarEvent, a.Type = 3, 0, 0 })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 1, 30)
			a.add(whole)
			a.plan(1, "another")
			a.run(t, "r")
			a.refused = func(activity crm.Activity) error {
				if activity.Summary == "call" && slices.ContainsFunc(c.refused, func(is func(crm.Activity) bool) bool { return is(activity) }) {
					return errors.New("not so")
				}
				return nil
			}
			assert.Equal(t, []string{"restored 1"}, a.undo(t, "r"))
			require.Len(t, a.planned, 2)
			for id, activity := range a.planned {
				if activity.Summary == "call" {
					c.want.ID = id
					assert.Equal(t, c.want, activity)
				}
			}
		})
	}
}

func TestWhatCannotComeBackIsTold(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 3, 30)
	a.plan(1, "call")
	a.plan(1, "visit")
	a.plan(3, "write")
	a.run(t, "r")
	a.refused = func(activity crm.Activity) error {
		if activity.Summary == "visit" {
			return errors.New("no such thing")
		}
		return nil
	}
	delete(a.kept["r"], 2)
	r, items := a.archiving("undo")
	require.ErrorIs(t, r.Undo(t.Context(), "r"), run.ErrFailures)
	assert.Equal(t, []string{
		`failed 1: restored, but not all that it had: activity "visit": no such thing`,
		"failed 2: restored, but not all that it had: the attachment with its activities and its date of closing is gone or damaged",
		"restored 3",
	}, items.Lines())
	assert.Empty(t, a.archived())
	assert.Len(t, a.activities(), 2)
}

func TestOneThatOdooDoesNotRestoreStopsNoOther(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		a := newFakeOdoo(deletes).old(1, 5, 30).busy(5)
		before := a.activities()
		a.run(t, "r")
		a.stuck[4] = errors.New("not this one")
		r, items := a.archiving("undo")
		require.ErrorIs(t, r.Undo(t.Context(), "r"), run.ErrFailures)
		assert.Equal(t, []string{"failed 4: not this one", "restored 1", "restored 2", "restored 3", "restored 5"}, items.Lines())
		assert.Equal(t, []crm.OpportunityID{4}, a.archived())
		clear(a.stuck)
		assert.Equal(t, []string{"skipped 1 already-done", "skipped 2 already-done", "skipped 3 already-done", "skipped 5 already-done", "restored 4"}, a.undo(t, "r"))
		assert.Equal(t, before, a.activities())
	})
}

func TestWhatAPersonRestoredIsNotArchivedAgain(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	a.run(t, "r")
	a.Pass(day)
	a.byHand(1, true)
	for range 3 {
		a.Pass(day)
		assert.Empty(t, a.run(t, "s"))
	}
}

func TestWhatAPersonRestoredBeforeItWasConfirmedIsNotArchivedAgain(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Shelve")}, "dead")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	require.Len(t, a.archived(), 2)
	a.Pass(time.Minute)
	a.byHand(1, true)
	a.Pass(beyond)
	assert.Empty(t, a.run(t, "s"))
	assert.Equal(t, []crm.OpportunityID{2}, a.archived())
	assert.Equal(t, each(2, "archive N by dead done"), a.ledger())
}

func TestWhatWasWonWhileADeadRunHadItInHandIsNotCalledArchived(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Claim")}, "dead")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	a.Pass(time.Minute)
	a.Change(1, func(o *crm.Opportunity) { o.Stage, o.Closed = crm.Stage{ID: 4, Won: true}, a.Time })
	a.Pass(beyond)
	assert.Equal(t, []string{"skipped 1 won", "archived 2"}, a.run(t, "s"))
	assert.Equal(t, []string{"archive 2 by s done"}, a.ledger())
}

func TestAMergedOpportunityIsNotTakenBack(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	a.run(t, "r")
	a.byHand(1, true)
	a.DeleteOpportunity(2)
	a.ChangeEntry(crm.ArchivedKey(2), func(e *ledgertest.StoredEntry) { e.On = 1 })
	assert.Equal(t, []string{"skipped 1 changed", "skipped 2 gone"}, a.undo(t, "r"))
}

func TestTheUndoOfManyGoesPageByPage(t *testing.T) {
	t.Parallel()
	const many = 510
	a := newFakeOdoo(true).old(1, many, 30).busy(many)
	before := a.activities()
	a.run(t, "r")
	assert.Equal(t, each(many, "restored N"), a.undo(t, "r"))
	assert.Equal(t, before, a.activities())
}
