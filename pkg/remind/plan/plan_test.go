package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// The instant for which the tests plan: nine in the morning in Paris.
var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

var (
	zoe = address.Address{Name: "Zoë Client", Mailbox: "zoe@client.example"}
	sam = address.Address{Name: "Sam Sales", Mailbox: "sam@example.com"}
)

func paris(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	return zone
}

func policy(t testing.TB) plan.Policy {
	return plan.Policy{Days: []int{7, 15, 30}, CatchUp: 3, StopOnReply: true, Zone: paris(t)}
}

// aged is an opportunity that is so many days old and has all that it takes
// to be reminded.
func aged(days int, changes ...func(*crm.Record)) crm.Record {
	r := crm.Record{
		Opportunity: crm.Opportunity{
			ID: 42, Name: "Office chairs", Active: true, Created: now.AddDate(0, 0, -days),
			Email: "zoe@client.example", ContactName: "Zoë Client", Contact: 9, Salesperson: 3, Company: 1,
		},
		Contact:     crm.Contact{ID: 9, Name: "Zoë at home", Email: "zoe@home.example"},
		Salesperson: crm.Salesperson{ID: 3, Name: "Sam Sales", Email: "sam@example.com", Active: true},
		Company:     crm.Company{ID: 1, Name: "Example"},
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

// entry puts an entry of ours into the chatter; ago is how long ago.
func entry(kind crm.EntryKind, step int, confirmed bool, ago time.Duration) func(*crm.Record) {
	return func(r *crm.Record) {
		r.Entries = append(r.Entries, crm.Entry{
			ID: crm.EntryID(len(r.Entries) + 1), Key: crm.Key{Kind: kind, Opportunity: r.Opportunity.ID, Step: step},
			On: r.Opportunity.ID, Token: "a", Confirmed: confirmed, At: now.Add(-ago),
		})
	}
}

func mailed(step int, ago time.Duration) func(*crm.Record) {
	return entry(crm.Reminder, step, true, ago)
}

// wrote puts a message of the client into the chatter, replied one of ours.
func wrote(subject string, ago time.Duration) func(*crm.Record) {
	return func(r *crm.Record) {
		r.Messages = append(r.Messages, crm.Message{Opportunity: 42, At: now.Add(-ago), Subject: subject, Incoming: true})
	}
}

func replied(ago time.Duration) func(*crm.Record) {
	return func(r *crm.Record) {
		r.Messages = append(r.Messages, crm.Message{Opportunity: 42, At: now.Add(-ago), Subject: "Re: your request"})
	}
}

// opportunity, contact and salesperson change one field each.
func opportunity(change func(*crm.Opportunity)) func(*crm.Record) {
	return func(r *crm.Record) { change(&r.Opportunity) }
}

func contact(change func(*crm.Contact)) func(*crm.Record) {
	return func(r *crm.Record) { change(&r.Contact) }
}

func salesperson(change func(*crm.Salesperson)) func(*crm.Record) {
	return func(r *crm.Record) { change(&r.Salesperson) }
}

// decided plans a record. Whatever the case is about, planning changes nothing
// that it is given.
func decided(t *testing.T, r crm.Record, p plan.Policy) plan.Decision {
	t.Helper()
	before := fmt.Sprintf("%+v %+v", r, p)
	decisions := plan.Decide([]crm.Record{r}, p, now)
	require.Len(t, decisions, 1)
	assert.Equal(t, before, fmt.Sprintf("%+v %+v", r, p))
	return decisions[0]
}

const (
	hour = time.Hour
	day  = 24 * hour
)

func TestEveryOpportunityGetsADecisionWithItsReason(t *testing.T) {
	t.Parallel()
	mail := func(step int) plan.Decision {
		return plan.Decision{Opportunity: 42, Step: step, HasStep: true, To: zoe, CC: sam}
	}
	no := func(step int, reason crm.Reason) plan.Decision {
		return plan.Decision{Opportunity: 42, Step: step, HasStep: true, Reason: reason}
	}
	none := func(reason crm.Reason) plan.Decision {
		return plan.Decision{Opportunity: 42, Reason: reason}
	}
	for _, c := range []struct {
		name   string
		record crm.Record
		want   plan.Decision
	}{
		{"the day before the first step nothing is due", aged(6), none(crm.OutsideWindow)},
		{"on its day a step is mailed, the salesperson in copy", aged(7), mail(7)},
		{"a step is caught up until its last day", aged(10), mail(7)},
		{"a day later the step is missed", aged(11), no(7, crm.Missed)},
		{"of two due steps the latest is mailed", aged(15), mail(15)},
		{"the last step is mailed", aged(30), mail(30)},
		{"after the last step everything is missed", aged(400), no(30, crm.Missed)},
		{"what Odoo's clock created in the future is not due", aged(-3), none(crm.OutsideWindow)},
		{
			"a lead of old age that was converted yesterday is not due",
			aged(200, opportunity(func(o *crm.Opportunity) { o.Converted = now.Add(-day) })), none(crm.OutsideWindow),
		},
		{
			"seven days after its conversion it is mailed",
			aged(200, opportunity(func(o *crm.Opportunity) { o.Converted = now.AddDate(0, 0, -7) })), mail(7),
		},
		{"a lead is none of ours", aged(7, opportunity(func(o *crm.Opportunity) { o.Lead = true })), none(crm.Gone)},
		{"nor is an archived opportunity", aged(7, opportunity(func(o *crm.Opportunity) { o.Active = false })), none(crm.Gone)},
		{"a won opportunity is left alone", aged(7, opportunity(func(o *crm.Opportunity) { o.Stage.Won = true })), no(7, crm.Won)},

		{"a step that was mailed is done", aged(8, mailed(7, day)), no(7, crm.AlreadyDone)},
		{"a missed step that was mailed is done", aged(12, mailed(7, 5*day)), no(7, crm.AlreadyDone)},
		{"an earlier step does not keep the next one away", aged(15, mailed(7, 8*day)), mail(15)},
		{"a claim is somebody else's", aged(7, entry(crm.Reminder, 7, false, hour)), no(7, crm.ClaimedElsewhere)},
		{
			"a claim with a note is uncertain",
			aged(7, entry(crm.Reminder, 7, false, 2*hour), entry(crm.Uncertain, 7, false, hour)), no(7, crm.IsUncertain),
		},
		{
			"a note from before the claim is about an earlier one",
			aged(7, entry(crm.Uncertain, 7, false, 2*hour), entry(crm.Reminder, 7, false, hour)), no(7, crm.ClaimedElsewhere),
		},
		{
			"a note about another step says nothing about this one",
			aged(15, entry(crm.Reminder, 15, false, hour), entry(crm.Uncertain, 7, false, hour)), no(15, crm.ClaimedElsewhere),
		},
		{
			"an uncertain step does not keep the next one away",
			aged(15, entry(crm.Reminder, 7, false, 8*day), entry(crm.Uncertain, 7, false, 7*day)), mail(15),
		},
		{
			"a note alone, whose claim was given back, keeps nothing away",
			aged(7, entry(crm.Uncertain, 7, false, hour), entry(crm.Settled, 7, false, hour)), mail(7),
		},
		{"a step below one that was mailed is superseded", aged(7, mailed(15, hour)), no(7, crm.Superseded)},
		{
			"a mailed step is done even below a later one",
			aged(7, mailed(15, hour), mailed(7, 2*hour)), no(7, crm.AlreadyDone),
		},
		{
			"of two claims of one step, as after a merger, the mailed one counts",
			aged(7, entry(crm.Reminder, 7, false, hour), mailed(7, 2*hour)), no(7, crm.AlreadyDone),
		},
		{"the first step of a merged opportunity is done by the other's", aged(7, func(r *crm.Record) {
			r.Entries = []crm.Entry{{
				ID: 1, Key: crm.ReminderKey(41, 7), On: 42, Confirmed: true, At: now.Add(-hour),
			}}
		}), no(7, crm.AlreadyDone)},
		{"the archived opportunity's reason comes before all others", aged(7, mailed(7, hour), opportunity(func(o *crm.Opportunity) {
			o.Active, o.Email, o.Stage.Won = false, "", true
		})), none(crm.Gone)},
		{"that it was missed comes before what is wrong with it", aged(12, opportunity(func(o *crm.Opportunity) {
			o.Email, o.Stage.Won = "", true
		})), no(7, crm.Missed)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := decided(t, c.record, policy(t))
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.want.Reason == "", got.Send())
		})
	}
}

