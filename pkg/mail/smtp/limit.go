package smtp

import (
	"context"
	"errors"
	"regexp"
	"time"
)

var connectionWords = regexp.MustCompile(`connect(ed|ions?)\b|concurren|simultan|sessions\b|threads?\b`)

// crowded tells whether the server may have refused a new connection because it
// allows no more of them: some say so to the greeting, some to the login, some to
// the first mail. A limit of mails is none of connections: to ask on and on makes it
// worse, as some servers count what they refuse.
func (e *Error) crowded() bool {
	if e.says(limitWords) && !e.says(connectionWords) {
		return false
	}
	switch e.Stage {
	case StageDial, StageTLS, StageGreeting, StageAuth, StageMail:
		return e.Temporary() && !errors.Is(e.Err, context.Canceled) || e.Code >= 500 && e.says(connectionWords)
	default:
		return false
	}
}

// crowdedOut tells whether the mail failed before it was begun, on a connection of
// which the server has taken none, because there may be too many of them.
func (d *delivery) crowdedOut(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !d.begun && !d.served && e.crowded()
}

// giveUpOne gives the caller's connection up for good, if there may be others that
// the server allows. The mail waits for one of them.
func (s *Sender) giveUpOne() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	others := len(s.slots) - 1 - s.denied + len(s.idle)
	if others == 0 || s.denied+1 >= s.options.Connections {
		return false
	}
	s.denied++
	return true
}

// ended notes that a connection was ended on this side. One that never took a mail
// matters only if the server is known to count.
func (s *Sender) ended(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.mails < 2 && s.denied == 0 {
		return
	}
	s.waits = []time.Duration{time.Second / 4, time.Second, 2 * time.Second}
}

// maxWaits is how often one mail waits. A server that limits mails and not connections
// never takes it.
const maxWaits = 3

// wait pauses if the server may not know yet that an earlier connection was ended,
// and tells whether to try once more.
func (s *Sender) wait(ctx context.Context, d *delivery) bool {
	s.mu.Lock()
	if len(s.waits) == 0 || d.waits == maxWaits {
		s.mu.Unlock()
		return false
	}
	pause := s.waits[0]
	s.waits = s.waits[1:]
	d.waits++
	s.mu.Unlock()
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}
