package console

import (
	"io"
	"sync"
	"time"
)

const (
	// progressAfter is how long a command runs before it shows progress.
	progressAfter = time.Second
	// progressEvery is how often the line is drawn again.
	progressEvery = 250 * time.Millisecond
)

// statusLine is the last line of the terminal that shows standard error. It is
// drawn over and over.
type statusLine struct {
	terminal io.Writer
	// width is 0 when standard error is no terminal: then there is no line.
	width int
	// faint draws it in a fainter colour.
	faint bool

	mu    sync.Mutex
	shown bool
}

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

// above is a writer whose output appears above the status line.
type above struct {
	line *statusLine
	w    io.Writer
}

// Write removes the line first; the next tick draws it again.
func (a *above) Write(p []byte) (int, error) {
	a.line.mu.Lock()
	defer a.line.mu.Unlock()
	a.line.erase()
	return a.w.Write(p)
}

// Progress shows what text returns on the last line of the terminal, from a
// second on, until stop is called. text gets the time that has passed.
func (c *Console) Progress(text func(passed time.Duration) string) (stop func()) {
	s := c.status
	if s.width == 0 || c.Quiet || c.Verbose || c.Getenv("TERM") == "dumb" {
		return func() {}
	}
	s.faint = c.colored()
	ticker := time.NewTicker(progressEvery)
	finish := drawAt(ticker.C, c.Clock, s, text)
	return func() { ticker.Stop(); finish() }
}

// Busy is the progress of a command that has no items to count.
func Busy(command string) func(time.Duration) string {
	return func(passed time.Duration) string {
		return command + ": still working after " + passed.Truncate(time.Second).String()
	}
}

// drawAt draws the line at each tick.
func drawAt(ticks <-chan time.Time, clock func() time.Time, s *statusLine, text func(time.Duration) string) (stop func()) {
	began, done := clock(), make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-ticks:
				if passed := clock().Sub(began); passed >= progressAfter {
					s.draw(text(passed))
				}
			}
		}
	})
	return func() {
		close(done)
		drawing.Wait()
		s.clear()
	}
}