func TestDaysThatWereChangedSinceMailNothingTwice(t *testing.T) {
	t.Parallel()
	changed := policy(t)
	changed.Days = []int{5, 12}
	for _, c := range []struct {
		name   string
		record crm.Record
		want   crm.Reason
	}{
		{"below a step of the old days nothing is due any more", aged(13, mailed(15, hour)), crm.Superseded},
		{"above the steps of the old days the new ones go on", aged(13, mailed(7, 6*day)), ""},
		{"a step that both have is done", aged(12, mailed(12, hour)), crm.AlreadyDone},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, decided(t, c.record, changed).Reason)
		})
	}
}

func TestAStepOfDayNoughtIsDueAtOnce(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Days, p.CatchUp = []int{0, 7}, 0
	assert.Equal(t, plan.Decision{Opportunity: 42, Step: 0, HasStep: true, To: zoe, CC: sam}, decided(t, aged(0), p))
	assert.Equal(t, crm.Missed, decided(t, aged(1), p).Reason)
	assert.Equal(t, plan.Decision{Opportunity: 42, HasStep: true, Reason: crm.AlreadyDone}, decided(t, aged(0, mailed(0, hour)), p))
}

func TestWithoutDaysNothingIsDue(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Days = nil
	assert.Equal(t, plan.Decision{Opportunity: 42, Reason: crm.OutsideWindow}, decided(t, aged(7), p))
	assert.Empty(t, p.Windows(now))
}

