package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// numbered gives a record another id, and makes it so many days old.
func numbered(id crm.OpportunityID, days int, changes ...func(*crm.Record)) crm.Record {
	r := aged(days, changes...)
	r.Opportunity.ID = id
	return r
}

func emailed(to string) func(*crm.Record) {
	return func(r *crm.Record) { r.Opportunity.Email = to }
}

// turnTaken says that the client was reminded of an opportunity.
func turnTaken(of crm.OpportunityID, step int, at time.Time) func(*crm.Record) {
	return func(r *crm.Record) {
		to, _ := r.Client()
		r.Turns = append(r.Turns, crm.TakenTurn{Client: crm.AddressToken(to.Mailbox), By: crm.ReminderKey(of, step).Turn(), At: at})
	}
}

func TestAClientIsRemindedOfTheOlderOpportunityFirst(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.DaysBetween = 1
	records := []crm.Record{
		numbered(1, 7), numbered(2, 15), numbered(3, 7, emailed("max@client.example")), numbered(4, 30, emailed("ZOE@client.example")),
		numbered(5, 30, emailed("zoe@client.example"), func(r *crm.Record) { r.Opportunity.Stage.Won = true }),
	}
	got := map[crm.OpportunityID]crm.Reason{}
	for _, d := range plan.Decide(records, p, now) {
		got[d.Opportunity] = d.Reason
		if d.Reason == crm.RecentlyMailed {
			assert.Equal(t, crm.OpportunityID(4), d.TurnOf)
			assert.True(t, d.Held())
		}
	}
	assert.Equal(t, map[crm.OpportunityID]crm.Reason{1: crm.RecentlyMailed, 2: crm.RecentlyMailed, 3: "", 4: "", 5: crm.Won}, got)

	p.DaysBetween = 0
	for _, d := range plan.Decide(records[:4], p, now) {
		assert.True(t, d.Send(), d.Opportunity)
	}
}

// TestAnAttemptThatDidNotLeaveIsRepeated: the older opportunity waits for that of the
// attempt, which must not wait for it in turn.
func TestAnAttemptThatDidNotLeaveIsRepeated(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.DaysBetween = 3
	tried := turnTaken(1, 7, now.Add(-day))
	decisions := plan.Decide([]crm.Record{numbered(1, 7, tried), numbered(2, 15, tried), numbered(3, 30, tried)}, p, now)
	assert.True(t, decisions[0].Send())
	for _, d := range decisions[1:] {
		assert.Equal(t, crm.RecentlyMailed, d.Reason)
		assert.Equal(t, crm.OpportunityID(1), d.TurnOf)
	}
}

func TestDaysBetweenRemindersAreThoseOfTheZone(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC) // of the 23rd, in Paris
	for _, c := range []struct {
		name  string
		days  int
		taken func(*crm.Record)
		want  crm.Reason
	}{
		{"today", 1, turnTaken(7, 15, midnight), crm.RecentlyMailed},
		{"a second before", 1, turnTaken(7, 15, midnight.Add(-time.Second)), ""},
		{"yesterday, of two days", 2, turnTaken(7, 15, midnight.Add(-time.Second)), crm.RecentlyMailed},
		{"the day before, of two days", 2, turnTaken(7, 15, midnight.Add(-day-time.Second)), ""},
		{"by an earlier step of its own", 10, turnTaken(42, 3, midnight.Add(-day)), crm.RecentlyMailed},
		{"by an attempt of its own that did not leave", 10, turnTaken(42, 7, midnight.Add(-day)), ""},
		{"another client", 10, func(r *crm.Record) {
			r.Turns = append(r.Turns, crm.TakenTurn{Client: crm.AddressToken("max@client.example"), At: midnight})
		}, ""},
	} {
		p := policy(t)
		p.DaysBetween = c.days
		assert.Equal(t, c.want, decided(t, aged(7, c.taken), p).Reason, c.name)
	}
}

func TestAReminderTakesTheTurnOfItsClientAndDay(t *testing.T) {
	t.Parallel()
	p := policy(t)
	d := plan.Decision{To: zoe}
	assert.True(t, p.ClientTurn(d, now).IsZero())
	p.DaysBetween = 1
	assert.Equal(t, crm.Turn{Client: crm.AddressToken("zoe@client.example"), Day: "2026-11-23"}, p.ClientTurn(d, time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)))
}
