package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

// first is an Odoo whose offset is 0 within 30, 15, 7, 5 and 3 minutes.
const first = "odoo158"

func hours(t *testing.T, text string) calendar.Hours {
	t.Helper()
	h, err := calendar.ParseHours(text)
	require.NoError(t, err)
	return h
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func TestTheMinuteIsAlwaysTheSameForAnOdoo(t *testing.T) {
	t.Parallel()
	minutes := map[int]bool{}
	for database := range strings.FieldsSeq("a b c d e f g h i j k l m n o p q r s t u v w x y z") {
		p := schedule.Pace{Every: schedule.Daily, URL: "https://odoo.example.com", Database: database}
		jobs, err := p.Each()
		require.NoError(t, err)
		again, err := p.Each()
		require.NoError(t, err)
		assert.Equal(t, jobs, again)
		m := jobs[0].Minutes[0]
		assert.True(t, m >= 0 && m < 30)
		minutes[m] = true
	}
	assert.Greater(t, len(minutes), 10)
}

// TestJobsBeginInTheirOrderWithinTheWindow holds for every interval, window and Odoo: each job begins after the one before
// it, as often as it, no two at once, and none before the window or after it.
func TestJobsBeginInTheirOrderWithinTheWindow(t *testing.T) {
	t.Parallel()
	for _, every := range schedule.Intervals() {
		for _, text := range []string{"", "09:00-12:00", "13:30-18:00", "22:00-06:00", "00:00-24:00"} {
			window := calendar.Hours{From: 480, Until: 1200}
			if text != "" {
				window = hours(t, text)
			}
			for database := range strings.FieldsSeq("a b c d e f g h i j") {
				p := schedule.Pace{Every: every, Database: database}
				if text != "" {
					p.Window = window
				}
				jobs, err := p.Each()
				require.NoError(t, err, "%s %s", every, text)
				requireOrder(t, jobs, window, string(every)+" "+text)
			}
		}
	}
}

func requireOrder(t *testing.T, jobs [4]schedule.Times, window calendar.Hours, what string) {
	t.Helper()
	var before []int
	for i, job := range jobs {
		starts := minutesAfter(job, window.From)
		if i == 0 {
			assert.Less(t, starts[len(starts)-1], window.Minutes(), "%s: the window", what)
			before = starts
			continue
		}
		require.Len(t, starts, len(before))
		for n := range starts {
			assert.Greater(t, starts[n], before[n], "%s: the order", what)
			assert.True(t, n+1 == len(before) || starts[n] < before[n+1], "%s: the next round begins before the end of the last", what)
		}
		before = starts
	}
}

// minutesAfter returns when a job begins, in minutes after another.
func minutesAfter(job schedule.Times, from int) (starts []int) {
	const day = 24 * 60
	for _, h := range job.Hours {
		for _, m := range job.Minutes {
			starts = append(starts, (60*h+m-from+2*day)%day)
		}
	}
	slices.Sort(starts)
	return starts
}

func TestTimesAreWrittenAsSchedulersReadThem(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		every          schedule.Interval
		window         string
		cron, calendar string
	}{
		"once a day in the morning":        {schedule.Daily, "", "0 8 * * 1-5", "Mon..Fri 08:00"},
		"once a day in a window":           {schedule.Daily, "13:30-13:31", "30 13 * * 1-5", "Mon..Fri 13:30"},
		"every hour of the day":            {schedule.Hourly, "", "0 8-19 * * 1-5", "Mon..Fri 08..19:00"},
		"every half hour of a window":      {schedule.HalfHourly, "13:30-16:10", "0,30 14-15 * * 1-5", "Mon..Fri 14..15:00,30"},
		"every quarter of an hour":         {schedule.QuarterHour, "09:00-10:00", "0,15,30,45 9 * * 1-5", "Mon..Fri 09:00,15,30,45"},
		"every third hour":                 {schedule.ThreeHours, "", "0 8,11,14,17 * * 1-5", "Mon..Fri 08,11,14,17:00"},
		"every hour of a night":            {schedule.Hourly, "22:00-02:00", "0 0-1,22-23 * * 1-5", "Mon..Fri 00..01,22..23:00"},
		"every second hour of a short day": {schedule.TwoHours, "09:30-10:59", "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := schedule.Pace{Every: c.every, Database: first}
			if c.window != "" {
				p.Window = hours(t, c.window)
			}
			jobs, err := p.Each()
			if c.cron == "" {
				var wrong *schedule.WindowError
				require.ErrorAs(t, err, &wrong)
				assert.EqualError(t, err, "reminders.window ("+c.window+") has no whole hour")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.cron, jobs[0].Cron(false))
			assert.Equal(t, c.calendar, jobs[0].Calendar(false))
		})
	}
}

// TestCronHasTheClockOfItsHost: the first job is within the window in every season, whatever the host's zone is.
func TestCronHasTheClockOfItsHost(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	cases := map[string]struct{ zone, host, window, cron string }{
		"one zone":                     {"Europe/Paris", "Europe/Berlin", "08:00-09:00", "0 8 * * 1-5"},
		"a host without summer time":   {"Europe/Paris", "UTC", "08:00-10:00", "0 7 * * 1-5"},
		"a zone on the day before":     {"Asia/Tokyo", "America/New_York", "08:00-12:00", "0 19 * * 0-4"},
		"a zone on the day after":      {"America/Los_Angeles", "Asia/Tokyo", "18:00-21:00", "0 11 * * 2-6"},
		"a zone with half an hour":     {"Asia/Kolkata", "UTC", "09:00-12:00", "30 3 * * 1-5"},
		"a window shorter than season": {"Europe/Paris", "UTC", "08:00-09:00", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there, host := zone(t, c.zone), zone(t, c.host)
			p := schedule.Pace{Every: schedule.Daily, Database: first, Window: hours(t, c.window), Ahead: schedule.Distances(there, host, now)}
			jobs, err := p.Each()
			if c.cron == "" {
				assert.ErrorContains(t, err, "reminders.window (08:00-09:00) is too short for the clock of this host")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.cron, jobs[0].Cron(false))
			for day := range 366 {
				at := time.Date(2026, 11, 23+day, jobs[0].Hours[0], jobs[0].Minutes[0], 0, 0, host)
				assert.True(t, p.Window.Contains(at, there), "%s", at.In(there))
			}
		})
	}
}
