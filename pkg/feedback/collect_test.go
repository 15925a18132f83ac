package feedback_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/ledger/ledgertest"
)

// noted are the bodies of the notes with answers.
func (w *fakeOdoo) noted() map[crm.OpportunityID][]string {
	notes := map[crm.OpportunityID][]string{}
	for _, e := range w.Stored() {
		if e.Key.Kind == crm.Answer {
			notes[e.On] = append(notes[e.On], e.Body)
		}
	}
	return notes
}

func TestAnAnswerIsWrittenOntoItsOpportunityOnce(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.Change(2, func(o *crm.Opportunity) { o.Salesperson = 0 })
	w.ask(t, "a")
	assert.Empty(t, w.collect(t, "b"))
	w.Pass(time.Hour)
	w.answer(75, "<script>alert(1)</script> & more\nlines")
	want := "<p>The client answered the questionnaire on 2026-11-23:</p><p>Score: 75 of 100</p>" +
		"<ul><li>How was it?<br><b>So so</b></li><li>Why?<br><b>&lt;script&gt;alert(1)&lt;/script&gt; &amp; more<br>lines</b></li></ul>"
	assert.Equal(t, []string{"collected 1", "collected 2"}, w.collect(t, "c"))
	notes := map[crm.OpportunityID][]string{1: {want}, 2: {want}}
	assert.Equal(t, notes, w.noted())
	assert.Empty(t, w.todos, "75 is not below 50")
	assert.Empty(t, w.collect(t, "d"))
	assert.Equal(t, notes, w.noted())
}

func TestALowScoreIsATodoForTheNextWorkingDay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		score float64
		later time.Duration
		want  string
	}{
		"on a Monday":               {49.9, 0, "2026-11-24"},
		"on a Thursday":             {0, 3 * day, "2026-11-27"},
		"on a Friday":               {0, 4 * day, "2026-11-30"},
		"on a Saturday":             {0, 5 * day, "2026-11-30"},
		"on a Sunday":               {0, 6 * day, "2026-11-30"},
		"never at the bound itself": {50, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFakeOdoo(1).finish(1)
			w.ask(t, "a")
			w.Pass(c.later)
			w.answer(c.score, "no")
			assert.Equal(t, []string{"collected 1"}, w.collect(t, "b"))
			if c.want == "" {
				assert.Empty(t, w.todos)
				return
			}
			require.Len(t, w.todos, 1)
			for _, todo := range w.todos {
				assert.Equal(t, []any{crm.OpportunityID(1), crm.UserID(3), c.want, "Call this unhappy client"},
					[]any{todo.Opportunity, todo.User, todo.Deadline, todo.Summary})
				assert.Equal(t, fmt.Sprintf("<p>Score: %.0f of 100</p><p>How was it?<br><b>So so</b></p>", c.score)+
					"<p>All answers of "+w.Now().Format(time.DateOnly)+" are in the history.</p><p>"+crm.FollowUpMark+"</p>", todo.Note)
			}
		})
	}
}

func TestWhatWasNotAnsweredInTimeIsClosed(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(3).finish(1, 2, 3)
	w.ask(t, "a")
	w.Pass(14 * day)
	assert.Empty(t, w.collect(t, "b"), "the last moment is in time")
	w.Pass(time.Second)
	w.DeleteOpportunity(3)
	assert.Equal(t, []string{"skipped 1 expired", "skipped 2 expired", "skipped 3 expired"}, w.collect(t, "c"))
	assert.Equal(t, map[int64]string{1: "expired", 2: "expired", 3: "expired"}, w.closed)
	assert.Empty(t, w.collect(t, "d"))
	assert.Empty(t, w.noted())
}

func TestAnAnswerAboutADeletedOpportunityIsClosed(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(1).finish(1)
	w.ask(t, "a")
	w.answer(75, "yes")
	w.DeleteOpportunity(1)
	assert.Equal(t, []string{"skipped 1 gone"}, w.collect(t, "b"))
	assert.Empty(t, w.collect(t, "c"))
}

