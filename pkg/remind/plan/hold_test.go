package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

func TestWhatIsHeldIsMailedLaterWithinCatchUp(t *testing.T) {
	t.Parallel()
	monday := calendar.Date{Year: 2026, Month: time.November, Day: 23}
	frozen := policy(t)
	frozen.Freeze = []calendar.Period{{First: monday.AddDays(-30), Last: monday.AddDays(-20)}, {First: monday, Last: monday.AddDays(2)}}
	nights := policy(t)
	nights.Window = calendar.Hours{From: 22 * 60, Until: 6 * 60}
	hour := func(h int) time.Time { return time.Date(2026, 11, 23, h, 0, 0, 0, time.UTC) }
	r := aged(7)
	for _, c := range []struct {
		name   string
		policy plan.Policy
		at     time.Time
		want   crm.Reason
		held   bool
	}{
		{"before the freeze its day has not come", frozen, now.AddDate(0, 0, -1), crm.OutsideWindow, false},
		{"the first day is frozen", frozen, now, crm.Frozen, true},
		{"the last day is frozen until its end in Paris", frozen, time.Date(2026, 11, 25, 22, 59, 59, 0, time.UTC), crm.Frozen, true},
		{"then it is mailed", frozen, time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC), "", false},
		{"after that it is missed", frozen, now.AddDate(0, 0, 4), crm.Missed, false},
		{"the day is not in the night's hours", nights, hour(8), crm.OffHours, true},
		{"the evening is", nights, hour(21), "", false},
	} {
		d := plan.Decide([]crm.Record{r}, c.policy, c.at)[0]
		assert.Equal(t, c.want, d.Reason, c.name)
		assert.Equal(t, c.held, d.Held(), c.name)
		assert.Equal(t, c.want == "", d.Send(), c.name)
	}
}

func TestWhatSpeaksAgainstAMailIsSaidBeforeWhatHoldsIt(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Freeze = []calendar.Period{{First: calendar.Of(now, p.Zone), Last: calendar.Of(now, p.Zone)}}
	for want, change := range map[crm.Reason]func(*crm.Record){
		crm.Won:         func(r *crm.Record) { r.Opportunity.Stage.Won = true },
		crm.NoEmail:     func(r *crm.Record) { r.Opportunity.Email, r.Contact.Email = "", "" },
		crm.OptedOut:    func(r *crm.Record) { r.OptedOut = true },
		crm.AlreadyDone: mailed(7, time.Hour),
		crm.Frozen:      func(*crm.Record) {},
	} {
		assert.Equal(t, want, plan.Decide([]crm.Record{aged(7, change)}, p, now)[0].Reason)
	}
}

func TestAPersonsDecisionIsNotHeld(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Freeze = []calendar.Period{{First: calendar.Of(now, p.Zone), Last: calendar.Of(now, p.Zone)}}
	assert.Empty(t, plan.Again(aged(7), 7, p).Reason)
	assert.Equal(t, crm.OptedOut, plan.Again(aged(7, func(r *crm.Record) { r.OptedOut = true }), 7, p).Reason)
}

