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
	outcomes map[Outcome]int
	reasons  map[Outcome]map[crm.Reason]int
}

// Add counts one item.
func (c *Counts) Add(item Item) { c.AddMany(item.Outcome, item.Reason, 1) }

// AddMany counts n items with the outcome and the reason, which may be empty.
func (c *Counts) AddMany(o Outcome, r crm.Reason, n int) {
	if c.outcomes == nil {
		c.outcomes = map[Outcome]int{}
		c.reasons = map[Outcome]map[crm.Reason]int{}
	}
	c.outcomes[o] += n
	if r == "" {
		return
	}
	if c.reasons[o] == nil {
		c.reasons[o] = map[crm.Reason]int{}
	}
	c.reasons[o][r] += n
}

// Of returns how many items had the outcome.
func (c *Counts) Of(o Outcome) int { return c.outcomes[o] }

// Brief returns the outcomes that occurred in one line: "12 sent, 3 skipped (2
// no-email, 1 replied)".
func (c *Counts) Brief(h Head) string {
	var parts []string
	for _, o := range counted(h) {
		if n := c.Of(o); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s%s", n, o, breakdown(c.reasons[o])))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
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

// tally lists the outcomes with their counts, and with their reasons if reasons is
// set.
func tally(h Head, c *Counts, reasons bool) string {
	var b strings.Builder
	b.WriteString(h.Command)
	if h.DryRun {
		b.WriteString(" (dry run)")
	}
	separator := ": "
	for _, o := range counted(h) {
		fmt.Fprintf(&b, "%s%d %s", separator, c.Of(o), o)
		if reasons {
			b.WriteString(breakdown(c.reasons[o]))
		}
		separator = ", "
	}
	return b.String()
}

// counted returns the outcomes that such a run can have, in the order of the
// summary. It shows all of them, also with a count of 0.
func counted(h Head) []Outcome {
	done := []Outcome{Sent}
	switch {
	case h.DryRun:
		done = []Outcome{Planned}
	case len(h.Done) > 0:
		done = h.Done
	}
	return append(slices.Clone(done), Skipped, Failed)
}

// breakdown lists the reasons, the most frequent first: " (2 no-email, 1 won)".
func breakdown(reasons map[crm.Reason]int) string {
	if len(reasons) == 0 {
		return ""
	}
	sorted := slices.SortedFunc(maps.Keys(reasons), func(a, b crm.Reason) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(sorted))
	for i, r := range sorted {
		parts[i] = fmt.Sprintf("%d %s", reasons[r], r)
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
