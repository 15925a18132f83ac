// Package calendar counts in civil dates: days as people name them in one time
// zone, whatever daylight-saving time does to their length.
//
// It reads no clock; every function takes the instant and the zone it is about.
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

// Of returns the date on which the instant t falls in zone.
func Of(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{Year: y, Month: m, Day: d}
}

// Parse reads a date written as 2006-01-02 (ISO 8601).
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

// DaysSince returns how many days d lies after e; negative when before.
func (d Date) DaysSince(e Date) int {
	return int(d.utc().Sub(e.utc()) / (24 * time.Hour))
}

// Noon returns 12:00 of the date in zone, an instant that every zone has.
func (d Date) Noon(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, zone)
}

// Start returns the first instant of the date in zone. Where the clock jumps
// over midnight that is later than 00:00, and where midnight comes twice it is
// the first of both. A date that the zone skipped starts with its successor.
func (d Date) Start(zone *time.Location) time.Time {
	// Offsets of today's zones are multiples of 15 minutes, and so are jumps.
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

// utc stands for the date in arithmetic: UTC has no jumps.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
