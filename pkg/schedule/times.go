package schedule

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

const minutesOfHour, hoursOfDay, minutesOfDay = 60, 24, 24 * 60

// daytime is when jobs run if nothing else is said: no client gets a mail at night.
func daytime() calendar.Hours {
	return calendar.Hours{From: 8 * minutesOfHour, Until: 20 * minutesOfHour}
}

// Times are when a job runs: at each of the minutes of each of the hours.
type Times struct {
	Minutes, Hours []int
	// Shift is by how many days the clock of the scheduler is ahead of the plan's zone: -1,
	// 0 or 1.
	Shift int
}

// Interval says how often jobs run.
type Interval string

// The intervals.
const (
	Daily        Interval = "day"
	SixHours     Interval = "6h"
	FourHours    Interval = "4h"
	ThreeHours   Interval = "3h"
	TwoHours     Interval = "2h"
	Hourly       Interval = "1h"
	HalfHourly   Interval = "30m"
	ThriceHourly Interval = "20m"
	QuarterHour  Interval = "15m"
)

// Intervals are all.
func Intervals() []Interval {
	return []Interval{Daily, SixHours, FourHours, ThreeHours, TwoHours, Hourly, HalfHourly, ThriceHourly, QuarterHour}
}

// minutes returns how long the interval is, in minutes; a day's is 0.
func (i Interval) minutes() int {
	d, err := time.ParseDuration(string(i))
	if err != nil {
		return 0
	}
	return int(d / time.Minute)
}

// Pace is what times depend on.
type Pace struct {
	Every Interval
	// Window is when reminders may leave; zero for the whole day.
	Window calendar.Hours
	// URL and Database name the Odoo. They decide about the minute, so that not all who
	// use crm-tool call their servers in the same one.
	URL, Database string
	// Ahead are the distances of the plan's zone from the clock of the scheduler within
	// the year, the least and the largest: what the former shows minus what the latter does.
	Ahead [2]time.Duration
}

// Distances returns for [Pace.Ahead] how far a zone is ahead of a clock in the year after
// an instant.
func Distances(zone, clock *time.Location, from time.Time) (ahead [2]time.Duration) {
	const year = 366
	for day := range year {
		at := from.AddDate(0, 0, day)
		_, there := at.In(zone).Zone()
		_, here := at.In(clock).Zone()
		d := time.Duration(there-here) * time.Second
		if day == 0 {
			ahead = [2]time.Duration{d, d}
		}
		ahead = [2]time.Duration{min(ahead[0], d), max(ahead[1], d)}
	}
	return ahead
}

// What can be wrong with a window.
var (
	errShort  = errors.New("is too short for the clock of this host, which does not change when that of the time zone does")
	errNoHour = errors.New("has no whole hour")
)

// WindowError says that no times lie within a window.
type WindowError struct {
	Window calendar.Hours
	Cause  error
}

func (e *WindowError) Error() string {
	return fmt.Sprintf("reminders.window (%s) %v", e.Window, e.Cause)
}

// Unwrap returns the cause.
func (e *WindowError) Unwrap() error { return e.Cause }

// Each returns the times of four jobs, of which each begins after the one before. The error is a
// [WindowError].
func (p Pace) Each() ([4]Times, error) {
	window := p.Window
	if window.IsZero() {
		window = daytime()
	}
	// On the scheduler's clock, the window begins when it has begun in each season.
	begin := window.From - int(p.Ahead[0]/time.Minute)
	end := window.From + window.Minutes() - int(p.Ahead[1]/time.Minute)
	if end <= begin {
		return [4]Times{}, &WindowError{Window: window, Cause: errShort}
	}
	if p.Every.minutes() == 0 {
		return p.once(begin, end), nil
	}
	return p.often(begin, end)
}

// once returns times of jobs that run once a day, the first of them in the window.
func (p Pace) once(begin, end int) (jobs [4]Times) {
	const mostOffset = 30
	begin += p.offset(min(mostOffset, end-begin))
	for i, gap := range [4]int{0, 30, 45, 60} {
		at := begin + gap
		jobs[i] = Times{Minutes: []int{modulo(at, minutesOfHour)}, Hours: []int{modulo(at, minutesOfDay) / minutesOfHour}, Shift: dayOf(at)}
	}
	return jobs
}

// often returns times of jobs that run more than once a day, in the whole hours of the
// window. They share each part of an hour, or the hour, in their order.
func (p Pace) often(begin, end int) (jobs [4]Times, err error) {
	every := p.Every.minutes()
	first, last := ceil(begin, minutesOfHour), end-minutesOfHour
	if first > last {
		return jobs, &WindowError{Window: p.Window, Cause: errNoHour}
	}
	part := min(every, minutesOfHour)
	step := part / len(jobs)
	offset := p.offset(step)
	for i := range jobs {
		t := Times{Shift: dayOf(first)}
		for m := offset + i*step; m < minutesOfHour; m += part {
			t.Minutes = append(t.Minutes, m)
		}
		for h := first; h <= last; h += max(every, minutesOfHour) {
			t.Hours = append(t.Hours, modulo(h, minutesOfDay)/minutesOfHour)
		}
		slices.Sort(t.Hours)
		jobs[i] = t
	}
	return jobs, nil
}

// offset returns some minutes for an Odoo, fewer than within: always the same.
func (p Pace) offset(within int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.URL + "\n" + p.Database)) // It cannot fail.
	return int(int64(h.Sum32()) % int64(max(1, within)))
}

// dayOf returns on which day before (-1) or after (1) the first midnight a minute lies, as
// the scheduler counts. There it is that day when it is day 0 in the plan's zone.
func dayOf(minute int) int { return (minute - modulo(minute, minutesOfDay)) / minutesOfDay }

func modulo(a, b int) int { return (a%b + b) % b }

func ceil(a, b int) int { return a + modulo(-a, b) }

// Cron is the time in the five fields of cron, on each day or from Monday to Friday.
func (t Times) Cron(daily bool) string {
	days := "*"
	if !daily {
		days = fmt.Sprintf("%d-%d", 1+t.Shift, 5+t.Shift)
	}
	return ranges(t.Minutes, "-", "%d") + " " + ranges(t.Hours, "-", "%d") + " * * " + days
}

// Calendar is the time as systemd writes it, without a zone.
func (t Times) Calendar(daily bool) string {
	clock := ranges(t.Hours, "..", "%02d") + ":" + ranges(t.Minutes, "..", "%02d")
	if daily {
		return "*-*-* " + clock
	}
	return "Mon..Fri " + clock
}

// ranges writes ascending numbers, and what follows on each other as a range.
func ranges(numbers []int, to, format string) string {
	var parts []string
	for i := 0; i < len(numbers); {
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		part := fmt.Sprintf(format, numbers[i])
		if last > i {
			part += to + fmt.Sprintf(format, numbers[last])
		}
		parts = append(parts, part)
		i = last + 1
	}
	return strings.Join(parts, ",")
}

// Deadline is within how many seconds after its time a job still begins.
func (i Interval) Deadline() string {
	if m := i.minutes(); m > 0 && m < minutesOfHour {
		return strconv.Itoa(m * 60)
	}
	return "3600"
}
