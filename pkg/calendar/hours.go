package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// minutesOfDay is how many minutes the clocks of a day show.
const minutesOfDay = 24 * 60

// Hours is a part of each day by the clocks on the wall: from the minute From until
// the minute Until, counted from midnight. If Until is not after From, it ends on
// the next day. The zero value is the whole day.
type Hours struct{ From, Until int }

// ParseHours reads 08:00-18:00, or 22:00-06:00 for a night.
func ParseHours(s string) (Hours, error) {
	from, until, _ := strings.Cut(s, "-")
	first, err := parseClock(from)
	if err != nil {
		return Hours{}, err
	}
	last, err := parseClock(until)
	if err != nil {
		return Hours{}, err
	}
	if first == last {
		return Hours{}, errors.New("the hours end when they begin")
	}
	return Hours{From: first, Until: last}, nil
}

// parseClock reads a time of day, up to 24:00.
func parseClock(s string) (int, error) {
	s = strings.TrimSpace(s)
	if s == "24:00" {
		return minutesOfDay, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("time of day %q is not written as HH:MM", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// IsZero returns whether the hours are the whole day.
func (h Hours) IsZero() bool { return h == Hours{} }

// Minutes returns how long the hours last, in minutes of a day without a change of
// clocks.
func (h Hours) Minutes() int { return (h.Until-h.From+minutesOfDay-1)%minutesOfDay + 1 }

// String writes the hours as [ParseHours] reads them; nothing for the whole day.
func (h Hours) String() string {
	if h.IsZero() {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.Until/60, h.Until%60)
}

// Contains returns whether the clocks of the zone show a time within the hours at an
// instant. Where clocks are put forward, hours that lie in the gap do not come on
// that day; where they are put back, those in the overlap come twice.
func (h Hours) Contains(t time.Time, zone *time.Location) bool {
	if h.IsZero() {
		return true
	}
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	if h.From < h.Until {
		return h.From <= minute && minute < h.Until
	}
	return h.From <= minute || minute < h.Until
}

// On returns an instant of a date within the hours: noon, or else their beginning.
// It is noon, too, if they lie in a gap of that date's clocks.
func (h Hours) On(d Date, zone *time.Location) time.Time {
	noon := d.Noon(zone)
	if h.Contains(noon, zone) {
		return noon
	}
	if begin := time.Date(d.Year, d.Month, d.Day, 0, h.From, 0, 0, zone); h.Contains(begin, zone) && Of(begin, zone) == d {
		return begin
	}
	return noon
}
