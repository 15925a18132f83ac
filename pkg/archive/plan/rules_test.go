package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

func TestTheAgeIsThatOfTheRule(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.Rules = rule.List{
		{Number: 1, If: crm.Condition{Teams: []crm.TeamID{5}}, Archive: rule.Archive{Set: true, Days: 60}},
		{Number: 2, If: crm.Condition{Teams: []crm.TeamID{6}}, Archive: rule.Archive{Set: true, Never: true}},
		{Number: 3, If: crm.Condition{Teams: []crm.TeamID{7}}, Exclude: true},
		{Number: 4, If: crm.Condition{Teams: []crm.TeamID{8}}, Archive: rule.Archive{Set: true, Days: 10}},
	}
	at := instant(t, "2026-11-23T12:00:00Z")
	for _, c := range []struct {
		name string
		team crm.TeamID
		days int
		want crm.Reason
		// selected says that the search finds it.
		selected bool
	}{
		{"without a rule", 1, 30, "", true},
		{"without a rule, too young", 1, 29, crm.OutsideWindow, false},
		{"later", 5, 59, crm.OutsideWindow, false},
		{"later, old enough", 5, 60, "", true},
		{"never", 6, 400, crm.RuleExcluded, true},
		{"never, young", 6, 5, crm.OutsideWindow, false},
		{"what nobody is mailed about is archived", 7, 30, "", true},
		{"earlier", 8, 10, "", true},
		{"earlier, too young", 8, 9, crm.OutsideWindow, false},
	} {
		r := plan.Record{Record: crm.Record{Opportunity: crm.Opportunity{ID: 42, Active: true, Team: c.team, Created: at.AddDate(0, 0, -c.days)}}}
		assert.Equal(t, c.want, plan.Decide([]plan.Record{r}, p, at)[0].Reason, c.name)
		selected := 0
		for _, w := range p.Windows(at) {
			if w.Has(r.Opportunity) {
				selected++
			}
		}
		assert.Equal(t, c.selected, selected == 1, c.name)
		assert.LessOrEqual(t, selected, 1, c.name)
	}
}

func TestTheLastReminderOfTheRuleGoesFirst(t *testing.T) {
	t.Parallel()
	p := reminding(t)
	p.AfterDays = 10
	p.Reminders.Rules = rule.List{{Number: 1, If: crm.Condition{Teams: []crm.TeamID{5}}, Days: []int{10}}}
	p.Rules = p.Reminders.Rules
	at := instant(t, "2026-11-23T12:00:00Z")
	made := func(team crm.TeamID) plan.Record {
		return plan.Record{Record: crm.Record{Opportunity: crm.Opportunity{
			ID: 42, Active: true, Team: team, Created: at.AddDate(0, 0, -11), Email: "zoe@client.example",
		}}}
	}
	decisions := plan.Decide([]plan.Record{made(5), made(1)}, p, at)
	assert.Equal(t, crm.ReminderPending, decisions[0].Reason)
	assert.Empty(t, decisions[1].Reason)
}
