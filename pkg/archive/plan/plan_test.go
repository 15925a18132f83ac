package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// The instant for which the tests plan: nine in the morning in Paris.
var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

// policy archives after 30 days, keeps what is won, and sends no reminders.
func policy(t testing.TB) plan.Policy {
	t.Helper()
	return plan.Policy{AfterDays: 30, Keep: plan.Keep{Won: true}, Zone: zone(t, "Europe/Paris")}
}

// reminding is the policy with the reminders that go out by default.
func reminding(t testing.TB) plan.Policy {
	t.Helper()
	p := policy(t)
	p.Reminders = &remindplan.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: p.Zone}
	return p
}

func TestAClientWhoWroteLastIsNotArchived(t *testing.T) {
	t.Parallel()
	wrote := func(incoming bool, ago time.Duration, subject string) change {
		return func(r *plan.Record) {
			r.Messages = append(r.Messages, crm.Message{Incoming: incoming, At: now.Add(-ago), Subject: subject})
		}
	}
	for name, c := range map[string]struct {
		changes []change
		want    crm.Reason
	}{
		"nobody wrote":                     {nil, ""},
		"half an hour ago":                 {[]change{wrote(true, 30*time.Minute, "Re: Chairs")}, crm.Unanswered},
		"a second less than seven days":    {[]change{wrote(true, 7*day-time.Second, "Re: Chairs")}, crm.Unanswered},
		"seven days ago":                   {[]change{wrote(true, 7*day, "Re: Chairs")}, ""},
		"and was answered":                 {[]change{wrote(true, 2*day, "Re: Chairs"), wrote(false, day, "Re: Chairs")}, ""},
		"and wrote again":                  {[]change{wrote(true, day, "Re: Chairs"), wrote(false, 2*day, "Re: Chairs")}, crm.Unanswered},
		"their program wrote":              {[]change{wrote(true, day, "Automatic reply: Chairs")}, ""},
		"they wrote, and then the program": {[]change{wrote(true, 2*day, "Re: Chairs"), wrote(true, day, "OOO: Chairs")}, crm.Unanswered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := policy(t)
			p.Keep.Unanswered = true
			assert.Equal(t, c.want, plan.Decide([]plan.Record{aged(40, c.changes...)}, p, now)[0].Reason)
			p.Keep.Unanswered = false
			assert.Empty(t, plan.Decide([]plan.Record{aged(40, c.changes...)}, p, now)[0].Reason)
		})
	}
}

type change = func(*plan.Record)

