//go:build exhaustive && !odoo

package scenario_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reliability is the document that tells what these tests found.
var reliability = filepath.Join("..", "..", "docs", "reliability.md")

// table is a table of which the tests find the cells, in any order.
type table struct {
	name, head string

	mu    sync.Mutex
	rows  []string
	cells map[string][]string
}

// row makes room for a row of so many cells.
func (x *table) row(title string, cells int) {
	x.rows = append(x.rows, title)
	if x.cells == nil {
		x.cells = map[string][]string{}
	}
	x.cells[title] = make([]string, cells)
}

func (x *table) set(title string, column int, text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cells[title][column] = text
}

// String is the table in Markdown.
func (x *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", x.head, strings.Repeat(" --- |", strings.Count(x.head, "|")+1))
	for _, title := range x.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", title, strings.Join(x.cells[title], " | "))
	}
	return b.String()
}

// requireDocumented compares the table with the document's, or writes it there.
func (x *table) requireDocumented(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(reliability)
	require.NoError(t, err)
	begin, end := "<!-- "+x.name+": written by a test -->\n\n", "\n<!-- end -->"
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found, "the place of the table in %s", reliability)
	table, after, found := strings.Cut(rest, end)
	require.True(t, found, "the end of the table in %s", reliability)
	if *update {
		require.NoError(t, os.WriteFile(reliability, []byte(before+begin+x.String()+end+after), 0o600))
		return
	}
	require.Equal(t, table, x.String(), "what %s says; -update writes it", reliability)
}

// everyCall lets each call of an operation fail in turn, and so many after it,
// in a run of its own.
func everyCall(t *testing.T, o operation, f callFault, times int, journal bool) faultCounts {
	t.Helper()
	return everyPoint(t, func(n int) faultCounts { return callFails(t, o, f, n, times, journal) })
}

// everyPoint tries something at each call of a run, counted from 0.
func everyPoint(t *testing.T, try func(n int) faultCounts) faultCounts {
	t.Helper()
	var sum faultCounts
	for n := range math.MaxInt {
		counts := try(n)
		if counts.runs == 0 {
			require.Greater(t, n, 5, "the run makes more calls than that")
			break
		}
		sum.add(counts)
	}
	t.Logf("%d runs", sum.runs)
	return sum
}

// everyOccasion lets a step fail at each of its occasions, in runs of their
// own, while reminders and questionnaires are mailed.
func everyOccasion(t *testing.T, s mailStep, try func(o operation, occasion int) faultCounts) faultCounts {
	t.Helper()
	var sum faultCounts
	for _, o := range mailing() {
		for n := 0; s.nth == nil || n < len(s.nth); n++ {
			occasion := n
			if s.nth != nil {
				occasion = s.nth[n]
			}
			counts := try(o, occasion)
			if counts.runs == 0 {
				// Questionnaires have no copies.
				require.True(t, s.nth == nil || o.String() != "remind", "%s happens %d times", s.title, occasion+1)
				break
			}
			sum.add(counts)
		}
	}
	require.NotZero(t, sum.runs)
	t.Logf("%d runs", sum.runs)
	return sum
}

// Every call to Odoo of every run fails in every way, in a run of its own; the
// runs that follow end in the same state.
func TestWhicheverCallFailsTheNextRunsEndInTheSameState(t *testing.T) {
	calls := &table{name: "calls", head: "what happens to one call"}
	for _, o := range operations() {
		calls.head += " | `" + o.String() + "`"
	}
	t.Run("fault", func(t *testing.T) {
		for _, f := range callFaults() {
			calls.row(f.title, len(operations()))
			for column, o := range operations() {
				t.Run(f.name+" "+o.String(), func(t *testing.T) {
					t.Parallel()
					calls.set(f.title, column, everyCall(t, o, f, 1, true).cell())
				})
			}
		}
	})
	calls.requireDocumented(t)
}

// Odoo is lost from a call on, for every call. It is as if the run were killed
// there, except that it can still report.
func TestWhereverOdooIsLostTheNextRunsEndInTheSameState(t *testing.T) {
	lost := &table{name: "lost", head: "Odoo is lost from one call on | with `state_dir` | with `state_dir: none`"}
	t.Run("fault", func(t *testing.T) {
		for _, o := range operations() {
			for _, f := range callFaults() {
				if f.name != "cut" && f.name != "cut-after-work" {
					continue
				}
				title := fmt.Sprintf("`%s`: %s", o, f.title)
				lost.row(title, 2)
				for column := range 2 {
					t.Run(fmt.Sprint(o, " ", f.name, " ", column), func(t *testing.T) {
						t.Parallel()
						lost.set(title, column, everyCall(t, o, f, math.MaxInt, column == 0).cell())
					})
				}
			}
		}
	})
	lost.requireDocumented(t)
}

// While a run is at each of its calls, or has died there, two other hosts run at the
// same time, one of which sees a fast clock.
func TestWhereverHostsOverlapTheNextRunsEndInTheSameState(t *testing.T) {
	hosts := &table{name: "hosts", head: "while one host is at one call"}
	for _, o := range operations() {
		hosts.head += " | `" + o.String() + "`"
	}
	t.Run("overlap", func(t *testing.T) {
		for _, over := range overlaps() {
			hosts.row(over.title, len(operations()))
			for column, o := range operations() {
				t.Run(over.title+" "+o.String(), func(t *testing.T) {
					t.Parallel()
					hosts.set(over.title, column, everyPoint(t, func(n int) faultCounts { return hostsOverlap(t, o, over, n) }).cell())
				})
			}
		}
	})
	hosts.requireDocumented(t)
}

