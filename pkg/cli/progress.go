package cli

import (
	"io"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/report"
)

const (
	// patience is for how long somebody at a terminal is told nothing.
	patience = time.Second
	// refresh is how often he is told again.
	refresh = 250 * time.Millisecond
)

// statusLine is a line at the bottom of the terminal on which standard error
// appears. It is written over and over.
type statusLine struct {
	terminal io.Writer
	// width is 0 when standard error is no terminal: then there is no line.
	width int
	// faint permits to write it so.
	faint bool

	mu    sync.Mutex
	shown bool
}

// draw shows a line in the place of the last one.
func (s *statusLine) draw(line string) {
	runes := []rune(line)
	if len(runes) >= s.width {
		runes = runes[:s.width-1] // A full line would move the cursor to the next.
	}
	text := "\r" + string(runes) + "\x1b[K"
	if s.faint {
		text = "\r\x1b[2m" + string(runes) + "\x1b[0m\x1b[K"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.terminal, text)
	s.shown = true
}

// clear takes the line away.
func (s *statusLine) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

func (s *statusLine) erase() {
	if s.shown {
		_, _ = io.WriteString(s.terminal, "\r\x1b[K")
		s.shown = false
	}
}

// above is a writer whose output appears above the line.
type above struct {
	line *statusLine
	w    io.Writer
}

// Write takes the line away first; it comes again by itself.
func (a *above) Write(p []byte) (int, error) {
	a.line.mu.Lock()
	defer a.line.mu.Unlock()
	a.line.erase()
	return a.w.Write(p)
}

// makeRoom makes room for a line below all that is written.
func (g *globals) makeRoom() {
	g.status = &statusLine{terminal: g.env.Stderr, width: g.env.ErrWidth}
	g.env.Stdout, g.env.Stderr = &above{g.status, g.env.Stdout}, &above{g.status, g.env.Stderr}
}

// tellProgress tells at the terminal what is being done, from a second on,
// until it is stopped. say gets the time that has gone by.
func (g *globals) tellProgress(say func(time.Duration) string) (stop func()) {
	s := g.status
	if s == nil || s.width == 0 || g.quiet || g.verbose || g.env.getenv("TERM") == "dumb" {
		return func() {}
	}
	s.faint = !g.noColor && g.env.getenv("NO_COLOR") == ""
	ticker := time.NewTicker(refresh)
	finish := tellAt(ticker.C, g.env.Clock, s, say)
	return func() { ticker.Stop(); finish() }
}

// tellAt draws the line at each tick.
func tellAt(ticks <-chan time.Time, clock func() time.Time, s *statusLine, say func(time.Duration) string) (stop func()) {
	began, done := clock(), make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-ticks:
				if gone := clock().Sub(began); gone >= patience {
					s.draw(say(gone))
				}
			}
		}
	})
	return func() {
		close(done)
		telling.Wait()
		s.clear()
	}
}

// counting passes a report on and counts its items, for the line that tells
// how far a run is.
type counting struct {
	report.Writer
	head report.Head

	mu     sync.Mutex
	counts report.Counts
}

// Item counts an item and passes it on.
func (c *counting) Item(item report.Item) error {
	c.mu.Lock()
	c.counts.Add(item)
	c.mu.Unlock()
	return c.Writer.Item(item)
}

// soFar tells how far the run is.
func (c *counting) soFar(gone time.Duration) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return report.Interim(c.head, &c.counts, gone)
}

// busy is for what has no items to count.
func busy(command string) func(time.Duration) string {
	return func(gone time.Duration) string {
		return command + ": still at it after " + gone.Truncate(time.Second).String()
	}
}