func TestALimitLeavesOtherAnswersToTheNextRun(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.ask(t, "a")
	w.answer(75, "yes")
	c, items, _ := w.collecting(&ledgertest.Process{Backend: w.Backend}, "b")
	c.Select.Limit = 1
	require.NoError(t, c.Run(t.Context()))
	assert.Equal(t, []string{"collected 1", "skipped 2 limit"}, items.Lines())
	assert.Equal(t, []string{"collected 2"}, w.collect(t, "c"))
}

func TestADryRunCollectsNothing(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.ask(t, "a")
	w.answer(20, "no")
	w.Pass(15 * day)
	w.finish(1)
	p := &ledgertest.Process{Backend: w.Backend}
	c, items, _ := w.collecting(p, "b")
	c.DryRun = true
	require.NoError(t, c.Run(t.Context()))
	assert.Equal(t, []string{"planned 1", "planned 2"}, items.Lines())
	assert.Equal(t, []string{"Done", "Overdue", "Chosen", "Opportunities", "Salespeople"}, p.Calls)
	assert.Empty(t, w.closed)
}

func TestWhereverACollectingRunDiesEachAnswerIsNotedOnce(t *testing.T) {
	t.Parallel()
	for die := 1; ; die++ {
		w := newFakeOdoo(3).finish(1, 2, 3)
		w.ask(t, "a")
		w.Mails[ledgertest.Client(3)] = nil // It was never answered.
		w.answer(20, "no")
		w.Pass(15 * day)
		p := &ledgertest.Process{Backend: w.Backend, DieAfter: die}
		c, _, log := w.collecting(p, "dead")
		err := c.Run(t.Context())
		lived := p.Steps < die
		if lived {
			require.NoError(t, err)
			require.Greater(t, die, 9, "there are so many moments to die at")
		} else {
			require.ErrorIs(t, err, ledgertest.ErrKilled)
			require.False(t, w.leaks(err.Error()+log.String()))
		}
		w.Pass(ledger.ClaimTTL)
		w.collect(t, "next")
		require.Equal(t, map[int64]string{1: "done", 2: "done", 3: "expired"}, w.closed, "dead after %d", die)
		notes := w.noted()
		require.Len(t, notes, 2)
		require.Len(t, notes[1], 1)
		require.Len(t, notes[2], 1)
		require.Len(t, w.todos, 2)
		require.Empty(t, w.collect(t, "last"))
		if lived {
			return
		}
	}
}

func TestWhoGetsTheTodoOfALowScore(t *testing.T) {
	t.Parallel()
	const leader, gone = crm.UserID(8), crm.UserID(9)
	for name, c := range map[string]struct {
		salesperson crm.UserID
		leads       crm.UserID
		want        crm.UserID
	}{
		"the salesperson":                         {3, leader, 3},
		"without one the team's leader":           {0, leader, leader},
		"the leader for one who has left":         {gone, leader, leader},
		"nobody without a leader":                 {0, 0, 0},
		"nobody when the leader has left as well": {gone, gone, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFakeOdoo(1).finish(1)
			w.Salespeople = maps.Clone(w.Salespeople)
			w.Salespeople[leader] = crm.Salesperson{ID: leader, Name: "Lea", Active: true, Language: "fr_FR"}
			w.Salespeople[gone] = crm.Salesperson{ID: gone, Name: "Gus"}
			w.leaders[5] = c.leads
			w.Change(1, func(o *crm.Opportunity) { o.Salesperson, o.Team = c.salesperson, 5 })
			w.ask(t, "a")
			w.answer(10, "no")
			collect, items, log := w.collecting(&ledgertest.Process{Backend: w.Backend}, "b")
			require.NoError(t, collect.Run(t.Context()))
			assert.Equal(t, []string{"collected 1"}, items.Lines())
			if c.want == 0 {
				assert.Empty(t, w.todos)
				assert.Contains(t, log.String(), "nobody gets a to-do for a low score")
				return
			}
			require.Len(t, w.todos, 1)
			for _, todo := range w.todos {
				assert.Equal(t, c.want, todo.User)
				assert.Equal(t, c.want == leader, strings.HasPrefix(todo.Summary, "Rappeler"), "in their language: %s", todo.Summary)
			}
			assert.Empty(t, log.String())
		})
	}
}

