package console

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// told returns what a terminal of that width gets when ticks come at these
// times.
func told(t *testing.T, width int, at ...time.Duration) (*Console, *bytes.Buffer, func()) {
	t.Helper()
	var terminal bytes.Buffer
	g := New(Env{Stdout: &terminal, Stderr: &terminal, ErrWidth: width})
	ticks := make(chan time.Time)
	began := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	times := append(append([]time.Duration{0}, at...), 0)
	clock := func() time.Time {
		now := began.Add(times[0])
		times = times[1:]
		return now
	}
	stop := drawAt(ticks, clock, g.status, func(gone time.Duration) string { return fmt.Sprintf("at it for %s", gone) })
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
	require.NoError(t, g.Print("a row\n"))
	g.Say("a warning\n")
	stop()
	assert.Contains(t, terminal.String(), "\r\x1b[Ka row\na warning\n")
	assert.Equal(t, 1, strings.Count(terminal.String(), "\r\x1b[K"), "there is nothing more to take away")
}

func TestProgressIsToldAtATerminalAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Console)
		shown  bool
	}{
		"at a terminal":             {func(*Console) {}, true},
		"not in a pipe":             {func(g *Console) { g.status.width = 0 }, false},
		"not with --quiet":          {func(g *Console) { g.Quiet = true }, false},
		"not between lines of logs": {func(g *Console) { g.Verbose = true }, false},
		"not at a dumb terminal":    {func(g *Console) { g.Environ = []string{"TERM=dumb"} }, false},
		"without colours":           {func(g *Console) { g.Environ = []string{"NO_COLOR=1"} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var terminal bytes.Buffer
			now := time.Now()
			g := New(Env{Stdout: &terminal, Stderr: &terminal, ErrWidth: 80, Clock: func() time.Time {
				now = now.Add(2 * time.Second)
				return now
			}})
			c.change(g)
			asked := make(chan bool, 100)
			stop := g.Progress(func(time.Duration) string { asked <- true; return "working" })
			if c.shown {
				<-asked
			}
			stop()
			assert.Equal(t, c.shown, terminal.Len() > 0)
			assert.Equal(t, name == "at a terminal", strings.Contains(terminal.String(), "\x1b[2m"))
		})
	}
}

func TestACommandWithoutItemsShowsTheTime(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "setup: still working after 1m2s", Busy("setup")(62*time.Second))
}

func TestParagraphsAreFilledAndListsLeftAlone(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "one two\nthree\n\n  - a\n  - b\n\nunbreakable\nend\n", Reflow("one\ntwo three\n\n  - a\n  - b\n\nunbreakable end\n", 8))
}
