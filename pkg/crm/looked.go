package crm

import (
	"slices"
	"time"
)

// Looked is how far runs have looked at the messages on opportunities, so that the next
// one need not look at them again: among millions, that takes PostgreSQL seconds. Ids of
// messages grow with time.
type Looked struct {
	// Points are the newest messages at some times, the oldest first.
	Points []Point `json:"points,omitempty"`
	// Marks say how far runs have looked for open claims, by their kinds.
	Marks map[EntryKind]LookedMark `json:"marks,omitempty"`
}

// Point is the newest message at a time: what was begun to be written later has a higher
// id.
type Point struct {
	ID EntryID   `json:"id"`
	At time.Time `json:"at"`
}

// LookedMark says that of the entries of a kind up to an id, and of the messages that look like
// one, only some need to be looked at again.
type LookedMark struct {
	Up EntryID `json:"up"`
	// Open are those that do: claims that are not confirmed, and what is not ours.
	Open []EntryID `json:"open,omitempty"`
	// Full is when all messages were looked at last.
	Full time.Time `json:"full"`
}

const (
	// pointsMost is how many points are kept, openMost how many open ones are remembered.
	pointsMost = 16
	openMost   = 100
	// pointEvery is the least time between two points.
	pointEvery = 20 * time.Hour
	// visibleAfter is after what time everything that was begun to be written can be seen.
	visibleAfter = 2 * time.Hour
	// fullEvery is how often all messages are looked at: somebody may have changed an
	// old one.
	fullEvery = 7 * 24 * time.Hour
)

// Mark returns the mark of a kind; ok is false if all messages are to be looked at.
func (l Looked) Mark(kind EntryKind, now time.Time) (m LookedMark, ok bool) {
	m, ok = l.Marks[kind]
	return m, ok && m.Up > 0 && !m.Full.After(now) && now.Sub(m.Full) < fullEvery
}

// Before returns the highest id of which is known that all messages up to it were begun to
// be written before a time; 0 if none is known.
func (l Looked) Before(at time.Time) (id EntryID) {
	for _, p := range l.Points {
		if !p.At.After(at) {
			id = max(id, p.ID)
		}
	}
	return id
}

// NeedsPoint tells whether it is time for another point.
func (l Looked) NeedsPoint(now time.Time) bool {
	return !slices.ContainsFunc(l.Points, func(p Point) bool { return now.Sub(p.At) < pointEvery })
}

// WithPoint returns what is known with another point.
func (l Looked) WithPoint(p Point) Looked {
	l.Points = append(slices.Clone(l.Points), p)
	slices.SortStableFunc(l.Points, func(a, b Point) int { return a.At.Compare(b.At) })
	l.Points = l.Points[max(0, len(l.Points)-pointsMost):]
	return l
}

// WithMark returns what is known after a search for the open claims of a kind that began
// at now. Open are those that it found, full is when all messages were looked at. Nothing
// is marked above what surely could be seen then, or if too many are open.
func (l Looked) WithMark(kind EntryKind, open []EntryID, now, full time.Time) Looked {
	up := l.Before(now.Add(-visibleAfter))
	open = slices.DeleteFunc(slices.Clone(open), func(id EntryID) bool { return id > up })
	if up == 0 || len(open) > openMost {
		return l
	}
	marks := map[EntryKind]LookedMark{kind: {Up: up, Open: open, Full: full}}
	for other, m := range l.Marks {
		if other != kind {
			marks[other] = m
		}
	}
	l.Marks = marks
	return l
}

// Join returns what is known together with what another command knows.
func (l Looked) Join(other Looked) Looked {
	for _, p := range other.Points {
		if p.ID > 0 && !slices.Contains(l.Points, p) {
			l = l.WithPoint(p)
		}
	}
	marks := map[EntryKind]LookedMark{}
	for _, from := range []map[EntryKind]LookedMark{l.Marks, other.Marks} {
		for kind, m := range from {
			if m.Up > marks[kind].Up {
				marks[kind] = m
			}
		}
	}
	if len(marks) > 0 {
		l.Marks = marks
	}
	return l
}
