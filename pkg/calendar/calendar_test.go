package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func TestADateIsTheOneOfItsZone(t *testing.T) {
	t.Parallel()
	instant := time.Date(2026, 11, 16, 22, 59, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"UTC":                 "2026-11-16",
		"Europe/Paris":        "2026-11-16",
		"Asia/Tokyo":          "2026-11-17",
		"Pacific/Kiritimati":  "2026-11-17",
		"America/Los_Angeles": "2026-11-16",
	} {
		assert.Equal(t, want, calendar.Of(instant, zone(t, name)).String(), name)
	}
	assert.Equal(t, "2026-11-17", calendar.Of(instant.Add(time.Minute), zone(t, "Europe/Paris")).String(),
		"one minute later it is midnight in Paris")
}

func TestDaysAreCountedWhateverTheirLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from string
		days       int
		to         string
	}{
		{"over the end of summer time", "2026-10-20", 7, "2026-10-27"},
		{"over the start of summer time", "2026-03-25", 7, "2026-04-01"},
		{"over a leap day", "2028-02-27", 3, "2028-03-01"},
		{"over a February without one", "2026-02-27", 3, "2026-03-02"},
		{"from a leap day to the next year's February", "2028-02-29", 365, "2029-02-28"},
		{"over the leap day of a full century", "2000-02-28", 2, "2000-03-01"},
		{"over a century's February without one", "2100-02-28", 1, "2100-03-01"},
		{"back over the turn of a year", "2026-01-03", -7, "2025-12-27"},
	} {
		from, err := calendar.Parse(c.from)
		require.NoError(t, err)
		to := from.AddDays(c.days)
		assert.Equal(t, c.to, to.String(), c.name)
		assert.Equal(t, c.days, to.DaysSince(from), c.name)
	}
}

func TestADateStartsWithItsFirstInstant(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, date, zone, want string }{
		{"an ordinary day", "2026-11-16", "Europe/Paris", "2026-11-15T23:00:00Z"},
		{"the day that summer time ends", "2026-10-25", "Europe/Paris", "2026-10-24T22:00:00Z"},
		{"a day without midnight starts at one", "2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"},
		{"a day with two midnights starts at the first", "2026-11-01", "America/Havana", "2026-11-01T04:00:00Z"},
		{"a leap day west of UTC", "2028-02-29", "America/Los_Angeles", "2028-02-29T08:00:00Z"},
		{"the day after it, east of UTC", "2028-03-01", "Pacific/Auckland", "2028-02-29T11:00:00Z"},
		{"the day that summer time begins, south of the equator", "2026-09-27", "Pacific/Auckland", "2026-09-26T12:00:00Z"},
		{"the day after it", "2026-09-28", "Pacific/Auckland", "2026-09-27T11:00:00Z"},
		{"a zone off the full hour", "2026-11-16", "Asia/Kathmandu", "2026-11-15T18:15:00Z"},
		{"a day that was skipped starts with the next", "2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"},
	} {
		d, err := calendar.Parse(c.date)
		require.NoError(t, err)
		assert.Equal(t, c.want, d.Start(zone(t, c.zone)).UTC().Format(time.RFC3339), c.name)
	}
}

func TestEveryInstantLiesBetweenTheStartOfItsDateAndTheNext(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Paris", "America/Havana", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"} {
		loc := zone(t, name)
		for at := time.Date(2018, 1, 1, 0, 7, 0, 0, time.UTC); at.Year() < 2019; at = at.Add(97 * time.Minute) {
			d := calendar.Of(at, loc)
			require.False(t, at.Before(d.Start(loc)), "%s %s", name, at)
			require.True(t, at.Before(d.AddDays(1).Start(loc)), "%s %s", name, at)
		}
	}
}

func TestADateInAnotherFormIsRefused(t *testing.T) {
	t.Parallel()
	_, err := calendar.Parse("23/11/2026")
	assert.EqualError(t, err, `date "23/11/2026" is not written as YYYY-MM-DD`)
}
