package crm

import (
	"time"
)

// creationSpan is how near to an opportunity's creation an incoming mail counts as
// the one that created it, and not as an answer.
const creationSpan = 5 * time.Minute

// Answered tells whether the client of an opportunity wrote after one of our
// reminders or, when there is none, whether it was he who wrote last. The mail
// that created the opportunity does not count, nor does an automatic answer.
func Answered(o Opportunity, entries []Entry, messages []Message) bool {
	var reminded, incoming, outgoing time.Time
	for _, e := range entries {
		if e.Key.Kind == Reminder && (reminded.IsZero() || e.At.Before(reminded)) {
			reminded = e.At
		}
	}
	for _, m := range messages {
		switch {
		case !m.Incoming:
			outgoing = later(outgoing, m.At)
		case m.Automatic() || m.At.Sub(o.Created).Abs() <= creationSpan:
		default:
			incoming = later(incoming, m.At)
		}
	}
	if !reminded.IsZero() {
		return incoming.After(reminded)
	}
	return incoming.After(outgoing)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
