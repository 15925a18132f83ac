package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

func hours(from, until int) calendar.Hours { return calendar.Hours{From: from * 60, Until: until * 60} }

// office is from 8 to 12 and from 13 to 17, on five days.
func office() []calendar.Shift {
	var shifts []calendar.Shift
	for day := time.Monday; day <= time.Friday; day++ {
		shifts = append(shifts, calendar.Shift{Weekday: day, Hours: hours(8, 12)}, calendar.Shift{Weekday: day, Hours: hours(13, 17)})
	}
	return shifts
}

func leave(t *testing.T, name, from, until string) calendar.Leave {
	t.Helper()
	l := calendar.Leave{Name: name}
	var err error
	l.From, err = time.Parse(time.RFC3339, from)
	require.NoError(t, err)
	l.Until, err = time.Parse(time.RFC3339, until)
	require.NoError(t, err)
	return l
}

func date(t *testing.T, text string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(text)
	require.NoError(t, err)
	return d
}

func TestADayIsOffWithoutAShiftOrIfLeavesCoverAll(t *testing.T) {
	t.Parallel()
	day := []calendar.Leave{leave(t, "Feast", "2026-12-24T23:00:00Z", "2026-12-25T22:59:59Z")}
	for _, c := range []struct {
		name, zone, date string
		shifts           []calendar.Shift
		leaves           []calendar.Leave
		want             string
	}{
		{"a Friday", "Europe/Paris", "2026-12-25", office(), nil, ""},
		{"a Saturday", "Europe/Paris", "2026-12-26", office(), nil, "2026-12-26 is not a working day: a Saturday"},
		{"a Saturday on which people work", "Europe/Paris", "2026-12-26", []calendar.Shift{{Weekday: time.Saturday, Hours: hours(9, 12)}}, nil, ""},
		{"a holiday", "Europe/Paris", "2026-12-25", office(), day, "2026-12-25 is not a working day: Feast"},
		{"the day before it", "Europe/Paris", "2026-12-24", office(), day, ""},
		{"a holiday that was entered in Paris is one in London", "Europe/London", "2026-12-25", office(), day, "2026-12-25 is not a working day: Feast"},
		{"and in New York", "America/New_York", "2026-12-25", office(), day, "2026-12-25 is not a working day: Feast"},
		{"but not in Los Angeles, where it ends at three", "America/Los_Angeles", "2026-12-25", office(), day, ""},
		{
			"a Japanese holiday, entered in Tokyo, is off by the clocks there", "Asia/Tokyo", "2026-11-23", office(),
			[]calendar.Leave{leave(t, "勤労感謝の日", "2026-11-22T15:00:00Z", "2026-11-23T14:59:59Z")},
			"2026-11-23 is not a working day: 勤労感謝の日",
		},
		{
			"the night belongs to the next day", "Asia/Tokyo", "2026-11-24", office(),
			[]calendar.Leave{leave(t, "", "2026-11-22T15:00:00Z", "2026-11-23T14:59:59Z")},
			"",
		},
		{
			"a morning off", "Europe/Paris", "2026-11-23", office(), []calendar.Leave{leave(t, "", "2026-11-23T07:00:00Z", "2026-11-23T11:00:00Z")}, "",
		},
		{
			"a morning and an afternoon off", "Europe/Paris", "2026-11-23", office(), []calendar.Leave{
				leave(t, "Course", "2026-11-23T12:00:00Z", "2026-11-23T16:00:00Z"), leave(t, "Doctor", "2026-11-23T07:00:00Z", "2026-11-23T11:00:00Z"),
			}, "2026-11-23 is not a working day: Doctor",
		},
		{
			"an hour is left", "Europe/Paris", "2026-11-23", office(), []calendar.Leave{leave(t, "", "2026-11-23T07:00:00Z", "2026-11-23T15:00:00Z")}, "",
		},
		{
			"one leave of two days and another one", "Europe/Paris", "2026-11-24", office(), []calendar.Leave{
				leave(t, "First", "2026-11-23T07:00:00Z", "2026-11-24T09:29:59Z"), leave(t, "Second", "2026-11-24T09:30:00Z", "2026-11-25T16:00:00Z"),
			}, "2026-11-24 is not a working day: First",
		},
		{
			"a leave over New Year", "Europe/Paris", "2027-01-01", office(),
			[]calendar.Leave{leave(t, "", "2026-12-24T07:00:00Z", "2027-01-04T11:00:00Z")},
			"2027-01-01 is not a working day: leave",
		},
		{
			"ends on a Monday at noon", "Europe/Paris", "2027-01-04", office(), []calendar.Leave{leave(t, "", "2026-12-24T07:00:00Z", "2027-01-04T11:00:00Z")}, "",
		},
		{
			"the Sunday on which summer time begins, by the new clocks", "Europe/Paris", "2026-03-29",
			[]calendar.Shift{{Weekday: time.Sunday, Hours: hours(8, 17)}},
			[]calendar.Leave{leave(t, "", "2026-03-29T06:00:00Z", "2026-03-29T15:00:00Z")},
			"2026-03-29 is not a working day: leave",
		},
		{
			"the Sunday on which it ends", "Europe/Paris", "2026-10-25",
			[]calendar.Shift{{Weekday: time.Sunday, Hours: hours(8, 17)}},
			[]calendar.Leave{leave(t, "", "2026-10-25T07:00:00Z", "2026-10-25T16:00:00Z")},
			"2026-10-25 is not a working day: leave",
		},
		{
			"an hour too early for it", "Europe/Paris", "2026-10-25",
			[]calendar.Shift{{Weekday: time.Sunday, Hours: hours(8, 17)}},
			[]calendar.Leave{leave(t, "", "2026-10-25T06:00:00Z", "2026-10-25T15:00:00Z")},
			"",
		},
		{
			"a shift until midnight", "UTC", "2026-11-23",
			[]calendar.Shift{{Weekday: time.Monday, Hours: hours(16, 24)}},
			[]calendar.Leave{leave(t, "", "2026-11-23T00:00:00Z", "2026-11-23T23:59:59Z")},
			"2026-11-23 is not a working day: leave",
		},
		{
			"hours that are not known", "UTC", "2026-11-23",
			[]calendar.Shift{{Weekday: time.Monday}},
			[]calendar.Leave{leave(t, "", "2026-11-23T09:00:00Z", "2026-11-23T16:00:00Z")},
			"2026-11-23 is not a working day: leave",
		},
		{
			"and a morning of them", "UTC", "2026-11-23",
			[]calendar.Shift{{Weekday: time.Monday}},
			[]calendar.Leave{leave(t, "", "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z")},
			"",
		},
		{"people about whom nothing is known, on a Friday", "UTC", "2026-12-25", calendar.OfficeDays(), nil, ""},
		{"on a Sunday", "UTC", "2026-12-27", calendar.OfficeDays(), nil, "2026-12-27 is not a working day: a Sunday"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			why, off := calendar.Workdays{Shifts: c.shifts, Leaves: c.leaves, Zones: []*time.Location{zone(t, c.zone)}}.Off(date(t, c.date))
			assert.Equal(t, c.want != "", off)
			if off {
				assert.Equal(t, c.want, why.String())
			} else {
				assert.True(t, why.IsZero())
			}
		})
	}
}