// Odoo is put back from a backup after a run that got as far as each of its calls.
func TestWhereverOdooIsRestoredNobodyIsMailedTwice(t *testing.T) {
	restored := &table{name: "restored", head: "Odoo is put back to before a run that lost it at one call | its mails"}
	t.Run("restore", func(t *testing.T) {
		for _, o := range mailing() {
			title := "`" + o.String() + "`"
			restored.row(title, 1)
			t.Run(o.String(), func(t *testing.T) {
				t.Parallel()
				restored.set(title, 0, everyPoint(t, func(n int) faultCounts { return odooIsRestored(t, o, "", n) }).cell())
			})
		}
	})
	restored.requireDocumented(t)
}

// Every step of the conversation with the mail server fails in every way.
func TestWhicheverStepOfTheMailServerFailsEachClientIsMailedOnce(t *testing.T) {
	steps := &table{name: "steps", head: "step"}
	for _, f := range mailFaults() {
		steps.head += " | " + f.title
	}
	t.Run("fault", func(t *testing.T) {
		for _, s := range mailSteps() {
			steps.row(s.title, len(mailFaults()))
			for column, f := range mailFaults() {
				if !possible(s, f) {
					continue
				}
				t.Run(s.title+" "+f.title, func(t *testing.T) {
					t.Parallel()
					sum := everyOccasion(t, s, func(o operation, occasion int) faultCounts { return stepFails(t, o, s, f, occasion) })
					steps.set(s.title, column, sum.cell())
					assert.Equal(t, worst(s, f), sum.worst)
				})
			}
		}
	})
	steps.requireDocumented(t)
}

// Every mail that is handed to Odoo fails in every way, in a run of its own: the call, and
// every step between Odoo and its mail server.
func TestWhicheverMailThroughOdooFailsNobodyIsMailedTwice(t *testing.T) {
	calls := &table{name: "calls-through-odoo", head: "what happens to the call that sends a mail | the mail"}
	t.Run("call", func(t *testing.T) {
		for _, f := range callFaults() {
			calls.row(f.title, 1)
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				var sum faultCounts
				for _, o := range mailing() {
					for _, n := range []int{0, few/2 - 1, few - 1} {
						sum.add(sendingFails(t, o, f, n))
					}
				}
				calls.set(f.title, 0, sum.cell())
				assert.Equal(t, worstSending(f), sum.worst)
			})
		}
	})
	calls.requireDocumented(t)
	steps := &table{name: "steps-through-odoo", head: "step"}
	for _, f := range mailFaults() {
		steps.head += " | " + f.title
	}
	t.Run("step", func(t *testing.T) {
		for _, s := range mailSteps() {
			if !possibleThroughOdoo(s, mailFaults()[0]) {
				continue
			}
			if s.nth == nil { // Each mail has a connection of its own.
				s.nth = []int{0, few/2 - 1, few - 1}
			}
			steps.row(s.title, len(mailFaults()))
			for column, f := range mailFaults() {
				if !possibleThroughOdoo(s, f) {
					continue
				}
				t.Run(s.title+" "+f.title, func(t *testing.T) {
					t.Parallel()
					sum := everyOccasion(t, s, func(o operation, occasion int) faultCounts { return stepFailsThroughOdoo(t, o, s, f, occasion) })
					steps.set(s.title, column, sum.cell())
					assert.Equal(t, worstThroughOdoo(s, f), sum.worst)
				})
			}
		}
	})
	steps.requireDocumented(t)
}

// Something happens to one byte between the tool and the mail server, before,
// in and after TLS. At most the mail in hand is in doubt.
func TestWhicheverByteFailsAtMostOneMailIsInDoubt(t *testing.T) {
	const occasions = 24
	bytes := &table{name: "bytes", head: "at one byte | what the tool sends | what the mail server sends"}
	titles := byteFaults()
	for _, does := range slices.Sorted(maps.Keys(titles)) {
		bytes.row(titles[does], 2)
		t.Run("fault", func(t *testing.T) {
			for column := range 2 {
				t.Run(fmt.Sprint(titles[does], " ", column), func(t *testing.T) {
					t.Parallel()
					for n := range occasions {
						byteFails(t, does, column == 0, n, occasions)
					}
					bytes.set(titles[does], column, "once, or the mail in hand is uncertain")
				})
			}
		})
	}
	bytes.requireDocumented(t)
}

// cell says in a word or two what came of it at the worst. Sums would change
// with every call that the tool makes.
func (c faultCounts) cell() string {
	switch w := c.worst; {
	case w.wrong > 0:
		return "**wrong**"
	case w.refused > 0:
		return "refused"
	case w.arrived+w.lost > 1:
		return fmt.Sprintf("once, or uncertain: up to %d", max(w.arrived, w.lost))
	case w.arrived > 0:
		return "uncertain, and has it"
	case w.lost > 0:
		return "uncertain, and has it not"
	}
	return "once"
}

func (a *faultCounts) add(b faultCounts) {
	a.runs += b.runs
	a.worst.refused = max(a.worst.refused, b.worst.refused)
	a.worst.arrived = max(a.worst.arrived, b.worst.arrived)
	a.worst.lost = max(a.worst.lost, b.worst.lost)
	a.worst.wrong = max(a.worst.wrong, b.worst.wrong)
}
