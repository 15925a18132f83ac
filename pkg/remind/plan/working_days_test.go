package plan_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// shifts are from 8 to 12 and 13 to 17 on weekdays.
func shifts(days ...time.Weekday) []calendar.Shift {
	var list []calendar.Shift
	for _, day := range days {
		list = append(list,
			calendar.Shift{Weekday: day, Hours: calendar.Hours{From: 8 * 60, Until: 12 * 60}},
			calendar.Shift{Weekday: day, Hours: calendar.Hours{From: 13 * 60, Until: 17 * 60}})
	}
	return list
}

// The schedules of the tests: that of the company, one of Monday to Wednesday, and one
// with flexible hours, which has no shifts.
const company, partTime, flexible = crm.CalendarID(1), crm.CalendarID(2), crm.CalendarID(3)

// working is a policy with working days, and leaves.
func working(t testing.TB, leaves ...crm.Leave) plan.Policy {
	p := policy(t)
	p.Work = &crm.WorkingTimes{
		Shifts: map[crm.CalendarID][]calendar.Shift{
			company:  shifts(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday),
			partTime: shifts(time.Monday, time.Tuesday, time.Wednesday),
		},
		Leaves: leaves,
	}
	return p
}

// off is a leave from the begin of a day in Paris to the end of another.
func off(t testing.TB, name, from, until string, change ...func(*crm.Leave)) crm.Leave {
	first, err := calendar.Parse(from)
	require.NoError(t, err)
	last, err := calendar.Parse(until)
	require.NoError(t, err)
	l := crm.Leave{Leave: calendar.Leave{
		From: first.Start(paris(t)).UTC(), Until: last.AddDays(1).Start(paris(t)).UTC().Add(-time.Second), Name: name,
	}}
	for _, c := range change {
		c(&l)
	}
	return l
}

func ofResource(id crm.ResourceID) func(*crm.Leave) {
	return func(l *crm.Leave) { l.Resource, l.Name = id, "" }
}

// born is an opportunity from a date, of a company with a schedule.
func born(t testing.TB, day string, change ...func(*crm.Record)) crm.Record {
	t.Helper()
	d, err := calendar.Parse(day)
	require.NoError(t, err)
	return aged(0, append([]func(*crm.Record){func(r *crm.Record) {
		r.Opportunity.Created, r.Company.Calendar = d.Noon(paris(t)), company
	}}, change...)...)
}

func noon(t testing.TB, day string) time.Time {
	t.Helper()
	d, err := calendar.Parse(day)
	require.NoError(t, err)
	return d.Noon(paris(t))
}

