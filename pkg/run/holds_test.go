package run_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// now is a Monday; in Auckland it is Tuesday.
var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// odoo has what a test puts into it, and notes what it is asked beside the calls that
// every run makes.
type odoo struct {
	run.Odoo

	entries    map[crm.OpportunityID][]crm.Entry
	messages   map[crm.OpportunityID][]crm.Message
	contacts   map[crm.ContactID]crm.Contact
	activities map[crm.OpportunityID][]crm.Activity
	meetings   map[crm.OpportunityID][]time.Time
	bodies     map[crm.EntryID]string

	since  time.Time
	asked  []crm.ContactID
	extra  []string
	opened [2]time.Time
}

func (o *odoo) Salespeople(context.Context, []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	return nil, nil
}

func (o *odoo) Companies(context.Context, []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	return nil, nil
}

func (o *odoo) OptOuts(context.Context, []string) (map[string]crm.OptOut, error) { return nil, nil }

func (o *odoo) Contacts(_ context.Context, ids []crm.ContactID, _ bool) (map[crm.ContactID]crm.Contact, error) {
	o.asked = ids
	return o.contacts, nil
}

func (o *odoo) History(
	_ context.Context, _ []crm.OpportunityID, since time.Time,
) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	o.since = since
	return o.entries, o.messages, nil
}

func (o *odoo) Outgoing(context.Context, []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error) {
	o.extra = append(o.extra, "Outgoing")
	return nil, nil
}

func (o *odoo) Activities(context.Context, []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error) {
	o.extra = append(o.extra, "Activities")
	return o.activities, nil
}

func (o *odoo) Meetings(_ context.Context, _ []crm.OpportunityID, from, until time.Time) (map[crm.OpportunityID][]time.Time, error) {
	o.extra, o.opened = append(o.extra, "Meetings"), [2]time.Time{from, until}
	return o.meetings, nil
}

func (o *odoo) Bodies(context.Context, []crm.EntryID) (map[crm.EntryID]string, error) {
	o.extra = append(o.extra, "Bodies")
	return o.bodies, nil
}

// complete completes one opportunity, and returns what holds its reminders back.
func complete(t *testing.T, o *odoo, h *run.Holds, opportunity crm.Opportunity) crm.Record {
	t.Helper()
	opportunity.ID, opportunity.Active, opportunity.Created = 1, true, now.AddDate(0, 0, -7)
	b := run.Base{Odoo: o, Now: now, Holds: h, Log: slog.New(slog.DiscardHandler)}
	records, err := b.Complete(t.Context(), []crm.Opportunity{opportunity})
	require.NoError(t, err)
	return records[0]
}

func week() *run.Holds { return &run.Holds{Zone: time.UTC, Ahead: 7, Quiet: 2} }

func TestWhatIsPlannedIsKnownWithoutACallWhereItCanBe(t *testing.T) {
	t.Parallel()
	answered := map[crm.OpportunityID][]crm.Entry{1: {{Key: crm.AnswerKey(1, 9), At: now.AddDate(0, 0, -60)}}}
	planned := map[crm.OpportunityID][]crm.Activity{1: {{Deadline: "2026-11-01"}, {Deadline: "2026-12-02"}}}
	on := func(dates ...string) (list []crm.Appointment) {
		for _, d := range dates {
			list = append(list, crm.Appointment{Date: d})
		}
		return list
	}
	met := func(date string) []crm.Appointment { return []crm.Appointment{{Date: date, Meeting: true}} }
	for _, c := range []struct {
		name  string
		about crm.Opportunity
		odoo  odoo
		want  []crm.Appointment
		calls []string
	}{
		{"nothing is planned", crm.Opportunity{}, odoo{}, nil, nil},
		{"the first activity decides", crm.Opportunity{OpenActivities: 2, NextActivity: "2026-12-01"}, odoo{}, on("2026-12-01"), nil},
		{"the only one is overdue", crm.Opportunity{OpenActivities: 1, NextActivity: "2026-11-01"}, odoo{}, on("2026-11-01"), nil},
		{
			"the first of several is overdue",
			crm.Opportunity{OpenActivities: 2, NextActivity: "2026-11-01"},
			odoo{activities: planned},
			on("2026-11-01", "2026-12-02"),
			[]string{"Activities"},
		},
		{
			"one may be ours",
			crm.Opportunity{OpenActivities: 1, NextActivity: "2026-12-02"},
			odoo{entries: answered, activities: planned},
			on("2026-11-01", "2026-12-02"),
			[]string{"Activities"},
		},
		{"a questionnaire was answered and nothing is planned", crm.Opportunity{}, odoo{entries: answered}, nil, nil},
		{"a meeting within the days", crm.Opportunity{Meeting: "2026-12-03"}, odoo{}, met("2026-12-03"), nil},
		{"a meeting far away", crm.Opportunity{Meeting: "2026-12-09"}, odoo{}, nil, nil},
		{"a meeting that is over", crm.Opportunity{Meeting: "2026-11-28"}, odoo{}, nil, nil},
		{
			"a meeting on the last day",
			crm.Opportunity{Meeting: "2026-12-07"},
			odoo{meetings: map[crm.OpportunityID][]time.Time{1: {time.Date(2026, 12, 7, 9, 0, 0, 0, time.UTC)}}},
			met("2026-12-07"),
			[]string{"Meetings"},
		},
		{
			"a meeting that was yesterday",
			crm.Opportunity{Meeting: "2026-11-29"},
			odoo{meetings: map[crm.OpportunityID][]time.Time{1: {time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)}}},
			met("2026-11-29"),
			[]string{"Meetings"},
		},
		{"a private meeting of today", crm.Opportunity{Meeting: "2026-11-30"}, odoo{}, met("2026-11-30"), []string{"Meetings"}},
	} {
		o := c.odoo
		r := complete(t, &o, week(), c.about)
		assert.Equal(t, c.want, r.Holds.Appointments, c.name)
		assert.Equal(t, c.calls, o.extra, c.name)
		if len(c.calls) > 0 && c.calls[0] == "Meetings" {
			assert.Equal(t, [2]time.Time{time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC)}, o.opened, c.name)
		}

		off := c.odoo
		complete(t, &off, nil, c.about)
		assert.Empty(t, off.extra, c.name)
		late := week()
		late.Due = func(crm.Record) bool { return false }
		other := c.odoo
		complete(t, &other, late, c.about)
		assert.Empty(t, other.extra, c.name)
	}
}

