package lastrun_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/lastrun"
)

// monday is the first day of the schedules below.
var monday = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// workingDays returns the record of a command that ran on so many working days at 8:00,
// and when it ran last.
func workingDays(n int) (lastrun.Record, time.Time) {
	var r lastrun.Record
	at := monday
	for last := at; ; at = at.AddDate(0, 0, 1) {
		if n == 0 {
			return r, last
		}
		if d := at.Weekday(); d != time.Saturday && d != time.Sunday {
			r, last = r.Add(lastrun.Run{Host: "one", Run: "x", Finished: at}), at
			n--
		}
	}
}

func TestARecordHasTheLastRunOfEachHost(t *testing.T) {
	t.Parallel()
	var r lastrun.Record
	r = r.Add(lastrun.Run{Host: "one", Run: "a", Finished: monday, Exit: 0})
	r = r.Add(lastrun.Run{Host: "two", Run: "b", Finished: monday.Add(time.Hour), Exit: 69})
	r = r.Add(lastrun.Run{Host: "one", Run: "c", Finished: monday.Add(2 * time.Hour), Exit: 1})
	assert.Equal(t, []lastrun.Run{
		{Host: "one", Run: "c", Finished: monday.Add(2 * time.Hour), Exit: 1},
		{Host: "two", Run: "b", Finished: monday.Add(time.Hour), Exit: 69},
	}, r.Runs)
	assert.Equal(t, []lastrun.Pause{{Day: "2026-11-02", Seconds: 3600}}, r.Pauses)
	text, err := r.Text()
	require.NoError(t, err)
	assert.Equal(t, r, lastrun.Read(text))
	assert.Equal(t, map[string]lastrun.Record{"feedback send": r}, lastrun.Records(map[string]string{"last-run/feedback-send": text}))
}

func TestADamagedRecordIsThatOfACommandThatNeverRan(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "x", "[]", `{"runs": 7}`} {
		assert.Equal(t, lastrun.Record{}, lastrun.Read(text), text)
	}
	assert.Empty(t, lastrun.Records(map[string]string{"last-run/remind": "{}"}))
}

func TestARecordIsBounded(t *testing.T) {
	t.Parallel()
	var r lastrun.Record
	at := monday
	for i := range 1000 {
		at = at.Add(7 * time.Hour)
		r = r.Add(lastrun.Run{Host: fmt.Sprint(i, strings.Repeat("é", 300)), Run: "20261102T080000Z-7f3a", Finished: at, Exit: 143})
	}
	text, err := r.Text()
	require.NoError(t, err)
	assert.Len(t, r.Runs, 16)
	assert.Contains(t, r.Runs[0].Host, "999")
	assert.Less(t, len(text), 6000, "the gateway reads at most 10,000 characters")
}

func TestACommandIsLateIfItUsedToRunFarMoreOften(t *testing.T) {
	t.Parallel()
	week, lastOfWeek := workingDays(5)
	month, lastOfMonth := workingDays(20)
	var monthly lastrun.Record
	for i := range 6 {
		monthly = monthly.Add(lastrun.Run{Finished: monday.AddDate(0, i, 0)})
	}
	var quarterly lastrun.Record
	at := monday
	for ; at.Before(monday.AddDate(0, 0, 10)); at = at.Add(15 * time.Minute) {
		quarterly = quarterly.Add(lastrun.Run{Finished: at})
	}
	for _, c := range []struct {
		name string
		r    lastrun.Record
		at   time.Time
		want bool
	}{
		{"one that never ran is not", lastrun.Record{}, monday, false},
		{"one that nobody knows for long is not", week, lastOfWeek.AddDate(0, 1, 0), false},
		{"on working days, not after a weekend", month, lastOfMonth.AddDate(0, 0, 3), false},
		{"on working days, not after a long weekend", month, lastOfMonth.AddDate(0, 0, 5), false},
		{"on working days, after a week", month, lastOfMonth.AddDate(0, 0, 7), true},
		{"every month never", monthly, monday.AddDate(3, 0, 0), false},
		{"every quarter of an hour, not after an hour", quarterly, at.Add(time.Hour), false},
		{"every quarter of an hour, after two hours", quarterly, at.Add(2 * time.Hour), true},
	} {
		assert.Equal(t, c.want, c.r.Late(c.at), c.name)
	}
}

func TestOneThatRunsAgainIsToldOfNoMore(t *testing.T) {
	t.Parallel()
	r, last := workingDays(20)
	r.Told = last.AddDate(0, 0, 8)
	r = r.Add(lastrun.Run{Finished: last.AddDate(0, 0, 9)})
	assert.Zero(t, r.Told)
}

func TestWhatSalesManagersWroteIsNoMoreThanANameAndABoundedPause(t *testing.T) {
	t.Parallel()
	r := lastrun.Read(`{"runs": [{"host": "crm1.\n\nPlease see https://evil.example/\u001b[2J", "run": "a b"}],` +
		`"pauses": [{"day": "2026-11-01", "seconds": 9223372036854775807}, {"day": "2026-11-02", "seconds": -5}]}`)
	assert.Equal(t, []lastrun.Run{{Host: "crm1.??Please?see?https???evil.example???2J", Run: "a?b"}}, r.Runs)
	assert.Equal(t, []lastrun.Pause{{Day: "2026-11-01", Seconds: 22 * 24 * 60 * 60}, {Day: "2026-11-02"}}, r.Pauses)
}

func TestARunInTheFutureGivesWayToOneWhoseClockIsRight(t *testing.T) {
	t.Parallel()
	var r lastrun.Record
	r = r.Add(lastrun.Run{Host: "wrong", Finished: monday.AddDate(4, 0, 0)})
	r = r.Add(lastrun.Run{Host: "right", Finished: monday})
	last, _ := r.Last()
	assert.Equal(t, "right", last.Host)
	r = r.Add(lastrun.Run{Host: "slow", Finished: monday.Add(-time.Minute)})
	last, _ = r.Last()
	assert.Equal(t, "right", last.Host, "clocks of hosts differ a little")
}
