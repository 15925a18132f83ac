package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

func TestAClientWhoAnsweredIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change []func(*crm.Record)
		want   bool
	}{
		{"nobody wrote", nil, false},
		{"the salesperson wrote", []func(*crm.Record){replied(day)}, false},
		{"the client wrote last", []func(*crm.Record){replied(2 * day), wrote("Chairs", day)}, true},
		{"the client wrote and has no answer yet", []func(*crm.Record){wrote("Chairs", day)}, true},
		{"the salesperson wrote last", []func(*crm.Record){wrote("Chairs", 2*day), replied(day)}, false},
		{"both wrote in the same second", []func(*crm.Record){wrote("Chairs", day), replied(day)}, false},
		{"the order in which they were read does not matter", []func(*crm.Record){
			replied(day), wrote("Chairs", 3*day), replied(4 * day), wrote("Chairs", 2*day),
		}, false},

		{"he answered a reminder", []func(*crm.Record){mailed(3, 2*day), wrote("Re: Chairs", day)}, true},
		{"he answered, and then the salesperson", []func(*crm.Record){mailed(3, 3*day), wrote("Re: Chairs", 2*day), replied(day)}, true},
		{"he answered the first of two reminders", []func(*crm.Record){
			mailed(5, day), mailed(3, 3*day), wrote("Re: Chairs", 2*day),
		}, true},
		{"he wrote before the first reminder", []func(*crm.Record){wrote("Chairs", 3*day), mailed(3, 2*day)}, false},
		{"he wrote in the second of the reminder", []func(*crm.Record){wrote("Chairs", 2*day), mailed(3, 2*day)}, false},
		{"he answered a mail that is not known to have left", []func(*crm.Record){
			entry(crm.Reminder, 3, false, 2*day), wrote("Re: Chairs", day),
		}, true},
		{"a note about a refusal is no reminder", []func(*crm.Record){
			wrote("Chairs", 3*day), replied(2 * day), entry(crm.Refused, 7, false, 4*day),
		}, false},

		{"his program answered a reminder", []func(*crm.Record){mailed(3, 2*day), wrote("Automatic reply: Chairs", day)}, false},
		{"first his program answered and then he", []func(*crm.Record){
			mailed(3, 3*day), wrote("Automatic reply: Chairs", 2*day), wrote("Re: Chairs", day),
		}, true},
		{"first he answered and then his program", []func(*crm.Record){
			mailed(3, 3*day), wrote("Re: Chairs", 2*day), wrote("Automatic reply: Chairs", day),
		}, true},
		{"his program wrote last before the first reminder", []func(*crm.Record){
			replied(2 * day), wrote("Out of office", day),
		}, false},

		{"his mail created the opportunity", []func(*crm.Record){wrote("Chairs", 7*day)}, false},
		{"it came in five minutes later", []func(*crm.Record){wrote("Chairs", 7*day-5*time.Minute)}, false},
		{"he wrote again a second after that", []func(*crm.Record){wrote("Chairs", 7*day-5*time.Minute-time.Second)}, true},
		{"the opportunity was made out of a mail of five minutes before", []func(*crm.Record){wrote("Chairs", 7*day+5*time.Minute)}, false},
		{"the opportunity was made out of an older mail", []func(*crm.Record){wrote("Chairs", 7*day+5*time.Minute+time.Second)}, true},
		{"his mail made the lead that was converted later", []func(*crm.Record){
			opportunity(func(o *crm.Opportunity) { o.Created, o.Converted = now.Add(-90*day), now.Add(-7*day) }), wrote("Chairs", 90*day),
		}, false},
		{"he wrote while a salesperson converted his lead", []func(*crm.Record){
			opportunity(func(o *crm.Opportunity) { o.Created, o.Converted = now.Add(-90*day), now.Add(-7*day) }), wrote("Chairs", 7*day),
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := aged(7, c.change...)
			assert.Equal(t, c.want, crm.Answered(r.Opportunity, r.Entries, r.Messages))

			want := crm.Reason("")
			if c.want {
				want = crm.Replied
			}
			assert.Equal(t, want, decided(t, r, policy(t)).Reason)
			anyway := policy(t)
			anyway.StopOnReply = false
			assert.Equal(t, crm.Reason(""), decided(t, r, anyway).Reason, "unless answers are not to matter")
		})
	}
}

func TestWhatSpeaksAgainstMailingIsToldInOneOrder(t *testing.T) {
	t.Parallel()
	r := aged(7, wrote("Chairs", day), opportunity(func(o *crm.Opportunity) {
		o.Stage.Won, o.Email, o.Blacklisted = true, "zoe", true
	}), contact(func(c *crm.Contact) { c.Email = "" }))
	for _, step := range []struct {
		want crm.Reason
		mend func(*crm.Record)
	}{
		{crm.Won, opportunity(func(o *crm.Opportunity) { o.Stage.Won = false })},
		{crm.Replied, replied(hour)},
		{crm.BadEmail, opportunity(func(o *crm.Opportunity) { o.Email = "zoe@client.example" })},
		{crm.Blacklisted, opportunity(func(o *crm.Opportunity) { o.Blacklisted = false })},
		{"", func(*crm.Record) {}},
	} {
		assert.Equal(t, step.want, decided(t, r, policy(t)).Reason)
		step.mend(&r)
	}
}