func TestTheLastScoreShowsOnTheOpportunity(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(3).finish(1, 2, 3)
	w.ask(t, "a")
	again := w.again(1)
	w.answer(75, "yes")
	again.Answered = w.Now().Add(time.Minute)
	w.chosen = append(w.chosen, crm.AnswerLine{Participation: again.ID, QuestionID: 1, Answer: "No", Score: 0, Scored: true})
	for i, chosen := range w.chosen {
		// What the third client chose has no score.
		if p := w.participations[fmt.Sprintf("ask_%d_%d", w.done[2].Message, len("satisfaction"))]; chosen.Participation == p.ID {
			w.chosen[i].Scored = false
		}
	}
	p := &ledgertest.Process{Backend: w.Backend}
	c, items, _ := w.collecting(p, "b")
	c.Marking = feedbackplan.Marking{Field: "x_score", Tags: []feedbackplan.ScoreTag{{Below: 50, Tag: 7}}}
	require.NoError(t, c.Run(t.Context()))
	assert.Equal(t, []string{"collected 1", "collected 2", "collected 3", "collected 1"}, items.Lines())
	assert.Equal(t, map[crm.OpportunityID]crm.Mark{
		1: {Field: "x_score", Score: 0, Add: []crm.TagID{7}}, 2: {Field: "x_score", Score: 75, Remove: []crm.TagID{7}},
	}, w.marks)
}

func TestAnotherAttemptIsAFurtherNote(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1, 2)
	w.ask(t, "a")
	both, instead := w.again(1), w.again(2)
	w.answer(75, "yes")
	for _, p := range w.participations {
		if p.Opportunity == 2 && !p.Again {
			p.Answered = time.Time{} // Only the other attempt is submitted.
		}
	}
	both.Answered, instead.Answered = w.Now().Add(time.Minute), w.Now().Add(time.Minute)
	assert.Equal(t, []string{"collected 1", "collected 1", "collected 2"}, w.collect(t, "b"))
	notes := w.noted()
	require.Len(t, notes[1], 2)
	require.Len(t, notes[2], 1)
	assert.NotContains(t, notes[1][0], "another time")
	assert.Contains(t, notes[1][1], "The client answered the same questionnaire another time on 2026-11-23:")

	w.Pass(15 * day)
	assert.Empty(t, w.collect(t, "c"), "who answered at another attempt did not let the time pass")
	assert.Equal(t, map[int64]string{1: "done", 2: "expired", 3: "done", 4: "done"}, w.closed)
}

func TestAttemptsThatNobodySubmitsAreCountedOnce(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(1).finish(1)
	w.ask(t, "a")
	w.again(1)
	w.Pass(15 * day)
	assert.Equal(t, []string{"skipped 1 expired"}, w.collect(t, "b"))
	assert.Equal(t, map[int64]string{1: "expired", 2: "expired"}, w.closed)
}

func TestAnAnswerGoesWhereItsActivityWasMergedTo(t *testing.T) {
	t.Parallel()
	w := newFakeOdoo(2).finish(1)
	w.ask(t, "a")
	w.answer(75, "yes")
	w.DeleteOpportunity(1)
	w.done[0].Opportunity = 2
	assert.Equal(t, []string{"collected 2"}, w.collect(t, "b"))
	assert.Len(t, w.noted()[2], 1)
}
