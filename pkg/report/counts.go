package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Counts counts items by outcome and reason. The zero value is ready for use.
type Counts struct {
	reasons map[Outcome]map[crm.Reason]int
}

// Add counts one item.
func (c *Counts) Add(item Item) { c.AddMany(item.Outcome, item.Reason, 1) }

// AddMany counts n items with the outcome and the reason, which may be empty.
func (c *Counts) AddMany(o Outcome, r crm.Reason, n int) {
	if c.reasons == nil {
		c.reasons = map[Outcome]map[crm.Reason]int{}
	}
	if c.reasons[o] == nil {
		c.reasons[o] = map[crm.Reason]int{}
	}
	c.reasons[o][r] += n
}

// Of returns how many items had the outcome.
func (c *Counts) Of(o Outcome) int {
	total := 0
	for _, n := range c.reasons[o] {
		total += n
	}
	return total
}

// Reasons returns how many items had the outcome, by reason; the empty reason is that
// of items without one.
func (c *Counts) Reasons(o Outcome) map[crm.Reason]int { return maps.Clone(c.reasons[o]) }

// Brief returns the outcomes that occurred in one line: "12 sent, 3 skipped (2
// no-email, 1 replied)".
func (c *Counts) Brief(h Head) string {
	occurred := slices.DeleteFunc(counted(h, c), func(o Outcome) bool { return c.Of(o) == 0 })
	return cmp.Or(c.list(occurred, true), "nothing")
}

// Summary says in one line what a run did:
//
//	remind: 12 sent, 3 skipped (2 no-email, 1 replied), 0 failed in 1.2s
func Summary(h Head, c *Counts, t Tail) string {
	summary := tally(h, c, true) + " in " + Duration(t.Finished.Sub(h.Started))
	if t.Error != nil {
		summary += ", then stopped by an error"
	}
	return summary
}

// Interim says in one line what a run has done after some time:
//
//	remind: 12 sent, 3 skipped, 0 failed after 4s
func Interim(h Head, c *Counts, gone time.Duration) string {
	return tally(h, c, false) + " after " + gone.Truncate(time.Second).String()
}

func tally(h Head, c *Counts, reasons bool) string {
	command := h.Command
	if h.DryRun {
		command += " (dry run)"
	}
	return command + ": " + c.list(counted(h, c), reasons)
}

// list returns outcomes with their counts, and with their reasons if reasons is
// set.
func (c *Counts) list(outcomes []Outcome, reasons bool) string {
	parts := make([]string, len(outcomes))
	for i, o := range outcomes {
		parts[i] = fmt.Sprintf("%d %s", c.Of(o), o)
		if reasons {
			parts[i] += breakdown(c.reasons[o])
		}
	}
	return strings.Join(parts, ", ")
}

// counted returns the outcomes that such a run can have, in the order of the
// summary. It shows all of them, also with a count of 0, and mails of a run that may
// do without.
func counted(h Head, c *Counts) []Outcome {
	done := []Outcome{Sent}
	switch {
	case h.DryRun:
		done = []Outcome{Planned}
	case len(h.Done) > 0:
		done = h.Done
	}
	if len(h.Done) > 0 && !h.DryRun && !slices.Contains(done, Sent) && c.Of(Sent) > 0 {
		done = append([]Outcome{Sent}, done...)
	}
	return slices.Concat(done, []Outcome{Skipped, Failed})
}

// breakdown lists the reasons, the most frequent first: " (2 no-email, 1 won)".
func breakdown(reasons map[crm.Reason]int) string {
	var parts []string
	for _, r := range slices.SortedFunc(maps.Keys(reasons), func(a, b crm.Reason) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	}) {
		if r != "" {
			parts = append(parts, fmt.Sprintf("%d %s", reasons[r], r))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Duration returns a time with tenths of a second, from a minute on without. It is
// never negative, also when the clock was set back during the run.
func Duration(d time.Duration) string {
	unit := 100 * time.Millisecond
	if d >= time.Minute {
		unit = time.Second
	}
	return max(d, 0).Round(unit).String()
}
