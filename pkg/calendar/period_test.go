package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

func TestAPeriodHasBothItsEnds(t *testing.T) {
	t.Parallel()
	p, err := calendar.ParsePeriod("2026-12-24..2027-01-02")
	require.NoError(t, err)
	for date, want := range map[string]bool{
		"2026-12-23": false, "2026-12-24": true, "2026-12-31": true, "2027-01-01": true, "2027-01-02": true, "2027-01-03": false,
	} {
		d, err := calendar.Parse(date)
		require.NoError(t, err)
		assert.Equal(t, want, p.Contains(d), date)
	}
	assert.Equal(t, "2026-12-24..2027-01-02", p.String())
	day, err := calendar.ParsePeriod("2028-02-29")
	require.NoError(t, err)
	assert.Equal(t, "2028-02-29", day.String())
	assert.True(t, day.Contains(day.First))
	assert.False(t, day.Contains(day.First.AddDays(1)))
}

func TestAPeriodInAnotherFormIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       `date "" is not written as YYYY-MM-DD`,
		"24.12.2026":             `date "24.12.2026" is not written as YYYY-MM-DD`,
		"2026-12-24..":           `date "" is not written as YYYY-MM-DD`,
		"2027-02-29":             `date "2027-02-29" is not written as YYYY-MM-DD`,
		"2027-01-02..2026-12-24": `period "2027-01-02..2026-12-24" ends before it begins`,
	} {
		_, err := calendar.ParsePeriod(text)
		assert.EqualError(t, err, want, text)
	}
}

func TestHoursGoByTheClocksOfTheZone(t *testing.T) {
	t.Parallel()
	paris := zone(t, "Europe/Paris")
	for _, c := range []struct {
		hours, at string
		want      bool
	}{
		{"08:00-18:00", "2026-11-30T07:00:00Z", true}, // 08:00 in winter
		{"08:00-18:00", "2026-11-30T06:59:59Z", false},
		{"08:00-18:00", "2026-11-30T16:59:59Z", true},
		{"08:00-18:00", "2026-11-30T17:00:00Z", false},
		{"08:00-18:00", "2026-07-30T06:00:00Z", true}, // 08:00 in summer
		{"08:00-24:00", "2026-11-30T22:59:59Z", true},
		{"08:00-24:00", "2026-11-30T23:00:00Z", false},
		{"22:00-06:00", "2026-11-30T21:00:00Z", true}, // over midnight
		{"22:00-06:00", "2026-11-30T23:30:00Z", true},
		{"22:00-06:00", "2026-12-01T04:59:59Z", true},
		{"22:00-06:00", "2026-12-01T05:00:00Z", false},
		{"02:00-03:00", "2026-03-29T00:59:59Z", false}, // 01:59:59, then 03:00: the gap has it
		{"02:00-03:00", "2026-03-29T01:00:00Z", false},
		{"02:00-03:00", "2026-10-25T00:30:00Z", true}, // 02:30 for the first time
		{"02:00-03:00", "2026-10-25T01:30:00Z", true}, // and for the second
		{"02:00-03:00", "2026-10-25T02:00:00Z", false},
	} {
		h, err := calendar.ParseHours(c.hours)
		require.NoError(t, err)
		assert.Equal(t, c.hours, h.String())
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		assert.Equal(t, c.want, h.Contains(at, paris), "%s at %s", c.hours, c.at)
	}
	assert.True(t, calendar.Hours{}.Contains(time.Now(), paris))
	assert.Empty(t, calendar.Hours{}.String())
}

func TestEveryDateHasAnInstantWithinTheHours(t *testing.T) {
	t.Parallel()
	paris := zone(t, "Europe/Paris")
	for text, clock := range map[string]string{"08:00-18:00": "12:00", "18:00-20:00": "18:00", "22:00-06:00": "22:00", "06:00-07:30": "06:00"} {
		h, err := calendar.ParseHours(text)
		require.NoError(t, err)
		d := calendar.Date{Year: 2026, Month: time.March, Day: 29}
		at := h.On(d, paris)
		assert.Equal(t, "2026-03-29 "+clock, at.In(paris).Format("2006-01-02 15:04"), text)
		assert.True(t, h.Contains(at, paris))
	}
	gap := calendar.Hours{From: 120, Until: 180}
	assert.Equal(t, "12:00", gap.On(calendar.Date{Year: 2026, Month: time.March, Day: 29}, paris).In(paris).Format("15:04"))
}

func TestHoursInAnotherFormAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":            `time of day "" is not written as HH:MM`,
		"8-18":        `time of day "8" is not written as HH:MM`,
		"8:00-18:00":  `time of day "8:00" is not written as HH:MM`,
		"08:00":       `time of day "" is not written as HH:MM`,
		"08:00-25:00": `time of day "25:00" is not written as HH:MM`,
		"08:00-08:00": "the hours end when they begin",
	} {
		_, err := calendar.ParseHours(text)
		assert.EqualError(t, err, want, text)
	}
}
