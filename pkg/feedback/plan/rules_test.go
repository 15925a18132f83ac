package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

func TestARuleChoosesTheQuestionnaire(t *testing.T) {
	t.Parallel()
	in := func(team crm.TeamID) plan.Record {
		return with(finished(1, time.Hour), func(r *plan.Record) { r.Opportunity.Team, r.Activity.Type = team, 4 })
	}
	of := func(team crm.TeamID, r rule.Rule) rule.Rule {
		r.Number, r.If = int(team), crm.Condition{Teams: []crm.TeamID{team}}
		return r
	}
	p := plan.Policy{
		Questionnaire: "satisfaction", Rules: []plan.Rule{{Types: []crm.ActivityTypeID{4}, Questionnaire: "visit"}},
		Opportunities: rule.List{
			of(1, rule.Rule{Questionnaire: "nps"}), of(2, rule.Rule{Questionnaire: rule.None}), of(3, rule.Rule{Exclude: true}), of(4, rule.Rule{Days: []int{1}}),
		},
	}
	for _, c := range []struct {
		name          string
		team          crm.TeamID
		questionnaire string
		reason        crm.Reason
	}{
		{"before the one for the type of activity", 1, "nps", ""},
		{"none", 2, "", crm.Excluded},
		{"nobody is mailed", 3, "visit", crm.RuleExcluded},
		{"a rule without a questionnaire", 4, "visit", ""},
		{"no rule", 5, "visit", ""},
	} {
		d := plan.Decide([]plan.Record{in(c.team)}, p, plan.Recent{}, noon)[0]
		assert.Equal(t, c.questionnaire, d.Questionnaire, c.name)
		assert.Equal(t, c.reason, d.Reason, c.name)
		assert.Equal(t, int(c.team)%5, d.Rule, c.name)
	}
	pending := plan.Pending{Record: in(3), Email: "zoe@client.example", Asked: noon.Add(-time.Hour), Deadline: noon.Add(time.Hour)}
	assert.Equal(t, crm.RuleExcluded, plan.DecideReminders([]plan.Pending{pending}, p, plan.Recent{}, noon)[0].Reason, "nor reminded of a questionnaire")
	assert.Equal(t, crm.RuleExcluded, pending.Again(p, noon).Reason)
}
