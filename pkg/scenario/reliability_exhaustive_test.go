//go:build !odoo

package scenario_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// reliability is the document that tells what the tests of outages found.
var reliability = filepath.Join("..", "..", "docs", "reliability.md")

// grid is a table of which the tests find the cells, in any order.
type grid struct {
	name, head string

	mu    sync.Mutex
	rows  []string
	cells map[string][]string
}

// row makes room for a row of so many cells.
func (g *grid) row(title string, cells int) {
	g.rows = append(g.rows, title)
	if g.cells == nil {
		g.cells = map[string][]string{}
	}
	g.cells[title] = make([]string, cells)
}

func (g *grid) set(title string, column int, text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cells[title][column] = text
}

// String is the table in Markdown.
func (g *grid) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", g.head, strings.Repeat(" --- |", strings.Count(g.head, "|")+1))
	for _, title := range g.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", title, strings.Join(g.cells[title], " | "))
	}
	return b.String()
}

// fill runs the tests that find the cells. Their garbage is worth little work.
func (g *grid) fill(t *testing.T, tests func(t *testing.T)) {
	t.Helper()
	before := debug.SetGCPercent(400)
	defer debug.SetGCPercent(before)
	t.Run("fault", tests)
}

// requireDocumented compares the table with the document's, or writes it there.
func (g *grid) requireDocumented(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(reliability)
	require.NoError(t, err)
	begin, end := "<!-- "+g.name+": written by a test -->\n\n", "\n<!-- end -->"
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found, "the place of the table in %s", reliability)
	table, after, found := strings.Cut(rest, end)
	require.True(t, found, "the end of the table in %s", reliability)
	if *update {
		require.NoError(t, os.WriteFile(reliability, []byte(before+begin+g.String()+end+after), 0o600))
		return
	}
	require.Equal(t, table, g.String(), "what %s says; -update writes it", reliability)
}

// Every call to Odoo of every run fails in every way, in a run of its own; the
// runs that follow end in the same state.
func TestWhicheverCallFailsTheNextRunsEndInTheSameState(t *testing.T) {
	g := &grid{name: "calls", head: "what happens to one call"}
	for _, e := range errands() {
		g.head += " | `" + e.String() + "`"
	}
	g.fill(t, func(t *testing.T) {
		for _, f := range callFaults() {
			g.row(f.title, len(errands()))
			for column, e := range errands() {
				t.Run(f.name+" "+e.String(), func(t *testing.T) {
					t.Parallel()
					sum := everyCall(t, e, f, 1, stateOf(t))
					g.set(f.title, column, sum.cell())
					t.Logf("%d runs", sum.runs)
				})
			}
		}
	})
	g.requireDocumented(t)
}

// stateOf gives the tool a state directory of its own.
func stateOf(t *testing.T) string {
	t.Helper()
	return "CRM_TOOL_STATE_DIR=" + t.TempDir()
}

// Odoo is lost from a call on, for every call. It is as if the run were killed
// there, except that it can still report.
func TestWhereverOdooIsLostTheNextRunsEndInTheSameState(t *testing.T) {
	g := &grid{name: "lost", head: "Odoo is lost from one call on | with `state_dir` | with `state_dir: none`"}
	g.fill(t, func(t *testing.T) {
		for _, e := range errands() {
			for _, f := range callFaults() {
				if f.name != "cut" && f.name != "cut-after-work" {
					continue
				}
				title := fmt.Sprintf("`%s`: %s", e, f.title)
				g.row(title, 2)
				for column := range 2 {
					t.Run(fmt.Sprint(e, " ", f.name, " ", column), func(t *testing.T) {
						t.Parallel()
						var settings []string
						if column == 0 {
							settings = append(settings, stateOf(t))
						}
						sum := everyCall(t, e, f, math.MaxInt, settings...)
						g.set(title, column, sum.cell())
						t.Logf("%d runs", sum.runs)
					})
				}
			}
		}
	})
	g.requireDocumented(t)
}

// Every step of the conversation with the mail server fails in every way. A
// mail is uncertain exactly when the server's verdict on it could not be heard.
func TestWhicheverStepOfTheMailServerFailsEachClientIsMailedOnce(t *testing.T) {
	g := &grid{name: "steps", head: "step"}
	for _, f := range mailFaults() {
		g.head += " | " + f.title
	}
	g.fill(t, func(t *testing.T) {
		for _, s := range mailSteps() {
			g.row(s.title, len(mailFaults()))
			for column, f := range mailFaults() {
				if !possible(s, f) {
					continue
				}
				t.Run(s.title+" "+f.title, func(t *testing.T) {
					t.Parallel()
					sum := everyStep(t, s, f)
					g.set(s.title, column, sum.cell())
					t.Logf("%d runs", sum.runs)
					want := outcomes{}
					begun := s.trouble.Step == sandboxsmtp.AtBody || s.trouble.Step == sandboxsmtp.AtFinal
					switch {
					case begun && !f.verdict && s.trouble.Stored:
						want.arrived = 1
					case begun && !f.verdict: // A mail is short: its end is sent before anybody hangs up.
						want.lost = 1
					case f.title == "550" && (begun || s.trouble.Step == sandboxsmtp.AtData || s.trouble.Address == unlucky):
						want.refused = 1
					}
					assert.Equal(t, want, sum.worst)
				})
			}
		}
	})
	g.requireDocumented(t)
}

// The connection to the mail server is harmed at some byte, before, in and
// after TLS. At most the mail in hand is in doubt.
func TestWhicheverByteIsHarmedAtMostOneMailIsInDoubt(t *testing.T) {
	const occasions = 24
	g := &grid{name: "bytes", head: "at one byte | what the tool sends | what the mail server sends"}
	for _, h := range []struct {
		title string
		does  harm
	}{
		{"the connection ends", severed}, {"silence begins", silenced}, {"the byte is another one", flipped},
	} {
		g.row(h.title, 2)
		g.fill(t, func(t *testing.T) {
			for column := range 2 {
				t.Run(fmt.Sprint(h.title, " ", column), func(t *testing.T) {
					t.Parallel()
					for n := range occasions {
						paid := harmByte(t, h.does, column == 0, n, occasions)
						assert.LessOrEqual(t, paid.worst.arrived+paid.worst.lost, 1, "in doubt")
					}
					g.set(h.title, column, "once, or the mail in hand is uncertain")
				})
			}
		})
	}
	g.requireDocumented(t)
}

// harmByte harms the n-th of so many bytes that lie as far from each other.
func harmByte(t *testing.T, does harm, sent bool, n, of int) toll {
	t.Helper()
	var at *flow
	all := 6000
	if sent {
		all = 140000
	}
	paid := suffer(t, errands()[0], true, outage{
		where: fmt.Sprintf("harm %d at byte %d", does, 1+n*all/of),
		begin: func(l *lab) {
			if at = &l.wire.heard; sent {
				at = &l.wire.sent
			}
			at.at, at.does = 1+n*all/of, does
		},
		struck: func() bool { return at.passed >= at.at },
	})
	require.Equal(t, 1, paid.runs)
	return paid
}
