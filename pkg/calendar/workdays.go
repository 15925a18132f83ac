package calendar

import (
	"cmp"
	"slices"
	"time"
)

// Shift is a time of a weekday at which people work, by the clocks on the wall.
type Shift struct {
	Weekday time.Weekday
	// Week is 0 for a shift of every week. In schedules that repeat after two weeks, 1
	// and 2 are the weeks that [Date.WeekOfTwo] tells apart.
	Week int
	// Hours end on the same day.
	Hours Hours
}

// coreHours are those of a day for which no hours are known: whoever is away
// between them is away for the day.
func coreHours() Hours { return Hours{From: 10 * 60, Until: 15 * 60} }

// OfficeDays are shifts from Monday to Friday, for people about whom no others are
// known.
func OfficeDays() []Shift {
	var shifts []Shift
	for day := time.Monday; day <= time.Friday; day++ {
		shifts = append(shifts, Shift{Weekday: day, Hours: coreHours()})
	}
	return shifts
}

// Leave is a time at which somebody does not work.
type Leave struct {
	From, Until time.Time
	// Name is what it is called, as in Christmas; it may be empty.
	Name string
}

// Workdays tells on which dates somebody works.
type Workdays struct {
	Shifts []Shift
	Leaves []Leave
	// Zones are where the clocks may stand that the shifts go by: a day off by those of
	// one of them is a day off.
	Zones []*time.Location
}

// DayOff is why a date is no working day. If it has no leave, no shift is on that
// date.
type DayOff struct {
	Date  Date
	Leave Leave
}

// String tells it in words: the name of the leave, or the day of the week.
func (o DayOff) String() string {
	why := "a " + o.Date.Weekday().String()
	if o.Leave != (Leave{}) {
		why = cmp.Or(o.Leave.Name, "leave")
	}
	return o.Date.String() + " is not a working day: " + why
}

// IsZero returns whether there is no such date.
func (o DayOff) IsZero() bool { return o == DayOff{} }

// Off returns whether nobody works on a date, and why. A leave makes a day off if it
// lasts through all shifts of that date, alone or together with others: half a day
// off is a working day.
func (w Workdays) Off(d Date) (why DayOff, off bool) {
	if !w.hasShift(d) {
		return DayOff{Date: d}, true
	}
	for _, zone := range w.Zones {
		if leave, all := w.away(d, zone); all {
			return DayOff{Date: d, Leave: leave}, true
		}
	}
	return DayOff{}, false
}

// hasShift returns whether a date has a shift.
func (w Workdays) hasShift(d Date) bool {
	return slices.ContainsFunc(w.Shifts, func(s Shift) bool { return s.on(d) })
}

// away returns whether leaves last through all shifts of a date, and the first of them.
func (w Workdays) away(d Date, zone *time.Location) (first Leave, all bool) {
	for _, s := range w.Shifts {
		if !s.on(d) {
			continue
		}
		leave, covered := w.covered(d, s.Hours, zone)
		if !covered {
			return Leave{}, false
		}
		first = cmp.Or(first, leave)
	}
	return first, true
}

// on returns whether a date has the shift.
func (s Shift) on(d Date) bool {
	return d.Weekday() == s.Weekday && (s.Week == 0 || s.Week == d.WeekOfTwo())
}

// covered returns whether leaves last through hours of a date, and the one that
// covers their beginning. A leave until 17:00 may end a minute before.
func (w Workdays) covered(d Date, hours Hours, zone *time.Location) (first Leave, all bool) {
	const slack = time.Minute
	if hours.From >= hours.Until {
		hours = coreHours()
	}
	at := d.At(hours.From, zone)
	end := d.At(hours.Until, zone).Add(-slack)
	for at.Before(end) {
		i := slices.IndexFunc(w.Leaves, func(l Leave) bool { return !l.From.After(at) && l.Until.After(at) })
		if i < 0 {
			return Leave{}, false
		}
		first = cmp.Or(first, w.Leaves[i])
		at = w.Leaves[i].Until.Add(slack)
	}
	return first, true
}

// Surely returns whether a date is a working day wherever the clocks of its people
// stand: it has a shift, and no leave has a part of that date anywhere on earth.
func (w Workdays) Surely(d Date) bool {
	const east, west = 14 * time.Hour, 12 * time.Hour
	begin, end := d.At(0, time.UTC).Add(-east), d.At(minutesOfDay, time.UTC).Add(west)
	return w.hasShift(d) && !slices.ContainsFunc(w.Leaves, func(l Leave) bool { return l.From.Before(end) && l.Until.After(begin) })
}

// Next returns the first working day from a date on, within so many days.
func (w Workdays) Next(d Date, within int) (Date, bool) {
	for range within {
		if _, off := w.Off(d); !off {
			return d, true
		}
		d = d.AddDays(1)
	}
	return Date{}, false
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// WeekOfTwo returns 1 or 2: weeks from Monday to Sunday, counted in turns from the
// first Monday of the Gregorian calendar on, 1 January of the year 1.
func (d Date) WeekOfTwo() int {
	const week, before1970 = 7, 719162
	days := d.DaysSince(Date{Year: 1970, Month: time.January, Day: 1}) + before1970
	return (days/week)%2 + 1
}

// At returns the instant of a date at a minute after midnight, by the clocks of the
// zone. If they skip it, it is as long after midnight as they would have shown.
func (d Date) At(minute int, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, zone)
}
