package scorecard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// event is what a tally counts.
type event interface {
	// sentAt is when the mail was sent; zero when nobody knows.
	sentAt() time.Time
	// salesperson is theirs today, with a name as somebody typed it; 0 and an empty
	// name when the opportunity has none.
	salesperson() (crm.UserID, string)
}

// line is a line of a report.
type line interface {
	// label is its name, and mails is how many mails it is about.
	label() string
	mails() int
}

// sums adds up the events of a line.
type sums[E event, L line] interface {
	add(e E)
	// line returns what was added up, under a name.
	line(name string) L
}

// person is a salesperson's sums, and the name that was in use last.
type person[E event, L line] struct {
	sums[E, L]

	name   string
	seenAt time.Time
}

// tally sums up events one by one, by salesperson and month. It keeps none of them: it
// grows with the salespeople and the months alone.
type tally[E event, L line] struct {
	zone   *time.Location
	fresh  func() sums[E, L]
	total  sums[E, L]
	first  time.Time
	last   time.Time
	people map[crm.UserID]*person[E, L]
	// months has the first of each month, in UTC.
	months map[time.Time]sums[E, L]
}

// newTally returns an empty tally; its months are those of the zone.
func newTally[E event, L line](zone *time.Location, fresh func() sums[E, L]) tally[E, L] {
	return tally[E, L]{
		zone: zone, fresh: fresh, total: fresh(),
		people: map[crm.UserID]*person[E, L]{},
		months: map[time.Time]sums[E, L]{},
	}
}

// add counts an event. One without a time is in no month.
func (t *tally[E, L]) add(e E) {
	t.total.add(e)
	id, name := e.salesperson()
	at := e.sentAt()
	p := t.people[id]
	if p == nil {
		p = &person[E, L]{sums: t.fresh()}
		t.people[id] = p
	}
	p.add(e)
	if p.name == "" || !at.Before(p.seenAt) {
		p.name, p.seenAt = name, at
	}
	if at.IsZero() {
		return
	}
	if t.first.IsZero() || at.Before(t.first) {
		t.first = at
	}
	if at.After(t.last) {
		t.last = at
	}
	addIn(t, t.months, t.monthOf(at), e)
}

// addIn counts an event in what a map has under a key.
func addIn[K comparable, E event, L line](t *tally[E, L], all map[K]sums[E, L], key K, e E) {
	if all[key] == nil {
		all[key] = t.fresh()
	}
	all[key].add(e)
}

// span returns the time of all events.
func (t *tally[E, L]) span() Span {
	s := Span{Zone: t.zone}
	if !t.first.IsZero() {
		s.First, s.Last = calendar.Of(t.first, t.zone), calendar.Of(t.last, t.zone)
	}
	return s
}

// monthOf returns the first of the month that it is in the zone.
func (t *tally[E, L]) monthOf(at time.Time) time.Time {
	d := calendar.Of(at, t.zone)
	return time.Date(d.Year, d.Month, 1, 0, 0, 0, 0, time.UTC)
}

// salespeople tells those of the same name apart by their ids.
func (t *tally[E, L]) salespeople() []L {
	bearers := map[string]int{}
	for _, p := range t.people {
		bearers[p.name]++
	}
	lines := make([]L, 0, len(t.people))
	for id, p := range t.people {
		name := p.name
		if id != 0 && (name == "" || bearers[name] > 1) {
			name = strings.TrimSpace(fmt.Sprintf("%s (%d)", name, id))
		}
		lines = append(lines, p.line(name))
	}
	return mostFirst(lines)
}

// byName returns a line for each key of a map.
func byName[E event, L line](all map[string]sums[E, L]) []L {
	lines := make([]L, 0, len(all))
	for name, s := range all {
		lines = append(lines, s.line(name))
	}
	return mostFirst(lines)
}

func (t *tally[E, L]) byMonth() []L {
	var lines []L
	if len(t.months) == 0 {
		return lines
	}
	last := t.monthOf(t.last)
	for m := t.monthOf(t.first); !m.After(last); m = m.AddDate(0, 1, 0) {
		s := t.months[m]
		if s == nil {
			s = t.fresh()
		}
		lines = append(lines, s.line(m.Format(monthLayout)))
	}
	return lines
}

// monthLayout is how the lines of months are named.
const monthLayout = "2006-01"

// mostFirst sorts lines in place, the one with the most mails first and the one without
// a name last; names decide between equals, so that the same records always give the
// same report.
func mostFirst[L line](lines []L) []L {
	slices.SortFunc(lines, func(a, b L) int {
		switch {
		case a.label() == "":
			return 1
		case b.label() == "":
			return -1
		}
		return cmp.Or(cmp.Compare(b.mails(), a.mails()), cmp.Compare(a.label(), b.label()))
	})
	return lines
}
