package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func TestAgeCountsInCalendarDaysOfTheZone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, created, now string
		want                     crm.Reason
	}{
		{"made just before midnight, a day counts in a minute", "UTC", "2026-10-23T23:59:00Z", "2026-11-22T00:00:00Z", archives},
		{"made at midnight, it is one day younger", "UTC", "2026-10-24T00:00:00Z", "2026-11-22T23:59:59Z", crm.OutsideWindow},
		{"midnight is that of Paris", "Europe/Paris", "2026-10-23T21:59:59Z", "2026-11-22T00:00:00Z", archives},
		{"one second later it is another day in Paris", "Europe/Paris", "2026-10-23T22:00:00Z", "2026-11-22T00:00:00Z", crm.OutsideWindow},
		{"in Tokyo the day has come already", "Asia/Tokyo", "2026-10-23T00:00:00Z", "2026-11-21T15:00:00Z", archives},
		{"in Los Angeles not yet", "America/Los_Angeles", "2026-10-23T12:00:00Z", "2026-11-22T07:59:59Z", crm.OutsideWindow},
		{"an hour more at the end of summer time is no day", "Europe/Paris", "2026-10-01T21:59:59Z", "2026-10-30T23:00:00Z", archives},
		{"nor an hour less at its start", "Europe/Paris", "2026-03-01T22:59:59Z", "2026-03-30T22:00:00Z", archives},
		{"a day of 25 hours does not make it older", "Europe/Paris", "2026-09-25T22:00:00Z", "2026-10-25T22:59:59Z", crm.OutsideWindow},
		{"the end of that day does", "Europe/Paris", "2026-09-25T22:00:00Z", "2026-10-25T23:00:00Z", archives},
		{"made at 23:59 in Auckland, it is a day older a minute later", "Pacific/Auckland", "2026-10-23T10:59:00Z", "2026-11-21T11:00:00Z", archives},
		{"made at midnight there, it is not", "Pacific/Auckland", "2026-10-23T11:00:00Z", "2026-11-22T10:59:59Z", crm.OutsideWindow},
		{"made at 23:59 in Los Angeles, it is a day older a minute later", "America/Los_Angeles", "2026-10-24T06:59:00Z", "2026-11-22T08:00:00Z", archives},
		{"made at midnight there, it is not, an hour of winter time or not", "America/Los_Angeles", "2026-10-24T07:00:00Z", "2026-11-23T07:59:59Z", crm.OutsideWindow},
		{"off the full hour", "Asia/Kathmandu", "2026-10-23T18:14:59Z", "2026-11-21T18:15:00Z", archives},
		{"a leap day is a day", "UTC", "2028-01-30T12:00:00Z", "2028-02-29T00:00:00Z", archives},
		{"over a leap day", "UTC", "2028-02-15T12:00:00Z", "2028-03-15T23:59:59Z", crm.OutsideWindow},
		{"over a February without one", "UTC", "2027-02-15T12:00:00Z", "2027-03-17T00:00:00Z", archives},
		{"made on a leap day", "UTC", "2028-02-29T23:59:59Z", "2028-03-30T00:00:00Z", archives},
		{"over the turn of a year", "Europe/Paris", "2026-12-10T22:59:59Z", "2027-01-08T23:00:00Z", archives},
		{"a day that has no midnight begins at one", "Africa/Cairo", "2026-03-25T22:00:00Z", "2026-04-24T22:00:00Z", archives},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := policy(t)
			p.Zone = zone(t, c.zone)
			r := aged(0, opportunity(func(o *crm.Opportunity) { o.Created = instant(t, c.created) }))
			got := plan.Decide([]plan.Record{r}, p, instant(t, c.now))
			assert.Equal(t, []plan.Decision{{Opportunity: 42, Reason: c.want}}, got)
		})
	}
}

func TestAConvertedLeadCountsFromItsConversion(t *testing.T) {
	t.Parallel()
	converted := func(days int) change {
		return opportunity(func(o *crm.Opportunity) { o.Converted = now.AddDate(0, 0, -days) })
	}
	assert.Equal(t, crm.OutsideWindow, decide(t, aged(300, converted(29)), policy(t)).Reason)
	assert.Equal(t, archives, decide(t, aged(300, converted(30)), policy(t)).Reason)
	assert.Equal(t, archives, decide(t, aged(300), policy(t)).Reason, "one that never was a lead")
}

func TestTheWindowIsWhatThePlannerFindsOldEnough(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Paris", "Asia/Tokyo", "America/St_Johns", "Africa/Cairo", "Pacific/Kiritimati"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := policy(t)
			p.Zone = zone(t, name)
			// Over both changes of the clock, at odd hours.
			for at := instant(t, "2026-03-01T00:30:00Z"); at.Year() == 2026; at = at.Add(37 * time.Hour) {
				windows := p.Windows(at)
				require.Len(t, windows, 1)
				w := windows[0]
				require.Equal(t, crm.Window{Until: w.Until}, w, "it has no lower bound and no step")
				require.Equal(t, time.UTC, w.Until.Location())
				for offset, want := range map[time.Duration]crm.Reason{-time.Second: archives, 0: crm.OutsideWindow} {
					r := aged(0, opportunity(func(o *crm.Opportunity) { o.Created = w.Until.Add(offset) }))
					require.Equal(t, want, plan.Decide([]plan.Record{r}, p, at)[0].Reason, "made %s from the bound, planned for %s", offset, at)
				}
			}
		})
	}
}