func TestRemindersLeaveOnWorkingDays(t *testing.T) {
	t.Parallel()
	feast := off(t, "Feast", "2026-11-24", "2026-11-24")
	away := salesperson(func(s *crm.Salesperson) { s.Resources, s.Calendar = []crm.ResourceID{7}, company })
	parts := salesperson(func(s *crm.Salesperson) { s.Resources, s.Calendar = []crm.ResourceID{7}, partTime })
	free := salesperson(func(s *crm.Salesperson) { s.Resources, s.Calendar = []crm.ResourceID{7}, flexible })
	const closed = "2026-11-22 is not a working day: a Sunday"
	for _, c := range []struct {
		name, born, today string
		change            []func(*crm.Record)
		leaves            []crm.Leave
		want              crm.Reason
		why               string
	}{
		{"the seventh day is a Sunday", "2026-11-15", "2026-11-22", nil, nil, crm.OffHours, closed},
		{"the Monday after it is the first of four working days", "2026-11-15", "2026-11-23", nil, nil, "", ""},
		{"Thursday is the last", "2026-11-15", "2026-11-26", nil, nil, "", ""},
		{"on Friday it is over", "2026-11-15", "2026-11-27", nil, nil, crm.Missed, ""},
		{"a Tuesday and three working days more", "2026-11-10", "2026-11-20", nil, nil, "", ""},
		{"after them the weekend holds nothing", "2026-11-10", "2026-11-21", nil, nil, crm.Missed, ""},
		{"a Thursday's waits over the weekend", "2026-11-12", "2026-11-21", nil, nil, crm.OffHours, "2026-11-21 is not a working day: a Saturday"},
		{"and is over after the second day of the week", "2026-11-12", "2026-11-24", nil, nil, "", ""},
		{"on the third", "2026-11-12", "2026-11-25", nil, nil, crm.Missed, ""},
		{"a holiday", "2026-11-17", "2026-11-24", nil, []crm.Leave{feast}, crm.OffHours, "2026-11-24 is not a working day: Feast"},
		{"gives a day more", "2026-11-15", "2026-11-27", nil, []crm.Leave{feast}, "", ""},
		{"the holiday of another schedule", "2026-11-17", "2026-11-24", nil, []crm.Leave{off(t, "Feast", "2026-11-24", "2026-11-24", func(l *crm.Leave) {
			l.Calendar = partTime
		})}, "", ""},
		{"the holiday of the company's schedule", "2026-11-17", "2026-11-24", nil, []crm.Leave{off(t, "Feast", "2026-11-24", "2026-11-24", func(l *crm.Leave) {
			l.Calendar = company
		})}, crm.OffHours, "2026-11-24 is not a working day: Feast"},
		{"that holds for those with another schedule, too", "2026-11-17", "2026-11-24", []func(*crm.Record){parts}, []crm.Leave{
			off(t, "Feast", "2026-11-24", "2026-11-24", func(l *crm.Leave) { l.Calendar = company }),
		}, crm.OffHours, "2026-11-24 is not a working day: Feast"},
		{"the holiday of another company", "2026-11-17", "2026-11-24", nil, []crm.Leave{off(t, "Feast", "2026-11-24", "2026-11-24", func(l *crm.Leave) {
			l.Company = 2
		})}, "", ""},
		{"somebody else is on leave", "2026-11-17", "2026-11-24", []func(*crm.Record){away}, []crm.Leave{
			off(t, "", "2026-11-23", "2026-11-27", ofResource(8)),
		}, "", ""},
		{"the salesperson is on leave", "2026-11-17", "2026-11-24", []func(*crm.Record){away}, []crm.Leave{
			off(t, "Illness", "2026-11-23", "2026-11-27", ofResource(7)),
		}, crm.OffHours, "2026-11-24 is not a working day: leave"},
		{"when they are back after four weeks, the last step is mailed", "2026-10-02", "2026-11-30", []func(*crm.Record){away}, []crm.Leave{
			off(t, "", "2026-10-30", "2026-11-27", ofResource(7)),
		}, "", ""},
		{"after four working days it is over", "2026-10-02", "2026-12-04", []func(*crm.Record){away}, []crm.Leave{
			off(t, "", "2026-10-30", "2026-11-27", ofResource(7)),
		}, crm.Missed, ""},
		{"nothing waits for somebody who is away for half a year", "2026-06-01", "2026-11-30", []func(*crm.Record){away}, []crm.Leave{
			off(t, "", "2026-06-10", "2026-11-29", ofResource(7)),
		}, crm.Missed, ""},
		{"whoever is not active any more has no leave", "2026-11-17", "2026-11-24", []func(*crm.Record){away, salesperson(func(s *crm.Salesperson) {
			s.Active = false
		})}, []crm.Leave{off(t, "", "2026-11-23", "2026-11-27", ofResource(7))}, "", ""},
		{
			"a Thursday of somebody who works until Wednesday", "2026-11-12", "2026-11-19",
			[]func(*crm.Record){parts},
			nil, crm.OffHours,
			"2026-11-19 is not a working day: a Thursday",
		},
		{"their next Monday, when the next step has come", "2026-11-12", "2026-11-30", []func(*crm.Record){parts}, nil, "", ""},
		{"their Wednesday", "2026-11-12", "2026-11-25", []func(*crm.Record){parts}, nil, "", ""},
		{"flexible hours go by the company's weekdays", "2026-11-15", "2026-11-22", []func(*crm.Record){free}, nil, crm.OffHours, closed},
		{"a leave by flexible hours", "2026-11-17", "2026-11-24", []func(*crm.Record){free}, []crm.Leave{{
			Leave: calendar.Leave{From: at(t, "2026-11-24T08:00:00Z"), Until: at(t, "2026-11-24T15:00:00Z")}, Resource: 7,
		}}, crm.OffHours, "2026-11-24 is not a working day: leave"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := plan.Decide([]crm.Record{born(t, c.born, c.change...)}, working(t, c.leaves...), noon(t, c.today))[0]
			assert.Equal(t, c.want, d.Reason)
			assert.Equal(t, c.want == crm.OffHours, d.Held())
			if c.why == "" {
				assert.Zero(t, d.DayOff)
			} else {
				assert.Equal(t, c.why, d.DayOff.String())
			}
		})
	}
}

