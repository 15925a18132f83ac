package rule_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

func TestARuleIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, canonical string
		want            rule.Rule
	}{
		{
			`[{team: Export, days: [10, 5]}]`, `[{team: Export, days: [5, 10]}]`,
			rule.Rule{Names: rule.Names{Team: []string{"Export"}}, Days: []int{5, 10}},
		},
		{
			`[{"team": ["Export", "Export", " Import "], "days": "5, 10"}]`, `[{team: [Export, Import], days: [5, 10]}]`,
			rule.Rule{Names: rule.Names{Team: []string{"Export", "Import"}}, Days: []int{5, 10}},
		},
		{
			`[{stage: New, tag: [VIP, 'A, B: {c}'], company: "Été", exclude: yes}]`, `[{stage: New, tag: [VIP, "A, B: {c}"], company: "Été", exclude: true}]`,
			rule.Rule{Names: rule.Names{Stage: []string{"New"}, Tag: []string{"VIP", "A, B: {c}"}, Company: []string{"Été"}}, Exclude: true},
		},
		{`[{days: none}]`, `[{days: []}]`, rule.Rule{Days: []int{}}},
		{`[{archive_after: none}]`, `[{archive_after: none}]`, rule.Rule{Archive: rule.Archive{Set: true, Never: true}}},
		{`[{archive_after: 0}]`, `[{archive_after: 0}]`, rule.Rule{Archive: rule.Archive{Set: true}}},
		{
			`[{templates: export, questionnaire: none, from: "Zoé, B <z@b.example>", reply_to: a@c.example}]`,
			`[{templates: export, from: "\"Zoé, B\" <z@b.example>", reply_to: a@c.example, questionnaire: none}]`,
			rule.Rule{
				Templates: "export", Questionnaire: "none", From: address.Address{Name: "Zoé, B", Mailbox: "z@b.example"},
				ReplyTo: address.Address{Mailbox: "a@c.example"},
			},
		},
		{`[{team: "true"}]`, `[{team: "true"}]`, rule.Rule{Names: rule.Names{Team: []string{"true"}}}},
		{`[{team: 007}]`, `[{team: "007"}]`, rule.Rule{Names: rule.Names{Team: []string{"007"}}}},
		{`[{exclude: false}]`, `[{}]`, rule.Rule{}},
	} {
		list, err := rule.Parse(c.text)
		require.NoError(t, err, c.text)
		c.want.Number = 1
		assert.Equal(t, rule.List{c.want}, list, c.text)
		assert.Equal(t, c.canonical, list.String())
		again, err := rule.Parse(c.canonical)
		require.NoError(t, err, c.canonical)
		assert.Equal(t, list, again, "the canonical form is read as the same rules")
	}
	list, err := rule.Parse("[]")
	require.NoError(t, err)
	assert.Equal(t, "[]", list.String())
}