// TestWeeksTakeTurns: Odoo numbers them from the first day of the year 1, so that a
// year with 53 weeks changes nothing.
func TestWeeksTakeTurns(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]int{
		"2026-11-22": 2, "2026-11-23": 1, "2026-11-29": 1, "2026-11-30": 2, "2026-12-28": 2, "2027-01-03": 2, "2027-01-04": 1,
	} {
		assert.Equal(t, want, date(t, day).WeekOfTwo(), day)
	}
	w := calendar.Workdays{Zones: []*time.Location{time.UTC}, Shifts: []calendar.Shift{
		{Weekday: time.Monday, Week: 1, Hours: hours(8, 17)}, {Weekday: time.Tuesday, Week: 2, Hours: hours(8, 17)}, {Weekday: time.Friday, Hours: hours(8, 17)},
	}}
	var worked []string
	for d := date(t, "2026-11-23"); d != date(t, "2026-12-07"); d = d.AddDays(1) {
		if why, is := w.Off(d); !is {
			worked = append(worked, d.String())
			assert.True(t, w.Surely(d))
		} else {
			assert.False(t, w.Surely(why.Date))
		}
	}
	assert.Equal(t, []string{"2026-11-23", "2026-11-27", "2026-12-01", "2026-12-04"}, worked)
}

func TestADayOffByTheClocksOfOneZoneIsOne(t *testing.T) {
	t.Parallel()
	w := calendar.Workdays{Shifts: office(), Leaves: []calendar.Leave{leave(t, "", "2026-11-23T08:00:00Z", "2026-11-23T17:00:00Z")}}
	for _, zones := range [][]*time.Location{{time.UTC}, {zone(t, "Europe/Paris"), time.UTC}} {
		w.Zones = zones
		_, off := w.Off(date(t, "2026-11-23"))
		assert.True(t, off)
	}
	w.Zones = w.Zones[:1]
	_, off := w.Off(date(t, "2026-11-23"))
	assert.False(t, off)
}

func TestTheNextWorkingDay(t *testing.T) {
	t.Parallel()
	w := calendar.Workdays{Shifts: office(), Zones: []*time.Location{time.UTC}, Leaves: []calendar.Leave{leave(t, "", "2026-12-24T00:00:00Z", "2027-01-01T23:59:59Z")}}
	for from, want := range map[string]string{"2026-12-23": "2026-12-23", "2026-12-24": "2027-01-04", "2027-01-02": "2027-01-04"} {
		next, found := w.Next(date(t, from), 31)
		assert.True(t, found)
		assert.Equal(t, want, next.String())
	}
	_, found := w.Next(date(t, "2026-12-24"), 10)
	assert.False(t, found)
}

// TestWhatIsSureIsAWorkingDayEverywhere holds what the search for due reminders relies on.
func TestWhatIsSureIsAWorkingDayEverywhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/Los_Angeles", "Europe/Paris"} {
		w := calendar.Workdays{Shifts: office(), Zones: []*time.Location{zone(t, name)}, Leaves: []calendar.Leave{
			leave(t, "", "2026-12-24T15:00:00Z", "2026-12-28T14:59:59Z"), leave(t, "", "2026-11-30T05:00:00Z", "2026-12-01T04:59:59Z"),
		}}
		for d := date(t, "2026-11-16"); d != date(t, "2027-01-10"); d = d.AddDays(1) {
			if _, off := w.Off(d); off {
				assert.False(t, w.Surely(d), "%s %s", name, d)
			}
		}
		assert.True(t, w.Surely(date(t, "2026-12-22")))
	}
}
