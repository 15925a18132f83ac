package archive_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// says stores a mail of the client with a subject.
func (a *fakeOdoo) says(id crm.OpportunityID, subject string) {
	a.answers(id)
	a.Messages[len(a.Messages)-1].Subject = subject
}

func TestAnAnswerBringsTheOpportunityBack(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, deletes bool) {
		a := newFakeOdoo(deletes).old(1, 2, 30).busy(2)
		before := a.activities()
		a.run(t, "r")
		a.Pass(5 * day)
		a.answers(2)
		a.Pass(time.Hour)
		assert.Equal(t, []string{"restored 2 replied"}, a.run(t, "s"))
		assert.Equal(t, []crm.OpportunityID{1}, a.archived())
		assert.Equal(t, []string{"archive 1 by r done", "archive 2 by r done", "restored 2 by s done"}, a.ledger())
		assert.Contains(t, a.Notes()[2], "the client wrote after it was archived (run s). Please answer.")

		for range 3 {
			a.Pass(10 * time.Minute) // The answer is still within the overlap.
			assert.Empty(t, a.run(t, "t"))
		}
		assert.Equal(t, []string{"skipped 2 already-done", "restored 1"}, a.undo(t, "r"))
		assert.Equal(t, before, a.activities())
	})
}

func TestWhichMessagesBringBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		write func(*fakeOdoo)
		want  []string
	}{
		{"an answer", func(a *fakeOdoo) { a.answers(1) }, []string{"restored 1 replied"}},
		{"an absence notice does not", func(a *fakeOdoo) { a.says(1, "Automatic reply: chairs") }, nil},
		{"an answer after the notice does", func(a *fakeOdoo) { a.says(1, "Out of office"); a.answers(1) }, []string{"restored 1 replied"}},
		{"an answer to what was moved since", func(a *fakeOdoo) {
			a.Change(1, func(o *crm.Opportunity) { o.Stage = crm.Stage{ID: 9, Name: "Proposition"} })
			a.answers(1)
		}, []string{"restored 1 replied"}},
		{"what a colleague writes does not", func(a *fakeOdoo) { a.Write(1, a.Time, false) }, nil},
		{"an answer of the week before does not", func(a *fakeOdoo) { a.Write(1, ledgertest.Noon.Add(-7*day), true) }, nil},
		{"one of the hour before does, as nobody heard it", func(a *fakeOdoo) { a.Write(1, ledgertest.Noon.Add(-30*time.Minute), true) }, []string{"restored 1 replied"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 1, 30)
			require.Equal(t, []string{"archived 1"}, a.run(t, "r"))
			a.Pass(30 * time.Minute)
			c.write(a)
			a.Pass(time.Minute)
			assert.Equal(t, c.want, a.run(t, "s"))
		})
	}
}

func TestTheMailThatMadeAnOpportunityIsNoAnswer(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 1, 0)
	a.answers(1)
	r, _ := a.archiving("r")
	r.Policy.AfterDays = 0
	require.NoError(t, r.Run(t.Context()))
	require.Equal(t, []crm.OpportunityID{1}, a.archived())
	a.Pass(time.Minute)
	assert.Empty(t, a.run(t, "s"))
}

func TestAnAnswerDoesNotUndoWhatAPersonDecided(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]func(*fakeOdoo){
		"they archived it again": func(a *fakeOdoo) {
			a.byHand(1, true)
			a.Pass(time.Hour)
			a.byHand(1, false)
		},
		"they lost it":            func(a *fakeOdoo) { a.Change(1, func(o *crm.Opportunity) { o.Lost = true }) },
		"they archived it at all": func(a *fakeOdoo) { a.DeleteEntries() },
		"they archived it right after an undo": func(a *fakeOdoo) {
			a.Time = ledgertest.Noon.Add(time.Minute)
			a.undo(t, "r")
			a.byHand(1, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 1, 30)
			a.run(t, "r")
			a.Pass(day)
			decide(a)
			a.Pass(day)
			a.answers(1)
			a.Pass(time.Minute)
			assert.Empty(t, a.run(t, "s"))
			assert.Equal(t, []crm.OpportunityID{1}, a.archived())
		})
	}
}

func TestAskedForByIDAnAnsweredOneIsToldOnce(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	a.run(t, "r")
	a.Pass(3 * time.Hour)
	a.answers(1)
	r, items := a.archiving("s")
	r.Select.Only = []crm.OpportunityID{1, 2}
	require.NoError(t, r.Run(t.Context()))
	assert.Equal(t, []string{"restored 1 replied", "skipped 2 already-done"}, items.Lines())
}