// TestTheSearchFindsAllThatIsDue: what Odoo's search selects is more than what is due,
// and nothing that is due or held is missing.
func TestTheSearchFindsAllThatIsDue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	zones := []string{"", "Europe/Paris", "Asia/Tokyo", "America/Los_Angeles", "no/zone"}
	selected, due := 0, 0
	for range 60 {
		p := working(t, someLeaves(random)...)
		p.CatchUp = random.IntN(6)
		now := now.Add(time.Duration(random.IntN(24*90)) * time.Hour)
		windows := p.Windows(now)
		for age := range 200 {
			r := aged(0, func(r *crm.Record) {
				r.Opportunity.Created = now.Add(-time.Duration(age*24+random.IntN(24)) * time.Hour)
				r.Company.Calendar = crm.CalendarID(random.IntN(4))
				r.Salesperson.Zone = zones[random.IntN(len(zones))]
				if id := random.IntN(5); id > 0 {
					r.Salesperson.Resources, r.Salesperson.Calendar = []crm.ResourceID{crm.ResourceID(id)}, crm.CalendarID(random.IntN(4))
				}
			})
			d := plan.Decide([]crm.Record{r}, p, now)[0]
			step, found := searched(t, windows, r)
			if found {
				selected++
				require.Equal(t, step, d.Step)
			}
			if d.Send() || d.Held() {
				due++
				require.True(t, found, fmt.Sprintf("%s of %s at %s, %+v", d.Reason, r.Opportunity.Created, now, p.Work.Leaves))
			}
		}
	}
	assert.Greater(t, due, 500)
	assert.Less(t, selected, 4*due, "most of what is found is due")
}

func someLeaves(random *rand.Rand) []crm.Leave {
	var leaves []crm.Leave
	for range random.IntN(8) {
		from := now.Add(time.Duration(random.IntN(24*120)-24*60) * time.Hour)
		l := crm.Leave{Leave: calendar.Leave{From: from, Until: from.Add(time.Duration(random.IntN(24*4)) * time.Hour)}}
		if random.IntN(2) == 0 {
			l.Resource = crm.ResourceID(1 + random.IntN(4))
			l.Until = from.Add(time.Duration(random.IntN(24*40)) * time.Hour)
		}
		l.Calendar = crm.CalendarID(random.IntN(3))
		leaves = append(leaves, l)
	}
	return leaves
}

// searched returns the step whose window has an opportunity, as Odoo would find it.
func searched(t *testing.T, windows []crm.Window, r crm.Record) (step int, found bool) {
	t.Helper()
	for _, w := range windows {
		theirs := len(w.Resources) == 0
		for _, id := range w.Resources {
			theirs = theirs || len(r.Salesperson.Resources) > 0 && r.Salesperson.Resources[0] == id
		}
		if o := r.Opportunity.Origin(); theirs && !o.Before(w.From) && o.Before(w.Until) {
			require.False(t, found, "two windows have it")
			step, found = w.Step, true
		}
	}
	return step, found
}