func TestATodoOfOursIsNoAppointment(t *testing.T) {
	t.Parallel()
	o := odoo{
		entries:    map[crm.OpportunityID][]crm.Entry{1: {{Key: crm.AnswerKey(1, 9), At: now.AddDate(0, 0, -60)}}},
		activities: map[crm.OpportunityID][]crm.Activity{1: {{Deadline: "2026-12-01", FollowUp: true}}},
	}
	r := complete(t, &o, week(), crm.Opportunity{OpenActivities: 1, NextActivity: "2026-12-01"})
	assert.True(t, r.Holds.FollowUp)
	assert.Empty(t, r.Holds.Appointments)
}

func TestWhatAColleagueWroteIsNoAnswer(t *testing.T) {
	t.Parallel()
	const client, colleague, stranger = 5, 6, 7
	o := odoo{
		messages: map[crm.OpportunityID][]crm.Message{1: {
			{ID: 1, Incoming: true, Author: colleague, At: now.AddDate(0, 0, -5), Subject: "Re: before the days that count"},
			{ID: 2, Incoming: true, Author: client, At: now.Add(-3 * time.Hour), Subject: "Re: offer"},
			{ID: 3, Incoming: true, Author: colleague, At: now.Add(-2 * time.Hour), Subject: "Re: offer"},
			{ID: 4, Incoming: true, Author: stranger, At: now.Add(-time.Hour), Subject: "Re: offer"},
		}},
		contacts: map[crm.ContactID]crm.Contact{client: {ID: client}, colleague: {ID: colleague, Colleague: true}},
	}
	r := complete(t, &o, week(), crm.Opportunity{Contact: client})
	assert.Equal(t, now.Add(-2*time.Hour), r.Holds.Wrote)
	assert.Equal(t, []crm.EntryID{1, 2, 4}, crm.IDs(r.Messages, func(m crm.Message) crm.EntryID { return m.ID }))
	assert.ElementsMatch(t, []crm.ContactID{client, colleague, stranger}, o.asked, "in the call that is made anyway")
	assert.Equal(t, time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), o.since)

	o.messages = map[crm.OpportunityID][]crm.Message{}
	complete(t, &o, &run.Holds{Zone: time.UTC}, crm.Opportunity{})
	assert.Zero(t, o.since, "quiet_days is 0")
}

func TestTheNewestAbsenceNoticeThatNamesADayCounts(t *testing.T) {
	t.Parallel()
	notice := func(id crm.EntryID, days int) crm.Message {
		return crm.Message{ID: id, Incoming: true, Subject: "Automatic reply: offer", At: now.AddDate(0, 0, -days)}
	}
	bodies := map[crm.EntryID]string{1: "<p>I will be back on 2026-12-24.</p>", 2: "<p>I will be back on 2026-12-10.</p>", 3: "<p>Thank you.</p>"}
	written := crm.Message{ID: 4, Incoming: true, Subject: "Re: offer", At: now.AddDate(0, 0, -9)}
	for _, c := range []struct {
		name     string
		messages []crm.Message
		want     string
		asked    bool
	}{
		{"none came", nil, "", false},
		{"the newest names none", []crm.Message{notice(1, 20), notice(2, 15), notice(3, 10)}, "2026-12-10", true},
		{"the client wrote since", []crm.Message{notice(2, 15), written}, "", false},
		{"the client wrote before", []crm.Message{notice(2, 8), written}, "2026-12-10", true},
		{"it is too old", []crm.Message{notice(1, 181)}, "", false},
	} {
		o := odoo{messages: map[crm.OpportunityID][]crm.Message{1: c.messages}, bodies: bodies}
		r := complete(t, &o, week(), crm.Opportunity{})
		assert.Equal(t, c.want, r.Holds.Away, c.name)
		assert.Equal(t, c.asked, len(o.extra) > 0 && o.extra[len(o.extra)-1] == "Bodies", c.name)
	}
}

func TestALowScoreCountsWhereTheAnswerCameLately(t *testing.T) {
	t.Parallel()
	answer := func(subject string, days int) crm.Entry {
		return crm.Entry{Key: crm.AnswerKey(1, int64(days)), Subject: subject, At: now.AddDate(0, 0, -days)}
	}
	o := odoo{entries: map[crm.OpportunityID][]crm.Entry{1: {answer("20/100", 40), answer("80/100", 1), answer("49.99/100", 5), answer("", 2)}}}
	h := week()
	h.LowScore = 50
	assert.Equal(t, now.AddDate(0, 0, -5), complete(t, &o, h, crm.Opportunity{}).Holds.LowScore)
	h.LowScore = 0
	assert.Zero(t, complete(t, &o, h, crm.Opportunity{}).Holds.LowScore)
}
