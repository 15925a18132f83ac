package crm

import (
	"cmp"
	"time"
)

// creationSpan is the time around an opportunity's creation in which an incoming
// mail counts as the one that created it, and not as an answer.
const creationSpan = 5 * time.Minute

// AnswerSpan is the time in which a client's mail waits for an answer.
const AnswerSpan = 7 * 24 * time.Hour

// UnansweredMail returns whether the client wrote last, within [AnswerSpan] before now,
// and waits for an answer. Unlike for [Answered], the mail that created the
// opportunity counts.
func UnansweredMail(entries []Entry, messages []Message, now time.Time) bool {
	var incoming, outgoing time.Time
	for _, m := range messages {
		switch {
		case !m.Incoming && m.At.After(outgoing):
			outgoing = m.At
		case m.Incoming && m.At.After(incoming) && !m.Automatic(entries):
			incoming = m.At
		}
	}
	return incoming.After(outgoing) && incoming.After(now.Add(-AnswerSpan))
}

// Answered returns whether the client of an opportunity wrote after one of our
// reminders or, when there is none, whether they wrote last. The mail that created
// the opportunity does not count, nor does an automatic answer.
func Answered(o Opportunity, entries []Entry, messages []Message) bool {
	var reminded, incoming, outgoing time.Time
	for _, e := range entries {
		if e.Key.Kind == Reminder && (reminded.IsZero() || e.At.Before(reminded)) {
			reminded = e.At
		}
	}
	for _, m := range messages {
		switch {
		case !m.Incoming && m.At.After(outgoing):
			outgoing = m.At
		case m.Incoming && m.At.After(incoming) && !m.Automatic(entries) && m.At.Sub(o.Created).Abs() > creationSpan:
			incoming = m.At
		}
	}
	return incoming.After(cmp.Or(reminded, outgoing))
}