func TestWithoutTheSettingAnswersBringNothingBack(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 1, 30)
	a.run(t, "r")
	a.Pass(day)
	a.answers(1)
	p := &ledgertest.Process{Backend: a.Backend}
	r, items := a.archivingBy(p, "s")
	r.Answers = nil
	require.NoError(t, r.Run(t.Context()))
	assert.Empty(t, items.Lines())
	assert.Equal(t, []string{"OpenClaims", "Due", "Due"}, p.Calls, "nor is anything noted about them")
	assert.Equal(t, []string{"restored 1 replied"}, a.run(t, "t"), "switched on again, it comes back")
}

func TestANarrowedRunLosesNobodysAnswer(t *testing.T) {
	t.Parallel()
	for name, selection := range map[string]run.Selection{
		"one that looks at others":        {Only: []crm.OpportunityID{1}},
		"one that takes the other part":   {Shard: crm.Shard{Index: 1, Count: 2}},
		"one that has reached its number": {Limit: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newFakeOdoo(true).old(1, 2, 30)
			a.run(t, "r")
			a.Pass(3 * time.Hour)
			a.answers(1)
			a.answers(2)
			a.Pass(3 * time.Hour)
			r, items := a.archiving("narrow")
			r.Select = selection
			require.NoError(t, r.Run(t.Context()))
			assert.Contains(t, items.Lines(), "restored 1 replied")
			assert.NotContains(t, items.Lines(), "restored 2 replied")
			a.Pass(3 * time.Hour)
			assert.Equal(t, []string{"restored 2 replied"}, a.run(t, "whole"))
		})
	}
}

func TestAnAnswerThatAnotherRunServesIsLeftToItUntilThatIsDead(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 1, 30).busy(1)
	before := a.activities()
	a.run(t, "r")
	a.Pass(3 * time.Hour)
	a.answers(1)
	a.Pass(3 * time.Hour)
	p := &ledgertest.Process{Backend: a.Backend}
	p.Before = func(string) error {
		if len(p.Calls) > 0 && p.Calls[len(p.Calls)-1] == "Claim" {
			return ledgertest.ErrKilled
		}
		return nil
	}
	r, _ := a.archivingBy(p, "dead")
	require.ErrorIs(t, r.Run(t.Context()), ledgertest.ErrKilled)
	assert.Equal(t, []string{"skipped 1 claimed-elsewhere"}, a.run(t, "soon"))
	assert.Equal(t, []crm.OpportunityID{1}, a.archived())
	a.Pass(ledger.ClaimTTL)
	assert.Equal(t, []string{"restored 1 replied"}, a.run(t, "late"), "its note is the dead run's")
	assert.Equal(t, []string{"archive 1 by r done", "restored 1 by dead done"}, a.ledger())
	assert.Equal(t, before, a.activities())
}

func TestWhatOdooRefusesToRestoreIsTriedAgain(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 2, 30)
	a.run(t, "r")
	a.Pass(3 * time.Hour)
	a.answers(1)
	a.answers(2)
	a.stuck[1] = errors.New("not this one")
	a.Pass(3 * time.Hour)
	r, items := a.archiving("s")
	require.ErrorIs(t, r.Run(t.Context()), run.ErrFailures)
	assert.Equal(t, []string{"failed 1: not this one", "restored 2 replied"}, items.Lines())
	assert.Equal(t, []string{"archive 1 by r done", "archive 2 by r done", "restored 2 by s done"}, a.ledger(), "no note says what did not happen")
	a.Pass(3 * day)
	clear(a.stuck)
	assert.Equal(t, []string{"restored 1 replied"}, a.run(t, "t"))
}

func TestHowFarAnswersWereReadIsNotedOnlyAtTheEnd(t *testing.T) {
	t.Parallel()
	a := newFakeOdoo(true).old(1, 1, 30)
	broken := errors.New("connection lost")
	for _, at := range []string{"Due", "Confirm"} {
		r, _ := a.archivingBy(&ledgertest.Process{Backend: a.Backend, Before: func(call string) error {
			if call == at {
				return broken
			}
			return nil
		}}, "r")
		require.ErrorIs(t, r.Run(t.Context()), broken)
		assert.Empty(t, a.Shared)
	}
	a.Pass(day)
	a.run(t, "s")
	assert.Equal(t, map[string]string{instance.AnswersKey: "2026-11-24T12:00:00Z"}, a.Shared)
}
