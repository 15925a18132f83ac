// Package calendar counts civil dates: days as people in one time zone call
// them, even if daylight-saving time makes a day longer or shorter.
//
// It reads no clock. Functions take the instant and the zone as arguments.
package calendar

import (
	"fmt"
	"time"
)

// Date is a day of the Gregorian calendar, without a time zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Of returns the date of the instant t in zone.
func Of(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{Year: y, Month: m, Day: d}
}

// Parse reads a date in the form 2006-01-02 (ISO 8601).
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not written as YYYY-MM-DD", s)
	}
	return Of(t, time.UTC), nil
}

// String writes the date as 2006-01-02.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// AddDays returns the date n days later; n may be negative.
func (d Date) AddDays(n int) Date { return Of(d.utc().AddDate(0, 0, n), time.UTC) }

// DaysSince returns the number of days from e to d. It is negative if d is
// earlier.
func (d Date) DaysSince(e Date) int {
	return int(d.utc().Sub(e.utc()) / (24 * time.Hour))
}

// Noon returns 12:00 of the date in zone, when no zone changes its clocks.
func (d Date) Noon(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone)
}

// Start returns the first instant of the date in zone. It is later than 00:00 if
// the clock skips midnight, and the first midnight if there are two. A date that
// the zone skipped starts when the next one does.
func (d Date) Start(zone *time.Location) time.Time {
	// The offsets of all zones today are multiples of 15 minutes.
	const step = 15 * time.Minute
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
	for Of(t, zone).before(d) {
		t = t.Add(step)
	}
	for !Of(t.Add(-step), zone).before(d) {
		t = t.Add(-step)
	}
	return t
}

func (d Date) before(e Date) bool { return d.utc().Before(e.utc()) }

// utc returns the date in UTC, where every day has 24 hours.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
