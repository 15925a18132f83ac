// Package year_test lets years go by, day by day, over a company's opportunities, and
// holds the planners of reminders and of archiving to a model.
//
// A [world] is the company: its people write, are away, stop, bounce and move, and runs
// come at all hours, or not at all, or die. Whenever a run decides, a [model] says what
// the user guide promises, day by day with plain loops. Each decision is compared.
package year_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestNoDayOfAYearDiffersFromTheGuide lets each of the years go by.
func TestNoDayOfAYearDiffersFromTheGuide(t *testing.T) {
	t.Parallel()
	worlds := make([]*world, len(years()))
	t.Run("years", func(t *testing.T) {
		for i, y := range years() {
			t.Run(y.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, uint64(i+1), deals, days, y.set.clone())
				worlds[i] = w
				w.live12Months(y)
				for _, wrong := range w.check.wrong {
					t.Error(wrong)
				}
				t.Logf("%d comparisons, %d reminders arrived, %d were archived", w.check.compared, w.check.arrivals, w.check.kept[""])
			})
		}
	})
	if whole {
		everythingHappened(t, worlds)
	}
}

// everythingHappened: a year in which nothing happens proves nothing.
func everythingHappened(t *testing.T, worlds []*world) {
	t.Helper()
	seen, kept := map[string]int{}, map[string]int{}
	for _, w := range worlds {
		maps.Copy(seen, w.check.seen)
		maps.Copy(kept, w.check.kept)
	}
	assert.Equal(t, []string{
		"", "activity-planned", "already-done", "away", "bad-email", "blacklisted", "bounced", "claimed-elsewhere", "frozen", "gone", "missed",
		"no-email", "off-hours", "opted-out", "outside-window", "recently-mailed", "refused", "replied", "rule-excluded", "salesperson-wrote",
		"snoozed", "superseded", "uncertain", "unhappy", "won",
	}, slices.Sorted(maps.Keys(seen)), "whatever becomes of a reminder happened")
	assert.Equal(t, []string{
		"", "already-done", "claimed-elsewhere", "gone", "kept-answer", "kept-stage", "kept-tag", "open-activity", "outside-window",
		"reminder-pending", "restored", "rule-excluded", "snoozed", "unanswered", "uncertain", "warn", "won",
	}, slices.Sorted(maps.Keys(kept)), "and of archiving")
}

// live12Months lets the days go by.
func (w *world) live12Months(y year) {
	for page := range days + daysBefore {
		if change, ok := y.changes[w.wall[page]]; ok {
			w.set = w.set.clone()
			change(&w.set)
		}
		w.live(page)
		if page >= 30 { // crm-tool is there from New Year on.
			w.plansRuns(page)
		}
		w.goThrough(page)
		if len(w.check.wrong) > 0 {
			return
		}
	}
}

// goThrough lets a day go by. What happens may let more happen on the same day.
func (w *world) goThrough(page int) {
	for len(w.later[page]) > 0 {
		next := 0
		for i, h := range w.later[page] {
			if h.at.Before(w.later[page][next].at) {
				next = i
			}
		}
		h := w.later[page][next]
		w.later[page] = slices.Delete(w.later[page], next, next+1)
		if w.clock = w.clock.Add(1e9); h.at.After(w.clock) {
			w.clock = h.at
		}
		h.do()
	}
	delete(w.later, page)
}
