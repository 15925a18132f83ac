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

func TestTheLastReminderGoesFirst(t *testing.T) {
	t.Parallel()
	blacklisted := opportunity(func(o *crm.Opportunity) { o.Blacklisted = true })
	address := func(text string) change { return opportunity(func(o *crm.Opportunity) { o.Email = text }) }
	refused := func(r *plan.Record) {
		entry(crm.Refused, 15, false)(r)
		r.Entries[len(r.Entries)-1].Token = crm.AddressToken("zoe@client.example")
	}
	for _, c := range []struct {
		name   string
		record plan.Record
		want   crm.Reason
	}{
		{"on the day of both it waits for the reminder", aged(30), crm.ReminderPending},
		{"once the reminder left it is archived", aged(30, mailed(30)), archives},
		{"it waits while a run has the mail in hand", aged(30, claimed(30)), crm.ReminderPending},
		{"it waits as long as the reminder can catch up", aged(33), crm.ReminderPending},
		{"what was missed is not waited for", aged(34), archives},
		{"what left days ago is not waited for", aged(32, mailed(30)), archives},
		{"an earlier reminder is not the last one", aged(30, mailed(7), mailed(15)), crm.ReminderPending},
		{"nobody knows whether it left, and it is not mailed again", aged(30, claimed(30), entry(crm.Uncertain, 30, false)), archives},
		{"a later step makes it needless", aged(30, mailed(60)), archives},
		{"the claim of an earlier step is nobody's last reminder", aged(30, claimed(15), mailed(30)), archives},

		{"who is blacklisted is never mailed", aged(30, blacklisted), archives},
		{"who has no address neither", aged(30, address("")), archives},
		{"nor who has a wrong one", aged(30, address("zoe at client")), archives},
		{"nor who was refused by the mail server", aged(30, refused), archives},
		{"a corrected address is mailed again", aged(30, refused, address("zoe@new.example")), crm.ReminderPending},
		{"who answered a reminder gets no further one", aged(30, mailed(15), wrote("Re: chairs", time.Hour)), archives},
		{"an absence notice is no answer", aged(30, mailed(15), wrote("Automatic reply: chairs", time.Hour)), crm.ReminderPending},

		{"won is told before waiting", aged(30, inStage(4, true)), crm.Won},
		{"having come back too", aged(30, entry(crm.Archived, 0, true)), crm.WasRestored},
		{"too young too", aged(15), crm.OutsideWindow},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, plan.Decision{Opportunity: 42, Reason: c.want}, decide(t, c.record, reminding(t)))
		})
	}
}

func TestWithoutRemindersNothingIsWaitedFor(t *testing.T) {
	t.Parallel()
	assert.Equal(t, archives, decide(t, aged(30), policy(t)).Reason)
	assert.Equal(t, archives, decide(t, aged(30, claimed(30)), policy(t)).Reason)
}

func TestAWonOneThatIsNotKeptGetsNoReminderAndIsArchived(t *testing.T) {
	t.Parallel()
	p := reminding(t)
	p.Keep = plan.Keep{}
	assert.Equal(t, archives, decide(t, aged(30, inStage(4, true)), p).Reason)
}

// What the reminders' planner would do is not foretold but asked for, so that
// the two agree about every opportunity.
func TestArchivingWaitsExactlyForWhatTheReminderRunWouldMail(t *testing.T) {
	t.Parallel()
	states := map[string][]change{
		"nothing happened":         nil,
		"7 left":                   {mailed(7)},
		"15 left":                  {mailed(7), mailed(15)},
		"30 left":                  {mailed(7), mailed(15), mailed(30)},
		"7 is claimed":             {claimed(7)},
		"15 is claimed":            {mailed(7), claimed(15)},
		"30 is claimed":            {mailed(7), mailed(15), claimed(30)},
		"30 is uncertain":          {claimed(30), entry(crm.Uncertain, 30, false)},
		"30 is uncertain, claimed": {entry(crm.Uncertain, 30, false), claimed(30)},
		"the client answered":      {mailed(7), wrote("Re: chairs", time.Hour)},
		"the client wrote first":   {wrote("Chairs?", time.Hour)},
		"he is away":               {mailed(7), wrote("Out of office", time.Hour)},
		"he is blacklisted":        {opportunity(func(o *crm.Opportunity) { o.Blacklisted = true })},
		"he has no address":        {opportunity(func(o *crm.Opportunity) { o.Email = "" })},
		"it is won":                {inStage(4, true)},
		"it was a lead":            {opportunity(func(o *crm.Opportunity) { o.Converted = o.Created.AddDate(0, 0, 3) })},
	}
	held, archived := 0, 0
	for _, after := range []int{5, 10, 16, 30, 31, 60} {
		p := reminding(t)
		p.AfterDays, p.Keep = after, plan.Keep{}
		for days := after; days < after+12; days++ {
			for name, changes := range states {
				r := aged(days, changes...)
				reminder := remindplan.Decide([]crm.Record{r.Record}, *p.Reminders, now)[0]
				want := archives
				switch {
				case p.Reminders.Age(r.Opportunity, now) < after:
					want = crm.OutsideWindow
				case reminder.Send() || reminder.Reason == crm.ClaimedElsewhere:
					want = crm.ReminderPending
					held++
				default:
					archived++
				}
				require.Equal(t, want, decide(t, r, p).Reason, fmt.Sprintf("%s, after_days %d, day %d", name, after, days))
			}
		}
	}
	assert.Positive(t, held, "some waited")
	assert.Positive(t, archived, "some did not")
}
