package archive_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/mailing/mailingtest"
)

const few = 5

// dying does something with a process that dies after so many calls, for every
// number of calls that it takes until it lives through.
func dying(t *testing.T, deletes bool, begin func(*fakeOdoo), do func(*testing.T, *fakeOdoo, *ledgertest.Process) error, then func(t *testing.T, a *fakeOdoo)) {
	t.Helper()
	for die := 1; ; die++ {
		a := newFakeOdoo(deletes).old(1, few, 30).busy(few)
		begin(a)
		p := &ledgertest.Process{Backend: a.Backend, DieAfter: die}
		err := do(t, a, p)
		if p.Steps < die {
			require.NoError(t, err)
			require.Greater(t, die, 5, "it made calls that it can die at")
			return
		}
		require.ErrorIs(t, err, ledgertest.ErrKilled)
		t.Run(fmt.Sprintf("dead after %d calls, the last of them %s", die, p.Calls[len(p.Calls)-1]), func(t *testing.T) {
			then(t, a)
		})
	}
}

func nothing(*fakeOdoo) {}

// archiveBy archives with a process.
func archiveBy(name string) func(*testing.T, *fakeOdoo, *ledgertest.Process) error {
	return func(t *testing.T, a *fakeOdoo, p *ledgertest.Process) error {
		t.Helper()
		r, _ := a.archivingBy(p, name)
		return r.Run(t.Context())
	}
}

// inPagesBy archives with a process, in several pages.
func inPagesBy(name string) func(*testing.T, *fakeOdoo, *ledgertest.Process) error {
	return func(t *testing.T, a *fakeOdoo, p *ledgertest.Process) error {
		t.Helper()
		r, _ := a.archivingBy(p, name)
		r.BeginWithPagesOf(1)
		return r.Run(t.Context())
	}
}

// undoBy takes the run r back with a process.
func undoBy(t *testing.T, a *fakeOdoo, p *ledgertest.Process) error {
	t.Helper()
	r, _ := a.archivingBy(p, "killed")
	return r.Undo(t.Context(), "r")
}

// once checks that each opportunity was archived, with one confirmed entry.
func once(t *testing.T, a *fakeOdoo) {
	t.Helper()
	assert.Equal(t, everybody(), a.archived())
	var confirmed []crm.OpportunityID
	for _, e := range a.Stored() {
		require.Equal(t, crm.Archived, e.Key.Kind)
		require.True(t, e.Confirmed)
		confirmed = append(confirmed, e.On)
	}
	slices.Sort(confirmed)
	assert.Equal(t, everybody(), confirmed)
}

func everybody() []crm.OpportunityID { return mailingtest.IDs(1, few) }

// whole is the activities of a fake in which nothing happened.
func whole(deletes bool) []string { return newFakeOdoo(deletes).old(1, few, 30).busy(few).activities() }

// undone checks that everything is as it was before, each with its notes.
func undone(t *testing.T, a *fakeOdoo) {
	t.Helper()
	assert.Empty(t, a.archived())
	assert.Equal(t, whole(a.deletes), a.activities())
	notes := map[crm.OpportunityID][]crm.EntryKind{}
	for _, e := range a.Stored() {
		require.True(t, e.Confirmed, "%s on %d", e.Key.Kind, e.On)
		notes[e.On] = append(notes[e.On], e.Key.Kind)
	}
	for _, id := range everybody() {
		assert.Equal(t, []crm.EntryKind{crm.Archived, crm.Restored}, notes[id])
		assert.True(t, a.Opportunities[id].Closed.IsZero())
	}
}

func TestWhereverARunDiesTheNextArchivesEachOnce(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		archivesOnce := func(t *testing.T, a *fakeOdoo) {
			a.run(t, "early")
			assert.LessOrEqual(t, len(a.Stored()), few, "what the dead run claimed is its own for a while")
			a.Pass(beyond)
			a.run(t, "late")
			once(t, a)
			state := a.ledger()
			a.Pass(beyond)
			assert.Empty(t, a.run(t, "later"))
			assert.Equal(t, state, a.ledger())

			for _, name := range []string{"dead", "early", "late"} {
				r, _ := a.archiving("undo")
				_ = r.Undo(t.Context(), name) // Some archived nothing.
			}
			undone(t, a)
			a.Pass(beyond)
			assert.Empty(t, a.run(t, "last"))
		}
		dying(t, deletes, nothing, archiveBy("dead"), archivesOnce)
		dying(t, deletes, nothing, inPagesBy("dead"), archivesOnce)
	})
}