func TestAMistakeIsNamedByRuleAndField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "must be a list of rules, as in [{team: Export, days: [5, 10]}]", "{team: X}": "must be a list of rules, as in [{team: Export, days: [5, 10]}]",
		"[":                                    "must be a list of rules, as in [{team: Export, days: [5, 10]}]; it is not valid YAML: did not find expected node content",
		"[{team: X}, 5]":                       "is wrong in rule 2: must be conditions and what they change, as in {team: Export, days: [5, 10]}",
		"[{team: X}, {tem: Y}]":                "is wrong in rule 2: unknown field tem; did you mean team?",
		"[{archive_afer: 3}]":                  "is wrong in rule 1: unknown field archive_afer; did you mean archive_after?",
		"[{colour: red}]":                      "is wrong in rule 1: unknown field colour; there is team, stage, tag, company, days, templates, from, reply_to, questionnaire, archive_after, exclude",
		"[{team: X, team: Y}]":                 "is wrong in rule 1: team is already set in line 1",
		"[{archive_after_days: 2}]":            "is wrong in rule 1: unknown field archive_after_days; did you mean archive_after?",
		"[{team: [X, '']}]":                    "is wrong in rule 1, team: has a name that is empty",
		"[{team: []}]":                         "is wrong in rule 1, team: must be a name or a list of up to 100 names",
		"[{team: {a: b}}]":                     "is wrong in rule 1, team: must be one value; put a text with : or # or that begins with [ or { in quotes",
		`[{tag: "a\nb"}]`:                      "is wrong in rule 1, tag: must be one line",
		"[{days: [5, x]}]":                     `is wrong in rule 1, days: must be days with commas between them, as in 7,15,30: "x" is not a whole number`,
		"[{days: [5, 5]}]":                     "is wrong in rule 1, days: must have each day once; 5 is there twice",
		"[{days: [-1]}]":                       "is wrong in rule 1, days: must have days between 0 and 3650, not -1",
		"[{days: }]":                           "is wrong in rule 1, days: has no value",
		"[{days: [[5]]}]":                      "is wrong in rule 1, days: must be one value; put a text with : or # or that begins with [ or { in quotes",
		"[{templates: ../other}]":              "is wrong in rule 1, templates: must be the name of a folder in templates.dir, of letters, digits, - and _",
		"[{templates: texts}]":                 "is wrong in rule 1, templates: must not be texts: that folder has other files",
		"[{from: nobody}]":                     "is wrong in rule 1, from: is not an e-mail address: it has no @",
		"[{reply_to: ''}]":                     "is wrong in rule 1, reply_to: has no value",
		"[{archive_after: soon}]":              "is wrong in rule 1, archive_after: must be a number of days between 0 and 3650, or none",
		"[{exclude: perhaps}]":                 "is wrong in rule 1, exclude: must be on or off, true or false, yes or no",
		"[{exclude: true, from: a@b.example}]": "is wrong in rule 1, from: has no effect, since exclude lets nobody be mailed; remove one of them",
	} {
		_, err := rule.Parse(text)
		require.Error(t, err, text)
		assert.Equal(t, want, err.Error(), text)
	}
}

func TestARuleIsCalledByItsNumberAndConditions(t *testing.T) {
	t.Parallel()
	list, err := rule.Parse(`[{team: Export}, {team: [A, B], tag: VIP, stage: New, company: C}, {days: [1]}]`)
	require.NoError(t, err)
	assert.Equal(t, "rule 1 (team Export)", list[0].String())
	assert.Equal(t, "rule 2 (team A or B, stage New, tag VIP, company C)", list[1].String())
	assert.Equal(t, "rule 3 (all others)", list[2].String())
	assert.Empty(t, rule.Rule{}.String())
}

func TestWhatARuleChanges(t *testing.T) {
	t.Parallel()
	usual := []int{7, 15}
	for _, c := range []struct {
		name   string
		rule   rule.Rule
		steps  []int
		nobody bool
		age    int
	}{
		{"nothing", rule.Rule{}, usual, false, 30},
		{"the days", rule.Rule{Days: []int{1}}, []int{1}, false, 30},
		{"no day reminds nobody", rule.Rule{Days: []int{}}, usual, true, 30},
		{"excluded", rule.Rule{Exclude: true}, usual, true, 30},
		{"the age", rule.Rule{Archive: rule.Archive{Set: true, Days: 5}}, usual, false, 5},
		{"no archiving", rule.Rule{Archive: rule.Archive{Set: true, Never: true}}, usual, false, 30},
	} {
		assert.Equal(t, c.steps, c.rule.Steps(usual), c.name)
		assert.Equal(t, c.nobody, c.rule.RemindsNobody(), c.name)
		assert.Equal(t, c.age, c.rule.Age(30), c.name)
	}
}

func TestWhatRulesName(t *testing.T) {
	t.Parallel()
	list, err := rule.Parse(`[{templates: a, questionnaire: none}, {templates: a, questionnaire: nps}, {templates: b, questionnaire: nps}, {reply_to: a@b.example}]`)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, list.TemplateSets())
	assert.Equal(t, []string{"nps"}, list.Questionnaires())
	assert.False(t, list[2].SetsSender())
	assert.True(t, list[3].SetsSender())
}

// where makes a rule with conditions.
func where(c crm.Condition) rule.Rule { return rule.Rule{If: c} }