func TestWithoutLeavesTheSearchLooksBackOverAWeekend(t *testing.T) {
	t.Parallel()
	p := working(t)
	delete(p.Work.Shifts, partTime)
	assert.Equal(t, []crm.Window{
		{Step: 7, From: at(t, "2026-11-10T23:00:00Z"), Until: at(t, "2026-11-16T23:00:00Z")},
		{Step: 15, From: at(t, "2026-11-02T23:00:00Z"), Until: at(t, "2026-11-08T23:00:00Z")},
		{Step: 30, From: at(t, "2026-10-18T22:00:00Z"), Until: at(t, "2026-10-24T22:00:00Z")},
	}, p.Windows(now))
	p.Work.Leaves = []crm.Leave{off(t, "", "2026-11-02", "2026-11-20", ofResource(7))}
	assert.Equal(t, crm.Window{
		Step: 30, From: at(t, "2026-09-27T22:00:00Z"), Until: at(t, "2026-10-18T22:00:00Z"), Resources: []crm.ResourceID{7},
	}, p.Windows(now)[5])
}

func TestAnOutlookNamesAWorkingDay(t *testing.T) {
	t.Parallel()
	p := working(t, off(t, "Feast", "2026-11-23", "2026-11-23"))
	step := 7
	assert.Equal(t, "2026-11-24", plan.Foresee(born(t, "2026-11-14"), &step, p, noon(t, "2026-11-20")).Due.String())
	assert.Equal(t, "2026-11-21", plan.Foresee(born(t, "2026-11-14"), &step, policy(t), noon(t, "2026-11-20")).Due.String())
}

func TestTheTurnOfAStepEndsWithItsLastWorkingDay(t *testing.T) {
	t.Parallel()
	r := born(t, "2026-11-15")
	assert.Equal(t, "2026-11-26", working(t).Last(r, 0).String())
	assert.Equal(t, "2026-11-27", working(t, off(t, "", "2026-11-24", "2026-11-24")).Last(r, 0).String())
	assert.Equal(t, "2026-11-25", policy(t).Last(r, 0).String())
	assert.Equal(t, "2026-11-29", working(t, off(t, "", "2026-11-24", "2026-12-24")).Last(r, 0).String(), "the day before the next step's")
}

// TestHoursOverMidnightGoByTheDate: what the night of a Friday begins is not mailed on
// Saturday.
func TestHoursOverMidnightGoByTheDate(t *testing.T) {
	t.Parallel()
	p := working(t)
	p.Window = calendar.Hours{From: 22 * 60, Until: 6 * 60}
	r := born(t, "2026-11-13")
	for when, want := range map[string]crm.Reason{
		"2026-11-20T20:59:00Z": crm.OffHours, "2026-11-20T21:00:00Z": "", "2026-11-20T22:59:59Z": "", "2026-11-20T23:00:00Z": crm.OffHours,
		"2026-11-22T22:59:00Z": crm.OffHours, "2026-11-22T23:00:00Z": "", "2026-11-23T08:00:00Z": crm.OffHours,
	} {
		assert.Equal(t, want, plan.Decide([]crm.Record{r}, p, at(t, when))[0].Reason, when)
	}
}

func TestAFreezeIsToldBeforeAHoliday(t *testing.T) {
	t.Parallel()
	p := working(t)
	sunday := calendar.Date{Year: 2026, Month: time.November, Day: 22}
	p.Freeze = []calendar.Period{{First: sunday, Last: sunday}}
	assert.Equal(t, crm.Frozen, plan.Decide([]crm.Record{born(t, "2026-11-15")}, p, noon(t, "2026-11-22"))[0].Reason)
}

// BenchmarkWindowsOfAThousandOnLeave is a large company in August.
func BenchmarkWindowsOfAThousandOnLeave(b *testing.B) {
	var leaves []crm.Leave
	for id := range 1000 {
		leaves = append(leaves, off(b, "", "2026-11-02", "2026-11-20", ofResource(crm.ResourceID(id+1))))
	}
	p := working(b, leaves...)
	for b.Loop() {
		p.Windows(now)
	}
}