func TestADeadRunCanBeTakenBack(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		takesBack := func(t *testing.T, a *fakeOdoo) {
			archived := a.archived()
			a.Pass(beyond)
			if len(a.ledger()) == 0 {
				r, _ := a.archiving("undo")
				require.Error(t, r.Undo(t.Context(), "r"), "it did not come to writing anything")
				return
			}
			lines := a.undo(t, "r")
			assert.Len(t, lines, len(archived))
			assert.Empty(t, a.archived())
			assert.Equal(t, whole(deletes), a.activities())
			// What it had archived is left alone; what not, is archived.
			want := few - len(archived)
			assert.Len(t, a.run(t, "next"), want)
			assert.Len(t, a.archived(), want)
			a.Pass(beyond)
			assert.Empty(t, a.run(t, "last"))
		}
		dying(t, deletes, nothing, archiveBy("r"), takesBack)
		dying(t, deletes, nothing, inPagesBy("r"), takesBack)
	})
}

func TestARunThatMayStillLiveIsNotTakenBack(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, few, 30).busy(few)
	r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Shelve")}, "r")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	assert.Equal(t, each(few, "skipped N claimed-elsewhere"), a.undo(t, "r"))
	assert.Equal(t, everybody(), a.archived())
	a.Pass(ledger.ClaimTTL)
	assert.Equal(t, each(few, "restored N"), a.undo(t, "r"))
	undone(t, a)
}

func TestWhereverAnUndoDiesTheNextEndsInTheSameState(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		archived := func(a *fakeOdoo) { a.run(t, "r") }
		dying(t, deletes, archived, undoBy, func(t *testing.T, a *fakeOdoo) {
			// At once, without waiting for anything.
			lines := a.undo(t, "r")
			assert.Len(t, lines, few)
			undone(t, a)
			assert.Equal(t, each(few, "skipped N already-done"), a.undo(t, "r"))
			undone(t, a)
			a.Pass(beyond)
			assert.Empty(t, a.run(t, "next"))
		})
	})
}

func TestAnUndoThatDiedTwiceStillEnds(t *testing.T) {
	t.Parallel()
	for first := range 9 {
		for second := range 9 {
			a := newFakeOdoo(true).old(1, few, 30).busy(few)
			a.run(t, "r")
			for _, die := range []int{first + 1, second + 1} {
				_ = undoBy(t, a, &ledgertest.Process{Backend: a.Backend, DieAfter: die}) // It may live through.
			}
			a.undo(t, "r")
			undone(t, a)
		}
	}
}

func TestWhereverARunDiesWhileItServesAnswersTheNextServesThem(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		answered := func(a *fakeOdoo) {
			a.run(t, "r")
			a.Pass(3 * day)
			for _, id := range everybody() {
				a.answers(id)
			}
			a.Pass(2 * day)
		}
		dying(t, deletes, answered, archiveBy("dead"), func(t *testing.T, a *fakeOdoo) {
			a.run(t, "early")
			a.Pass(day)
			a.run(t, "late")
			assert.Empty(t, a.archived())
			assert.Equal(t, whole(deletes), a.activities())
			restored := 0
			for _, e := range a.Stored() {
				if e.Key.Kind == crm.Restored {
					restored++
					assert.Contains(t, e.Body, "Please answer")
				}
			}
			assert.Equal(t, few, restored, "each has one note for its salesperson")
			a.Pass(day)
			assert.Empty(t, a.run(t, "last"))
		})
	})
}

func TestAnAnswerToWhatADeadRunArchivedIsNotLost(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, few, 30)
	a.run(t, "first")
	a.old(few+1, few+1, 30)
	r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, DieAfter: steps(t, a, "Shelve")}, "dead")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	a.Pass(3 * time.Hour)
	a.answers(few + 1)
	a.Pass(day)
	assert.Equal(t, []string{"restored 6 replied"}, a.run(t, "next"))
}

func TestAtOnceAndKilledAtRandomEachIsArchivedOnce(t *testing.T) {
	t.Parallel()
	const many = 60
	for seed := range uint64(2 + thorough) {
		t.Run(fmt.Sprintf("by chance %d", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			a := newFakeOdoo(seed%2 == 0).old(1, many, 30).busy(many)
			before := a.activities()
			names := []string{}
			for round := range 4 {
				var runs []func(before func(string) error)
				for i := range 4 {
					p := &ledgertest.Process{Backend: a.Backend}
					if random.IntN(2) == 0 {
						p.DieAfter = 3 + random.IntN(14)
					}
					name := fmt.Sprintf("r%d%c", round, 'a'+i)
					names = append(names, name)
					r, _ := a.archivingBy(p, name)
					r.Select.Limit = 20
					runs = append(runs, func(before func(string) error) {
						p.Before = before
						_ = r.Run(t.Context()) // It may be killed.
					})
				}
				ledgertest.Simultaneously(random, runs...)
				a.Pass(beyond)
			}
			a.run(t, "end")
			names = append(names, "end")
			assert.Equal(t, mailingtest.IDs(1, many), a.archived())
			assert.Len(t, a.Stored(), many, "each has one note")
			for _, name := range names {
				r, _ := a.archiving("undo")
				_ = r.Undo(t.Context(), name) // Some archived nothing.
			}
			assert.Empty(t, a.archived())
			assert.Equal(t, before, a.activities())
			assert.Empty(t, a.run(t, "last"))
		})
	}
}