func numbered(rules ...rule.Rule) rule.List {
	for i := range rules {
		rules[i].Number = i + 1
	}
	return rules
}

func TestARuleThatEarlierOnesCoverNeverCounts(t *testing.T) {
	t.Parallel()
	team := func(ids ...crm.TeamID) crm.Condition { return crm.Condition{Teams: ids} }
	tag := func(ids ...crm.TagID) crm.Condition { return crm.Condition{Tags: ids} }
	for _, c := range []struct {
		name  string
		rules rule.List
		never []int
	}{
		{"none", nil, nil},
		{"different teams", numbered(where(team(1)), where(team(2))), nil},
		{"the same team", numbered(where(team(1)), where(team(1))), []int{2}},
		{"a narrower one behind a wider one", numbered(where(team(1)), where(crm.Condition{Teams: []crm.TeamID{1}, Tags: []crm.TagID{5}})), []int{2}},
		{"a wider one behind a narrower one", numbered(where(crm.Condition{Teams: []crm.TeamID{1}, Tags: []crm.TagID{5}}), where(team(1))), nil},
		{"everything behind everything", numbered(where(crm.Condition{}), where(team(1)), where(crm.Condition{})), []int{2, 3}},
		{"two that together cover a third", numbered(where(team(1)), where(team(2)), where(team(1, 2))), []int{3}},
		{"two of three teams", numbered(where(team(1)), where(team(2)), where(team(1, 2, 3))), nil},
		{"tags, each alone", numbered(where(tag(1, 2)), where(tag(2))), []int{2}},
		{"more tags", numbered(where(tag(1)), where(tag(1, 2))), nil},
	} {
		var never []int
		for _, r := range c.rules.Unreachable() {
			never = append(never, r.Number)
		}
		assert.Equal(t, c.never, never, c.name)
	}
}

// drawn returns rules and an opportunity that meet now and then.
func drawn(r *rand.Rand) (rule.List, crm.Opportunity) {
	var list rule.List
	for range r.IntN(5) {
		var c crm.Condition
		for i := range 3 {
			if r.IntN(4) == 0 {
				c.Teams = append(c.Teams, crm.TeamID(i))
			}
			if r.IntN(6) == 0 {
				c.Stages = append(c.Stages, crm.StageID(i))
			}
			if r.IntN(5) == 0 {
				c.Tags = append(c.Tags, crm.TagID(i))
			}
			if r.IntN(8) == 0 {
				c.Companies = append(c.Companies, crm.CompanyID(i))
			}
		}
		list = append(list, where(c))
	}
	o := crm.Opportunity{Team: crm.TeamID(r.IntN(4)), Stage: crm.Stage{ID: crm.StageID(r.IntN(4))}, Company: crm.CompanyID(r.IntN(4))}
	for tag := range 3 {
		if r.IntN(2) == 0 {
			o.Tags = append(o.Tags, crm.TagID(tag))
		}
	}
	return numbered(list...), o
}

func TestAChoiceHasTheOpportunitiesOfItsRules(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		list, o := drawn(r)
		which := r.IntN(64)
		meant := func(one rule.Rule) bool { return which>>one.Number&1 == 1 }
		choice, some := list.Choice(meant)
		require.Equal(t, meant(list.For(o)), choice.Has(o), "%+v of %+v, %b", o, list, which)
		require.True(t, some || !choice.Has(o))
	}
}

func TestARuleThatNeverCountsIsNoOpportunitys(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		list, o := drawn(r)
		for _, never := range list.Unreachable() {
			require.NotEqual(t, never.Number, list.For(o).Number, "%+v of %+v", o, list)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`[{team: Export, days: [5, 10]}]`, `[{"tag": ["a", "b"], "from": "A <a@b.example>"}]`, `[{exclude: true}]`, `[{archive_after: none}]`, "[", "[&a {team: *a}]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := rule.Parse(text)
		if err != nil {
			return
		}
		again, err := rule.Parse(list.String())
		require.NoError(t, err, list.String())
		require.Equal(t, list, again)
	})
}
