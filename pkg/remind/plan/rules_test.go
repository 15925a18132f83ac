package plan_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// export is the team whose clients are reminded on other days.
const export crm.TeamID = 5

// forExport is the policy with a rule for that team.
func forExport(t testing.TB, change rule.Rule) plan.Policy {
	t.Helper()
	p := policy(t)
	change.Number, change.If = 1, crm.Condition{Teams: []crm.TeamID{export}}
	p.Rules = rule.List{change}
	return p
}

func inTeam(team crm.TeamID) func(*crm.Record) {
	return func(r *crm.Record) { r.Opportunity.Team = team }
}

// reminded are entries about reminders that were mailed.
func reminded(steps ...int) func(*crm.Record) {
	return func(r *crm.Record) {
		for _, step := range steps {
			r.Entries = append(r.Entries, crm.Entry{Key: crm.ReminderKey(r.Opportunity.ID, step), Confirmed: true})
		}
	}
}

func TestTheDaysAreThoseOfTheRule(t *testing.T) {
	t.Parallel()
	days := forExport(t, rule.Rule{Days: []int{5, 10}})
	for _, c := range []struct {
		name   string
		policy plan.Policy
		record crm.Record
		step   int
		reason crm.Reason
		rule   int
	}{
		{"the first day of the rule", days, aged(5, inTeam(export)), 5, "", 1},
		{"that day is none of the others'", days, aged(5), 0, crm.OutsideWindow, 0},
		{"the others keep theirs", days, aged(7), 7, "", 0},
		{"catching up counts from the rule's day", days, aged(9, inTeam(export)), 5, crm.Missed, 1},
		{"the rule's last day", days, aged(10, inTeam(export)), 10, "", 1},
		{"what was mailed before the opportunity came to the team", days, aged(8, inTeam(export), reminded(7)), 5, crm.Superseded, 1},
		{"the next step after that", days, aged(10, inTeam(export), reminded(7)), 10, "", 1},
		{"a step that both have", forExport(t, rule.Rule{Days: []int{7, 9}}), aged(7, inTeam(export), reminded(7)), 7, crm.AlreadyDone, 1},
		{"a later step of the team that it left", days, aged(7, reminded(10)), 7, crm.Superseded, 0},
		{"excluded", forExport(t, rule.Rule{Exclude: true}), aged(7, inTeam(export)), 7, crm.RuleExcluded, 1},
		{"no days", forExport(t, rule.Rule{Days: []int{}}), aged(7, inTeam(export)), 7, crm.RuleExcluded, 1},
		{"another one is not excluded", forExport(t, rule.Rule{Exclude: true}), aged(7), 7, "", 0},
	} {
		d := plan.Decide([]crm.Record{c.record}, c.policy, now)[0]
		assert.Equal(t, c.step, d.Step, c.name)
		assert.Equal(t, c.reason, d.Reason, c.name)
		assert.Equal(t, c.rule, d.Rule, c.name)
	}
	excluded := forExport(t, rule.Rule{Exclude: true})
	assert.Equal(t, crm.RuleExcluded, plan.Again(aged(7, inTeam(export)), 7, excluded).Reason, "also when somebody said that a mail did not leave")
}

func TestAStepOfARuleIsForeseen(t *testing.T) {
	t.Parallel()
	p := forExport(t, rule.Rule{Days: []int{5, 10}})
	o := plan.Foresee(aged(6, inTeam(export)), nil, p, now)
	assert.Equal(t, 5, o.Step)
	assert.Empty(t, o.Against)
	o = plan.Foresee(aged(6, inTeam(export), reminded(5)), nil, p, now)
	assert.Equal(t, 10, o.Step)
	for _, nobody := range []rule.Rule{{Exclude: true}, {Days: []int{}}} {
		o = plan.Foresee(aged(7, inTeam(export)), nil, forExport(t, nobody), now)
		assert.Equal(t, []crm.Reason{crm.RuleExcluded}, o.Against)
		assert.Equal(t, 7, o.Step)
	}
}

// A search must find an opportunity in one window exactly if a step of its rule is
// due.
func TestWindowsAndPlanAgreeOnRules(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		p := policy(t)
		p.Rules = anyRules(r)
		windows := p.Windows(now)
		for age := range 40 {
			record := aged(age, inTeam(crm.TeamID(r.IntN(4))), func(r *crm.Record) { r.Opportunity.Tags = []crm.TagID{crm.TagID(age % 4)} })
			var found []int
			for _, w := range windows {
				if w.Has(record.Opportunity) {
					found = append(found, w.Step)
				}
			}
			d := plan.Decide([]crm.Record{record}, p, now)[0]
			var want []int
			if d.Send() || d.Reason == crm.RuleExcluded {
				want = []int{d.Step}
			}
			require.Equal(t, want, found, "age %d, %+v, %+v", age, record.Opportunity, p.Rules)
		}
	}
}

// anyRules returns up to four rules about teams and tags.
func anyRules(r *rand.Rand) (rules []rule.Rule) {
	choices := [][]int{nil, {}, {5, 10}, {7, 15, 30}, {0}, {1, 2, 3}}
	for i := range r.IntN(5) {
		one := rule.Rule{Number: i + 1, Days: choices[r.IntN(len(choices))], Exclude: r.IntN(5) == 0}
		for id := range int64(3) {
			if r.IntN(3) == 0 {
				one.If.Teams = append(one.If.Teams, crm.TeamID(id))
			}
			if r.IntN(5) == 0 {
				one.If.Tags = append(one.If.Tags, crm.TagID(id))
			}
		}
		rules = append(rules, one)
	}
	return rules
}