// aged is an opportunity that is so many days old and whose client can be
// reminded.
func aged(days int, changes ...change) plan.Record {
	var r plan.Record
	r.Opportunity = crm.Opportunity{
		ID: 42, Name: "Office chairs", Active: true, Created: now.AddDate(0, 0, -days), Email: "zoe@client.example",
		Stage: crm.Stage{ID: 2, Name: "Qualified"}, Salesperson: 3, Company: 1,
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func opportunity(change func(*crm.Opportunity)) change {
	return func(r *plan.Record) { change(&r.Opportunity) }
}

// inStage and tagged put the opportunity into a stage and under a tag.
func inStage(id crm.StageID, won bool) change {
	return opportunity(func(o *crm.Opportunity) { o.Stage = crm.Stage{ID: id, Name: "Stage", Won: won} })
}

func tagged(ids ...crm.TagID) change {
	return opportunity(func(o *crm.Opportunity) { o.Tags = ids })
}

func archivedInOdoo(o *crm.Opportunity) { o.Active = false }

// busy plans an activity.
func busy(r *plan.Record) {
	r.Activities = append(r.Activities, crm.Activity{ID: 7, Opportunity: r.Opportunity.ID, Summary: "Call", Deadline: "2026-12-01"})
}

// entry puts an entry of ours into the chatter.
func entry(kind crm.EntryKind, step int, confirmed bool) change {
	return func(r *plan.Record) {
		r.Entries = append(r.Entries, crm.Entry{
			ID: crm.EntryID(len(r.Entries) + 1), Key: crm.Key{Kind: kind, Opportunity: r.Opportunity.ID, Step: step},
			On: r.Opportunity.ID, Token: "a", Confirmed: confirmed, At: now.Add(-day),
		})
	}
}

// mailed is a reminder that left, claimed one that a run has in hand.
func mailed(step int) change  { return entry(crm.Reminder, step, true) }
func claimed(step int) change { return entry(crm.Reminder, step, false) }

// wrote puts a mail of the client into the chatter.
func wrote(subject string, ago time.Duration) change {
	return func(r *plan.Record) {
		r.Messages = append(r.Messages, crm.Message{Opportunity: 42, At: now.Add(-ago), Subject: subject, Incoming: true})
	}
}

// decide returns the decision about one opportunity.
func decide(t *testing.T, r plan.Record, p plan.Policy) plan.Decision {
	t.Helper()
	before := fmt.Sprintf("%+v %+v", r, p)
	decisions := plan.Decide([]plan.Record{r}, p, now)
	require.Len(t, decisions, 1)
	assert.Equal(t, before, fmt.Sprintf("%+v %+v", r, p), "planning changes nothing that it is given")
	return decisions[0]
}

// archives is the reason of a decision to archive: none.
const archives crm.Reason = ""

func TestEveryOpportunityGetsADecisionWithItsReason(t *testing.T) {
	t.Parallel()
	keeping := func(change func(*plan.Keep)) func(*plan.Policy) {
		return func(p *plan.Policy) { change(&p.Keep) }
	}
	everything := keeping(func(k *plan.Keep) {
		*k = plan.Keep{Won: true, OpenActivity: true, Stages: []crm.StageID{2}, Tags: []crm.TagID{9}}
	})
	nothing := keeping(func(k *plan.Keep) { *k = plan.Keep{} })
	for _, c := range []struct {
		name   string
		policy func(*plan.Policy)
		record plan.Record
		want   crm.Reason
	}{
		{"on its day it is archived", nil, aged(30), archives},
		{"the day before it is too young", nil, aged(29), crm.OutsideWindow},
		{"however old, it is archived", nil, aged(4000), archives},
		{"one made in the future is too young", nil, aged(-3), crm.OutsideWindow},
		{"with another number of days the day moves", func(p *plan.Policy) { p.AfterDays = 90 }, aged(89), crm.OutsideWindow},
		{"and comes in its time", func(p *plan.Policy) { p.AfterDays = 90 }, aged(90), archives},

		{"a lead is no opportunity", nil, aged(30, opportunity(func(o *crm.Opportunity) { o.Lead = true })), crm.Gone},
		{"one that somebody archived is left to him", nil, aged(30, opportunity(archivedInOdoo)), crm.Gone},
		{
			"one that crm-tool archived is archived already", nil,
			aged(30, opportunity(archivedInOdoo), entry(crm.Archived, 0, true)), crm.AlreadyDone,
		},
		{
			"one that another run is archiving belongs to that run", nil,
			aged(30, opportunity(archivedInOdoo), entry(crm.Archived, 0, false)), crm.ClaimedElsewhere,
		},
		{
			"a lead that was archived is not called archived", nil,
			aged(30, opportunity(func(o *crm.Opportunity) { o.Lead, o.Active = true, false }), entry(crm.Archived, 0, true)), crm.Gone,
		},

		{"a won one is kept", nil, aged(30, inStage(4, true)), crm.Won},
		{"a won one is archived when nothing is kept", nothing, aged(30, inStage(4, true)), archives},
		{"an activity does not keep it by default", nil, aged(30, busy), archives},
		{"an open activity keeps it when asked to", everything, aged(30, inStage(1, false), busy), crm.OpenActivity},
		{"no activity keeps nothing", everything, aged(30, inStage(1, false)), archives},
		{"a stage keeps it when asked to", everything, aged(30), crm.KeptStage},
		{"another stage does not", everything, aged(30, inStage(3, false)), archives},
		{"one without a stage is in none that is kept", everything, aged(30, inStage(0, false)), archives},
		{"a tag keeps it when asked to", everything, aged(30, inStage(1, false), tagged(5, 9)), crm.KeptTag},
		{"another tag does not", everything, aged(30, inStage(1, false), tagged(5, 8)), archives},
		{"of several reasons to keep it the first is told", everything, aged(30, inStage(2, true), busy, tagged(9)), crm.Won},
		{"then the activity", everything, aged(30, busy, tagged(9)), crm.OpenActivity},
		{"then the stage", everything, aged(30, tagged(9)), crm.KeptStage},
		{"one that is too young is that first", everything, aged(29, inStage(2, true), busy, tagged(9)), crm.OutsideWindow},

		{"one that came back is not archived again", nil, aged(30, entry(crm.Archived, 0, true)), crm.WasRestored},
		{
			"also when it was crm-tool that restored it", nil,
			aged(30, entry(crm.Archived, 0, true), entry(crm.Restored, 0, true)), crm.WasRestored,
		},
		{"one that another run has in hand belongs to that run", nil, aged(30, entry(crm.Archived, 0, false)), crm.ClaimedElsewhere},
		{
			"a merged one that holds both came back", nil,
			aged(30, entry(crm.Archived, 0, false), entry(crm.Archived, 0, true)), crm.WasRestored,
		},
		{"other entries of ours do not matter", nil, aged(30, mailed(30), entry(crm.Uncertain, 30, false)), archives},
		{"a client who wrote does not matter", nil, aged(30, wrote("Re: chairs", day)), archives},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := policy(t)
			if c.policy != nil {
				c.policy(&p)
			}
			d := decide(t, c.record, p)
			assert.Equal(t, plan.Decision{Opportunity: 42, Reason: c.want}, d)
			assert.Equal(t, c.want == archives, d.Archive())
		})
	}
}

func TestDecisionsComeInTheOrderOfTheRecords(t *testing.T) {
	t.Parallel()
	numbered := func(id crm.OpportunityID) change {
		return opportunity(func(o *crm.Opportunity) { o.ID = id })
	}
	got := plan.Decide([]plan.Record{aged(30, numbered(9)), aged(5, numbered(3)), aged(31, numbered(7))}, policy(t), now)
	assert.Equal(t, []plan.Decision{
		{Opportunity: 9}, {Opportunity: 3, Reason: crm.OutsideWindow}, {Opportunity: 7},
	}, got)
	assert.Empty(t, plan.Decide(nil, policy(t), now))
}
