package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return instant
}

func TestAWindowHoldsTheOriginsWhoseTurnItIs(t *testing.T) {
	t.Parallel()
	window := func(step int, from, until string) crm.Window {
		return crm.Window{Step: step, From: at(t, from), Until: at(t, until)}
	}
	for _, c := range []struct {
		name    string
		days    []int
		catchUp int
		zone    string
		now     string
		want    []crm.Window
	}{
		{
			"an ordinary day",
			[]int{7, 15},
			3, "Europe/Paris", "2026-11-23T08:00:00Z",
			[]crm.Window{
				window(7, "2026-11-12T23:00:00Z", "2026-11-16T23:00:00Z"),
				window(15, "2026-11-04T23:00:00Z", "2026-11-08T23:00:00Z"),
			},
		},
		{
			"without catching up a window is one day",
			[]int{7},
			0, "UTC", "2026-11-23T23:59:59Z",
			[]crm.Window{window(7, "2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z")},
		},
		{
			"catching up ends where the next step begins",
			[]int{7, 9},
			30, "UTC", "2026-11-23T00:00:00Z",
			[]crm.Window{
				window(7, "2026-11-15T00:00:00Z", "2026-11-17T00:00:00Z"),
				window(9, "2026-10-15T00:00:00Z", "2026-11-15T00:00:00Z"),
			},
		},
		{
			"the day of the zone counts, not that of UTC",
			[]int{1},
			0, "Pacific/Auckland", "2026-11-23T12:00:00Z",
			[]crm.Window{window(1, "2026-11-22T11:00:00Z", "2026-11-23T11:00:00Z")},
		},
		{
			"the same west of UTC",
			[]int{1},
			0, "America/Los_Angeles", "2026-11-23T04:00:00Z",
			[]crm.Window{window(1, "2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z")},
		},
		{
			"the day that summer time ends has 25 hours",
			[]int{1},
			0, "Europe/Paris", "2026-10-26T08:00:00Z",
			[]crm.Window{window(1, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")},
		},
		{
			"the day that summer time begins has 23",
			[]int{1},
			0, "Europe/Paris", "2026-03-30T08:00:00Z",
			[]crm.Window{window(1, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")},
		},
		{
			"a leap day is a day",
			[]int{2},
			0, "UTC", "2028-03-01T08:00:00Z",
			[]crm.Window{window(2, "2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z")},
		},
		{
			"a step of day nought has today as its window",
			[]int{0, 7},
			1, "UTC", "2026-11-23T08:00:00Z",
			[]crm.Window{
				window(0, "2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z"),
				window(7, "2026-11-15T00:00:00Z", "2026-11-17T00:00:00Z"),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			p := plan.Policy{Days: c.days, CatchUp: c.catchUp, Zone: zone}
			assert.Equal(t, c.want, p.Windows(at(t, c.now)))
		})
	}
}

// TestWindowsAndPlanAgree: Odoo's search selects by windows, the planner
// decides by ages. What one takes the other must take.
func TestWindowsAndPlanAgree(t *testing.T) {
	t.Parallel()
	nows := []string{
		"2026-11-23T08:00:00Z", "2026-11-23T23:59:59Z", "2026-11-24T00:00:00Z",
		"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-11-01T05:30:00Z", "2026-04-05T01:00:00Z", // Summer time ends,
		"2026-03-29T00:59:59Z", "2026-03-30T08:00:00Z", "2018-11-04T03:00:00Z", // and begins.
		"2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z", "2027-01-01T00:00:00Z", "2012-01-05T10:00:00Z",
	}
	zones := []string{
		"UTC", "Europe/Paris", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo",
		"America/Havana", "Pacific/Kiritimati", "Pacific/Apia",
	}
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			require.NoError(t, err)
			for _, p := range []plan.Policy{
				{Days: []int{7, 15, 30}, CatchUp: 3},
				{Days: []int{7, 15, 30}, CatchUp: 0},
				{Days: []int{7, 8, 30}, CatchUp: 40},
				{Days: []int{0, 1, 2, 3}, CatchUp: 1},
				{Days: []int{1}, CatchUp: 365},
			} {
				p.Zone = zone
				for _, now := range nows {
					agree(t, p, at(t, now))
				}
			}
		})
	}
}

// agree plans for origins all over the last seven weeks, and around every
// border of a window.
func agree(t *testing.T, p plan.Policy, now time.Time) {
	t.Helper()
	windows := p.Windows(now)
	var origins []time.Time
	for _, w := range windows {
		for _, border := range []time.Time{w.From, w.Until} {
			origins = append(origins, border.Add(-time.Minute), border.Add(-time.Second), border, border.Add(time.Second))
		}
	}
	for ago := -2 * day; ago < 49*day; ago += 7*time.Hour + 13*time.Minute {
		origins = append(origins, now.Add(-ago))
	}
	var records []crm.Record
	for i, origin := range origins {
		o := crm.Opportunity{ID: crm.OpportunityID(i), Active: true, Email: "zoe@client.example", Created: origin}
		if i%2 == 1 {
			o.Created, o.Converted = origin.AddDate(-1, 0, 0), origin
		}
		records = append(records, crm.Record{Opportunity: o})
	}
	for i, d := range plan.Decide(records, p, now) {
		type verdict struct {
			Send bool
			Step int
		}
		var want verdict
		for _, w := range windows {
			if !origins[i].Before(w.From) && origins[i].Before(w.Until) {
				require.False(t, want.Send, "the windows of step %d and %d overlap at %s", want.Step, w.Step, origins[i])
				want = verdict{true, w.Step}
			}
		}
		got := verdict{Send: d.Send()}
		if got.Send {
			got.Step = d.Step
		}
		require.Equal(t, want, got, fmt.Sprintf("%s: origin %s, now %s, days %v, catching up %d", d.Reason, origins[i], now, p.Days, p.CatchUp))
	}
}

func TestAnAgeCountsMidnightsNotHours(t *testing.T) {
	t.Parallel()
	p := policy(t)
	for _, c := range []struct {
		name, created, now string
		want               int
	}{
		{"a minute before midnight is yesterday a minute after it", "2026-11-22T22:59:00Z", "2026-11-22T23:00:00Z", 1},
		{"created at 23:59, seven days later at 00:01", "2026-11-16T22:59:00Z", "2026-11-22T23:01:00Z", 7},
		{"created at 00:01, six days later at 23:59", "2026-11-15T23:01:00Z", "2026-11-22T22:59:00Z", 6},
		{"over the end of summer time", "2026-10-24T22:30:00Z", "2026-10-31T23:30:00Z", 7},
		{"over the start of summer time", "2026-03-28T23:30:00Z", "2026-04-04T22:30:00Z", 7},
		{"over a leap day", "2028-02-28T12:00:00Z", "2028-03-01T12:00:00Z", 2},
		{"created on a leap day", "2028-02-29T12:00:00Z", "2029-02-28T12:00:00Z", 365},
		{"in the future", "2026-11-24T12:00:00Z", "2026-11-23T12:00:00Z", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, p.Age(crm.Opportunity{Created: at(t, c.created)}, at(t, c.now)))
		})
	}
}

func BenchmarkDecidePage(b *testing.B) { benchmarkDecide(b, 250) }

func BenchmarkPlanOfTenThousand(b *testing.B) { benchmarkDecide(b, 10_000) }

func benchmarkDecide(b *testing.B, n int) {
	b.Helper()
	records := make([]crm.Record, n)
	for i := range records {
		records[i] = aged(i%40, mailed(3, 10*day), wrote("Automatic reply: Chairs", day), replied(2*day))
	}
	p := policy(b)
	b.ReportAllocs()
	for b.Loop() {
		plan.Decide(records, p, now)
	}
}