func TestWhatIsKnownOfAClientHoldsTheirReminders(t *testing.T) {
	t.Parallel()
	today := calendar.Of(now, policy(t).Zone)
	in := func(days int) string { return today.AddDays(days).String() }
	ago := func(days int) time.Time { return today.AddDays(-days).Noon(policy(t).Zone) }
	appointments := func(days ...int) crm.Holds {
		var h crm.Holds
		for _, d := range days {
			h.Appointments = append(h.Appointments, crm.Appointment{Date: in(d)})
		}
		return h
	}
	for _, c := range []struct {
		name  string
		holds crm.Holds
		want  crm.Reason
		until string
	}{
		{"nothing is known", crm.Holds{}, "", ""},
		{"an activity of today", appointments(0), crm.ActivityPlanned, in(1)},
		{"the last day that counts", appointments(7), crm.ActivityPlanned, in(8)},
		{"a day later", appointments(8), "", ""},
		{"an overdue one", appointments(-1), "", ""},
		{"the last of several within the days", appointments(-1, 3, 5, 9), crm.ActivityPlanned, in(6)},
		{"a date that is none", crm.Holds{Appointments: []crm.Appointment{{Date: "soon"}}}, "", ""},
		{"a colleague wrote today", crm.Holds{Wrote: ago(0)}, crm.SalespersonWrote, in(2)},
		{"a colleague wrote yesterday", crm.Holds{Wrote: ago(1)}, crm.SalespersonWrote, in(1)},
		{"a colleague wrote the day before", crm.Holds{Wrote: ago(2)}, "", ""},
		{"the client is back tomorrow", crm.Holds{Away: in(1)}, crm.Away, in(1)},
		{"the client is back today", crm.Holds{Away: in(0)}, "", ""},
		{"our to-do is open", crm.Holds{FollowUp: true, LowScore: ago(90)}, crm.Unhappy, ""},
		{"a low score 13 days ago", crm.Holds{LowScore: ago(13)}, crm.Unhappy, in(1)},
		{"a low score 14 days ago", crm.Holds{LowScore: ago(14)}, "", ""},
		{"what is about the client comes first", crm.Holds{FollowUp: true, Away: in(1), Wrote: ago(0), Appointments: appointments(1).Appointments}, crm.Away, in(1)},
	} {
		r, p := aged(7), policy(t)
		p.Ahead, p.Quiet, r.Holds = 7, 2, c.holds
		d := plan.Decide([]crm.Record{r}, p, now)[0]
		assert.Equal(t, c.want, d.Reason, c.name)
		assert.Equal(t, c.want != "", d.Held(), c.name)
		if c.until != "" {
			assert.Equal(t, c.until, d.Until.String(), c.name)
		}
		p.Ahead, p.Quiet = 0, 0
		off := plan.Decide([]crm.Record{r}, p, now)[0].Reason
		assert.NotContains(t, []crm.Reason{crm.ActivityPlanned, crm.SalespersonWrote}, off, c.name)
	}
}

func TestTheNewestSnoozeCounts(t *testing.T) {
	t.Parallel()
	p := policy(t)
	tomorrow := calendar.Of(now, p.Zone).AddDays(1)
	date := tomorrow.String()
	note := func(id crm.EntryID, date string) crm.Entry { return crm.Entry{ID: id, Key: crm.SnoozeKey(1, date)} }
	for _, c := range []struct {
		entries []crm.Entry
		want    crm.Reason
	}{
		{[]crm.Entry{note(1, date)}, crm.SnoozedUntil},
		{[]crm.Entry{note(1, date), note(2, "")}, ""},
		{[]crm.Entry{note(3, date), note(2, "")}, crm.SnoozedUntil},
		{[]crm.Entry{note(1, "2020-01-01")}, ""},
	} {
		d := plan.Decide([]crm.Record{aged(7, func(r *crm.Record) { r.Entries = c.entries })}, p, now)[0]
		assert.Equal(t, c.want, d.Reason)
		if c.want != "" {
			assert.Equal(t, "until "+tomorrow.String(), d.WhenMailed())
		}
	}
}

func TestAHoldThatOutlastsAStepSaysSo(t *testing.T) {
	t.Parallel()
	p := policy(t)
	today := calendar.Of(now, p.Zone)
	r := aged(7, func(r *crm.Record) { r.Holds.Away = today.AddDays(5).String() })
	d := plan.Decide([]crm.Record{r}, p, now)[0]
	assert.Equal(t, "until "+today.AddDays(5).String()+", and its last day is "+today.AddDays(3).String(), d.WhenMailed())
}

func TestAFreezeSaysWhenItIsOver(t *testing.T) {
	t.Parallel()
	p := policy(t)
	today := calendar.Of(now, p.Zone)
	p.Freeze = []calendar.Period{{First: today.AddDays(2), Last: today.AddDays(4)}, {First: today, Last: today.AddDays(1)}}
	d := plan.Decide([]crm.Record{aged(7, func(*crm.Record) {})}, p, now)[0]
	assert.Equal(t, "until "+today.AddDays(5).String()+", and its last day is "+today.AddDays(3).String(), d.WhenMailed())
	p.Freeze = p.Freeze[1:]
	d = plan.Decide([]crm.Record{aged(7, func(*crm.Record) {})}, p, now)[0]
	assert.Equal(t, "until "+today.AddDays(2).String(), d.WhenMailed())
}
