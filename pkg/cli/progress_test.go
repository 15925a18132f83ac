package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/report"
)

// told returns what a terminal of that width gets when ticks come at these
// times.
func told(t *testing.T, width int, at ...time.Duration) (*globals, *bytes.Buffer, func()) {
	t.Helper()
	var terminal bytes.Buffer
	g := &globals{env: Env{Stdout: &terminal, Stderr: &terminal, ErrWidth: width}}
	g.makeRoom()
	ticks := make(chan time.Time)
	began := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	times := append(append([]time.Duration{0}, at...), 0)
	clock := func() time.Time {
		now := began.Add(times[0])
		times = times[1:]
		return now
	}
	stop := tellAt(ticks, clock, g.status, func(gone time.Duration) string { return fmt.Sprintf("at it for %s", gone) })
	for range len(at) + 1 { // When the last one is taken, the others have been told.
		ticks <- time.Time{}
	}
	return g, &terminal, stop
}

func TestProgressIsToldFromASecondOnAndTakenAway(t *testing.T) {
	t.Parallel()
	_, terminal, stop := told(t, 80, 900*time.Millisecond, time.Second, 2*time.Second)
	stop()
	assert.Equal(t, "\rat it for 1s\x1b[K\rat it for 2s\x1b[K\r\x1b[K", terminal.String())
}

func TestWhatIsDoneSoonLeavesNoTrace(t *testing.T) {
	t.Parallel()
	_, terminal, stop := told(t, 80, 300*time.Millisecond, 600*time.Millisecond)
	stop()
	assert.Empty(t, terminal.String())
}

func TestProgressFitsOneLine(t *testing.T) {
	t.Parallel()
	_, terminal, stop := told(t, 10, time.Second)
	stop()
	assert.Equal(t, "\rat it for\x1b[K\r\x1b[K", terminal.String())
}

func TestOutputTakesTheProgressAway(t *testing.T) {
	t.Parallel()
	g, terminal, stop := told(t, 80, time.Second)
	require.NoError(t, g.print("a row\n"))
	g.say("a warning\n")
	stop()
	assert.Contains(t, terminal.String(), "\r\x1b[Ka row\na warning\n")
	assert.Equal(t, 1, strings.Count(terminal.String(), "\r\x1b[K"), "there is nothing more to take away")
}

func TestProgressIsToldAtATerminalAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*globals)
		telled bool
	}{
		"at a terminal":             {func(*globals) {}, true},
		"not in a pipe":             {func(g *globals) { g.env.ErrWidth = 0 }, false},
		"not with --quiet":          {func(g *globals) { g.quiet = true }, false},
		"not between lines of logs": {func(g *globals) { g.verbose = true }, false},
		"not at a dumb terminal":    {func(g *globals) { g.env.Environ = []string{"TERM=dumb"} }, false},
		"without colours":           {func(g *globals) { g.env.Environ = []string{"NO_COLOR=1"} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var terminal bytes.Buffer
			now := time.Now()
			g := &globals{env: Env{Stdout: &terminal, Stderr: &terminal, ErrWidth: 80, Clock: func() time.Time {
				now = now.Add(2 * time.Second)
				return now
			}}}
			c.change(g)
			g.makeRoom()
			asked := make(chan bool, 100)
			stop := g.tellProgress(func(time.Duration) string { asked <- true; return "working" })
			if c.telled {
				<-asked
			}
			stop()
			assert.Equal(t, c.telled, terminal.Len() > 0)
			assert.Equal(t, name == "at a terminal", strings.Contains(terminal.String(), "\x1b[2m"))
		})
	}
}

func TestProgressCountsTheItems(t *testing.T) {
	t.Parallel()
	head := report.Head{Command: "remind"}
	var out bytes.Buffer
	c := &counting{Writer: report.New(report.CSV, &out, head, report.TableOptions{}), head: head}
	require.NoError(t, c.Item(report.Item{Opportunity: 1, Outcome: report.Sent}))
	require.NoError(t, c.Item(report.Item{Opportunity: 2, Outcome: report.Skipped, Reason: "no-email"}))
	assert.Equal(t, "remind: 1 sent, 1 skipped, 0 failed after 4s", c.soFar(4900*time.Millisecond))
	assert.Contains(t, out.String(), "no-email", "they are passed on")
	assert.Equal(t, "setup: still at it after 1m2s", busy("setup")(62*time.Second))
}
