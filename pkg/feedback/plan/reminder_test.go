package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
)

// unanswered is a questionnaire that was mailed five days ago.
func unanswered() plan.Pending {
	return plan.Pending{
		Record: finished(7, 5*24*time.Hour), Email: "zoe@client.example",
		Asked: noon.AddDate(0, 0, -5), Deadline: noon.AddDate(0, 0, 9),
	}
}

func TestWhoIsRemindedOfAQuestionnaireAndWhoIsNot(t *testing.T) {
	t.Parallel()
	policy := plan.Policy{CooldownDays: 1, Questionnaire: "satisfaction"}
	written := func(at time.Time, subject string) []crm.Message {
		return []crm.Message{{Opportunity: 42, At: at, Subject: subject, Incoming: true}}
	}
	for name, c := range map[string]struct {
		change func(*plan.Pending)
		want   crm.Reason
	}{
		"one that nobody answered":           {func(*plan.Pending) {}, ""},
		"one on a won, archived opportunity": {func(p *plan.Pending) { p.Opportunity.Active, p.Opportunity.Stage.Won = false, true }, ""},
		"one that was begun":                 {func(p *plan.Pending) { p.Begun = true }, crm.Replied},
		"one whose client wrote since":       {func(p *plan.Pending) { p.Messages = written(noon.AddDate(0, 0, -4), "Re: Office chairs") }, crm.Replied},
		"one whose client wrote before":      {func(p *plan.Pending) { p.Messages = written(noon.AddDate(0, 0, -6), "Re: Office chairs") }, ""},
		"one whose client is away":           {func(p *plan.Pending) { p.Messages = written(noon.AddDate(0, 0, -4), "Automatic reply: away") }, ""},
		"one at its deadline":                {func(p *plan.Pending) { p.Deadline = noon }, crm.Expired},
		"one in its last second":             {func(p *plan.Pending) { p.Deadline = noon.Add(time.Second) }, ""},
		"one whose survey was archived":      {func(p *plan.Pending) { p.Closed = true }, crm.Expired},
		"one of a client with a new address": {func(p *plan.Pending) { p.Opportunity.Email = "ken@client.example" }, crm.Changed},
		"one of a client without an address": {func(p *plan.Pending) { p.Opportunity.Email = "" }, crm.NoEmail},
		"one of a client on the blacklist":   {func(p *plan.Pending) { p.Opportunity.Blacklisted = true }, crm.Blacklisted},
		"one of a deleted opportunity":       {func(p *plan.Pending) { p.Opportunity = crm.Opportunity{} }, crm.Gone},
		"one that was reminded of":           {func(p *plan.Pending) { p.Entries = []crm.Entry{entry(crm.FeedbackReminder, 9, true)} }, crm.AlreadyDone},
		"one that another run reminds of":    {func(p *plan.Pending) { p.Entries = []crm.Entry{entry(crm.FeedbackReminder, 9, false)} }, crm.ClaimedElsewhere},
		"one whose reminder is in doubt": {func(p *plan.Pending) {
			p.Entries = []crm.Entry{entry(crm.FeedbackReminder, 9, false), entry(crm.FeedbackReminderUncertain, 10, false)}
		}, crm.IsUncertain},
		"one whose questionnaire stands in the chatter": {func(p *plan.Pending) { p.Entries = []crm.Entry{entry(crm.Feedback, 9, true)} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := unanswered()
			c.change(&p)
			d := plan.DecideReminders([]plan.Pending{p}, policy, plan.Recent{}, noon)[0]
			assert.Equal(t, []any{crm.EntryID(7), crm.OpportunityID(42), c.want}, []any{d.Activity, d.Opportunity, d.Reason})
			assert.Equal(t, c.want == "", d.Ask())
		})
	}
}

func TestAReminderKeepsItsDistanceFromOtherQuestionnaires(t *testing.T) {
	t.Parallel()
	two := []plan.Pending{unanswered(), unanswered()}
	for _, c := range []struct {
		name  string
		days  int
		asked time.Time
		want  []crm.Reason
	}{
		{"two of one client are not on one day", 1, time.Time{}, []crm.Reason{"", crm.Cooldown}},
		{"without a cooldown they are", 0, time.Time{}, []crm.Reason{"", ""}},
		{
			"nor is one on the day of a new questionnaire", 1,
			noon.Add(-time.Hour),
			[]crm.Reason{crm.Cooldown, crm.Cooldown},
		},
		{
			"its own questionnaire does not hold it back", 30,
			noon.AddDate(0, 0, -5),
			[]crm.Reason{"", crm.Cooldown},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := plan.Recent{}
			if !c.asked.IsZero() {
				asked.Add("zoe@client.example", c.asked)
			}
			before := fmt.Sprintf("%+v %+v", two, asked)
			var got []crm.Reason
			for _, d := range plan.DecideReminders(two, plan.Policy{CooldownDays: c.days}, asked, noon) {
				got = append(got, d.Reason)
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, before, fmt.Sprintf("%+v %+v", two, asked), "planning changes nothing that it is given")
		})
	}
}