func TestDecisionsKeepTheOrderOfTheRecords(t *testing.T) {
	t.Parallel()
	var records []crm.Record
	for i := range 5 {
		records = append(records, aged(i*4, opportunity(func(o *crm.Opportunity) { o.ID = crm.OpportunityID(50 - i) })))
	}
	var ids []crm.OpportunityID
	for _, d := range plan.Decide(records, policy(t), now) {
		ids = append(ids, d.Opportunity)
	}
	assert.Equal(t, []crm.OpportunityID{50, 49, 48, 47, 46}, ids)
	assert.Empty(t, plan.Decide(nil, policy(t), now))
}

func TestAMailIsRepeatedOnlyWhileNothingSpeaksAgainstIt(t *testing.T) {
	t.Parallel()
	claim := entry(crm.Reminder, 7, false, 2*day)
	note := entry(crm.Uncertain, 7, false, day)
	for _, c := range []struct {
		name   string
		record crm.Record
		want   plan.Decision
	}{
		{
			"its claim, its age and later steps do not matter", aged(100, claim, note, mailed(30, 70*day)),
			plan.Decision{Opportunity: 42, Step: 7, HasStep: true, To: zoe, CC: sam},
		},
		{
			"the client has answered meanwhile", aged(9, claim, note, wrote("Re: chairs", hour)),
			plan.Decision{Opportunity: 42, Step: 7, HasStep: true, Reason: crm.Replied},
		},
		{
			"it was won meanwhile", aged(9, claim, opportunity(func(o *crm.Opportunity) { o.Stage.Won = true })),
			plan.Decision{Opportunity: 42, Step: 7, HasStep: true, Reason: crm.Won},
		},
		{
			"it was archived meanwhile", aged(9, claim, opportunity(func(o *crm.Opportunity) { o.Active = false })),
			plan.Decision{Opportunity: 42, Step: 7, HasStep: true, Reason: crm.Gone},
		},
		{
			"it became a lead again", aged(9, claim, opportunity(func(o *crm.Opportunity) { o.Lead = true })),
			plan.Decision{Opportunity: 42, Step: 7, HasStep: true, Reason: crm.Gone},
		},
		{
			"its address is gone", aged(9, claim, opportunity(func(o *crm.Opportunity) { o.Email = "" }), contact(func(c *crm.Contact) { c.Email = "" })),
			plan.Decision{Opportunity: 42, Step: 7, HasStep: true, Reason: crm.NoEmail},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, plan.Again(c.record, 7, policy(t)))
		})
	}
}
