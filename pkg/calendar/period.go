package calendar

import (
	"fmt"
	"strings"
)

// Period is a span of dates, the first and the last included.
type Period struct{ First, Last Date }

// ParsePeriod reads 2026-12-24..2027-01-02, or a single date.
func ParsePeriod(s string) (Period, error) {
	from, to, isSpan := strings.Cut(s, "..")
	if !isSpan {
		to = from
	}
	first, err := Parse(from)
	if err != nil {
		return Period{}, err
	}
	last, err := Parse(to)
	if err != nil {
		return Period{}, err
	}
	if last.before(first) {
		return Period{}, fmt.Errorf("period %q ends before it begins", s)
	}
	return Period{First: first, Last: last}, nil
}

// String writes the period as [ParsePeriod] reads it.
func (p Period) String() string {
	if p.First == p.Last {
		return p.First.String()
	}
	return p.First.String() + ".." + p.Last.String()
}

// Contains returns whether a date lies in the period.
func (p Period) Contains(d Date) bool { return !d.before(p.First) && !p.Last.before(d) }
