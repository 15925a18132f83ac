package names_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/names"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// fakeOdoo has some names, or fails.
type fakeOdoo struct {
	models        map[string][]gateway.Named
	fields        map[string]gateway.Field
	opportunities []gateway.Named
	err           error
	// read are the models that were asked for.
	read []string
}

func (f *fakeOdoo) Names(_ context.Context, model, language string, archived bool) ([]gateway.Named, error) {
	read := model + " in " + language
	if archived {
		read += ", archived too"
	}
	f.read = append(f.read, read)
	if list, ok := f.models[model+" in "+language]; ok {
		return list, f.err
	}
	return f.models[model], f.err
}

func (f *fakeOdoo) LeadFields(context.Context) (map[string]gateway.Field, error) {
	return f.fields, f.err
}

func (f *fakeOdoo) OpportunitiesLike(_ context.Context, text string, _ int) ([]gateway.Named, error) {
	var found []gateway.Named
	for _, o := range f.opportunities {
		if strings.Contains(strings.ToLower(o.Name), strings.ToLower(text)) {
			found = append(found, o)
		}
	}
	return found, f.err
}

func resolver(f *fakeOdoo) names.Resolver {
	return names.Resolver{Odoo: f, Language: "fr_FR", Settings: config.Load(config.Options{Files: hostfile.Files{}, Path: "/dev/null"})}
}

func sales() *fakeOdoo {
	return &fakeOdoo{
		models: map[string][]gateway.Named{
			"crm.stage":          {{ID: 1, Name: "New"}, {ID: 2, Name: "Proposition"}, {ID: 3, Name: "new "}},
			"crm.tag":            {{ID: 7, Name: "VIP"}, {ID: 8, Name: "Happy"}},
			"mail.activity.type": {{ID: 4, Name: "Call"}, {ID: 5, Name: "Meeting"}, {ID: 5, Name: "Réunion"}},
		},
		fields: map[string]gateway.Field{
			"x_score": {Type: "float", Writable: true}, "x_points": {Type: "integer", Writable: true}, "x_note": {Type: "char", Writable: true},
			"x_rate": {Type: "float"}, "probability": {Type: "float", Writable: true},
		},
	}
}

// causes returns what is wrong with settings: key, value, cause, nearest.
func causes(t *testing.T, err error) [][4]string {
	t.Helper()
	found, ok := errors.AsType[*config.ProblemsError](err)
	require.True(t, ok, "%v", err)
	var list [][4]string
	for _, p := range found.Problems {
		list = append(list, [4]string{p.Key, p.Value, p.Cause, p.Nearest})
	}
	return list
}

func TestRulesOfArchiveKeepBecomeIDs(t *testing.T) {
	t.Parallel()
	f := sales()
	keep, err := resolver(f).Keep(t.Context(), []string{"won", "open-activity", "stage:NEW", "tag: vip", "stage:proposition"})
	require.NoError(t, err)
	assert.Equal(t, archiveplan.Keep{
		Won: true, OpenActivity: true, Stages: []crm.StageID{1, 3, 2}, Tags: []crm.TagID{7},
	}, keep, "a name may belong to several stages")
	assert.Equal(t, []string{"crm.stage in fr_FR", "crm.stage in en_US", "crm.tag in fr_FR", "crm.tag in en_US"}, f.read,
		"each model is read once in each language, when a rule needs it")

	f = &fakeOdoo{}
	_, err = resolver(f).Keep(t.Context(), []string{"won"})
	require.NoError(t, err)
	assert.Empty(t, f.read)
}

func TestEveryUnknownNameIsAProblem(t *testing.T) {
	t.Parallel()
	_, err := resolver(sales()).Keep(t.Context(), []string{"stage:Propositoin", "won", "tag:Important"})
	assert.Equal(t, [][4]string{
		{"archive.keep", "stage:Propositoin", "Odoo has no stage of this name", "stage:Proposition"},
		{"archive.keep", "tag:Important", "Odoo has no tag of this name; it has Happy, VIP", ""},
	}, causes(t, err))

	f := &fakeOdoo{models: map[string][]gateway.Named{}}
	for name := range strings.FieldsSeq("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk") {
		f.models["crm.stage"] = append(f.models["crm.stage"], gateway.Named{ID: 1, Name: name})
	}
	_, err = resolver(f).Keep(t.Context(), []string{"stage:zzzzzzzz", "tag:x"})
	assert.Equal(t, [][4]string{
		{"archive.keep", "stage:zzzzzzzz", "Odoo has no stage of this name; it has aaaa, bbbb, cccc, dddd, eeee, ffff, gggg, hhhh, iiii, jjjj and others", ""},
		{"archive.keep", "tag:x", "Odoo has no tag of this name; it has none at all", ""},
	}, causes(t, err))
}

func TestActivityTypesOfFeedbackRulesBecomeIDs(t *testing.T) {
	t.Parallel()
	policy, err := resolver(sales()).FeedbackPolicy(t.Context(), config.Feedback{CooldownDays: 30, Questionnaire: "satisfaction", Rules: []notation.FeedbackRule{
		{ActivityType: "call", Questionnaire: "nps"}, {ActivityType: "réunion", Questionnaire: "none"},
	}})
	require.NoError(t, err)
	assert.Equal(t, feedbackplan.Policy{CooldownDays: 30, Questionnaire: "satisfaction", Rules: []feedbackplan.Rule{
		{Types: []crm.ActivityTypeID{4}, Questionnaire: "nps"}, {Types: []crm.ActivityTypeID{5}},
	}}, policy)

	_, err = resolver(sales()).FeedbackPolicy(t.Context(), config.Feedback{Rules: []notation.FeedbackRule{{ActivityType: "Meetin", Questionnaire: "nps"}}})
	assert.Equal(t, [][4]string{{"feedback.rules", "Meetin", "Odoo has no activity type of this name", "Meeting"}}, causes(t, err))

	f := &fakeOdoo{}
	policy, err = resolver(f).FeedbackPolicy(t.Context(), config.Feedback{Questionnaire: "none"})
	require.NoError(t, err)
	assert.Zero(t, policy)
	assert.Empty(t, f.read)
}

func TestFieldAndTagsOfScoresAreResolved(t *testing.T) {
	t.Parallel()
	tags := []notation.ScoreTag{{From: 0, Below: 50, Tag: "vip"}, {From: 50, Below: 101, Tag: "Happy"}}
	marking, err := resolver(sales()).Marking(t.Context(), config.Feedback{ScoreField: "x_points", Tags: tags})
	require.NoError(t, err)
	assert.Equal(t, feedbackplan.Marking{
		Field: "x_points", Whole: true, Tags: []feedbackplan.ScoreTag{{From: 0, Below: 50, Tag: 7}, {From: 50, Below: 101, Tag: 8}},
	}, marking)
	marking, err = resolver(sales()).Marking(t.Context(), config.Feedback{ScoreField: "x_score"})
	require.NoError(t, err)
	assert.Equal(t, feedbackplan.Marking{Field: "x_score"}, marking)
	marking, err = resolver(&fakeOdoo{err: errors.New("not asked")}).Marking(t.Context(), config.Feedback{})
	require.NoError(t, err)
	assert.Zero(t, marking)
}

func TestTheNamesOfAValueAreCheckedBeforeItIsSet(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]struct{ right, wrong, cause string }{
		"archive.keep":         {"won,stage:New,tag:vip", "won,tag:Importnt", "Odoo has no tag of this name; it has Happy, VIP"},
		"feedback.rules":       {"Call=nps,Réunion=none", "Cal=nps", "Odoo has no activity type of this name"},
		"feedback.tags":        {"below 50=Happy", "below 50=Hapy", "Odoo has no tag of this name"},
		"rules":                {"[{stage: New, days: [5]}]", "[{tag: Hapy, exclude: true}]", "in rule 1: Odoo has no tag of this name"},
		"feedback.score_field": {"x_score", "x_note", "must be a field for numbers: in Odoo it is of the type char"},
	} {
		assert.True(t, names.Named(key))
		require.NoError(t, resolver(sales()).Check(t.Context(), key, c.right), key)
		found := causes(t, resolver(sales()).Check(t.Context(), key, c.wrong))
		require.Len(t, found, 1)
		assert.Equal(t, []string{key, c.cause}, []string{found[0][0], found[0][2]})
	}
	assert.False(t, names.Named("reminders.days"))
}

func TestConditionsOfRulesBecomeIDs(t *testing.T) {
	t.Parallel()
	f := sales()
	f.models["crm.team"] = []gateway.Named{{ID: 10, Name: "Export"}, {ID: 11, Name: "Import"}}
	f.models["res.company"] = []gateway.Named{{ID: 1, Name: "Example"}, {ID: 2, Name: "Other"}}
	f.models["crm.stage in fr_FR"] = []gateway.Named{{ID: 1, Name: "Nouveau"}, {ID: 2, Name: "Proposition"}}
	r := resolver(f)
	r.Company, r.Known = 1, names.Known{}
	list, err := rule.Parse("[{team: [export, Import], stage: Proposition, tag: vip}, {company: example}, {company: Other, stage: New}]")
	require.NoError(t, err)
	list, err = r.Rules(t.Context(), list)
	require.NoError(t, err)
	assert.Equal(t, []crm.Condition{
		{Teams: []crm.TeamID{10, 11}, Stages: []crm.StageID{2}, Tags: []crm.TagID{7}},
		{Companies: []crm.CompanyID{1, 0}},
		{Companies: []crm.CompanyID{2}, Stages: []crm.StageID{1, 3}},
	}, []crm.Condition{list[0].If, list[1].If, list[2].If}, "opportunities without a company are the user's company's")
	assert.Equal(t, []string{
		"crm.team in fr_FR, archived too", "crm.stage in fr_FR", "crm.tag in fr_FR", "res.company in fr_FR, archived too", "crm.stage in en_US",
	}, f.read, "English is read only for a name that the user's language lacks")
	_, err = r.Rules(t.Context(), list)
	require.NoError(t, err)
	assert.Len(t, f.read, 5, "names that are known are not read again")

	list, err = rule.Parse("[{team: Exprot}, {company: Nobody}]")
	require.NoError(t, err)
	_, err = r.Rules(t.Context(), list)
	assert.Equal(t, [][4]string{
		{"rules", "Exprot", "in rule 1: Odoo has no team of this name", "Export"},
		{"rules", "Nobody", "in rule 2: Odoo has no company of this name; it has Example, Other", ""},
	}, causes(t, err))

	f = &fakeOdoo{err: errors.New("not asked")}
	none, err := resolver(f).Rules(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, none)
	list, err = rule.Parse("[{company: Nobody}]")
	require.NoError(t, err)
	_, err = resolver(f).Rules(t.Context(), list)
	require.EqualError(t, err, "read the names of companies: not asked")
}

func TestAFieldMustTakeScores(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][2]string{
		"x_scoer": {"opportunities have no such field in Odoo: add one for decimal numbers there", "x_score"},
		"x_note":  {"must be a field for numbers: in Odoo it is of the type char", ""},
		"x_rate":  {"must be a field that can be written: in Odoo it is computed or read-only", ""},
	} {
		_, err := resolver(sales()).Marking(t.Context(), config.Feedback{ScoreField: field, Tags: []notation.ScoreTag{{Tag: "Unhappy"}}})
		assert.Equal(t, [][4]string{
			{"feedback.score_field", field, want[0], want[1]}, {"feedback.tags", "Unhappy", "Odoo has no tag of this name", "Happy"},
		}, causes(t, err))
	}
}

func TestAnOpportunityIsFoundByNumberOrName(t *testing.T) {
	t.Parallel()
	r := resolver(&fakeOdoo{opportunities: []gateway.Named{{ID: 1, Name: "Desks"}, {ID: 2, Name: "Office desks"}, {ID: 3, Name: "Lamps"}}})
	for text, want := range map[string]crm.OpportunityID{" 42 ": 42, "desks": 1, "office": 2, "Lamp": 3} {
		id, err := r.Opportunity(t.Context(), text)
		require.NoError(t, err)
		assert.Equal(t, want, id, text)
	}
	for text, want := range map[string]string{
		" ":    "name an opportunity: its number in Odoo, or its name",
		"Sofa": `no opportunity has "Sofa" in its name`,
		"-1":   `no opportunity has "-1" in its name`,
		"esk":  `several opportunities have "esk" in their names; give the number of one: 1 ("Desks"), 2 ("Office desks")`,
	} {
		_, err := r.Opportunity(t.Context(), text)
		require.EqualError(t, err, want)
		assert.Equal(t, exit.Usage, exit.Code(err))
	}
}

func TestAFailureNamesWhatWasRead(t *testing.T) {
	t.Parallel()
	r := resolver(&fakeOdoo{err: errors.New("down")})
	_, keeping := r.Keep(t.Context(), []string{"stage:New"})
	_, choosing := r.FeedbackPolicy(t.Context(), config.Feedback{Rules: []notation.FeedbackRule{{ActivityType: "Call"}}})
	_, field := r.Marking(t.Context(), config.Feedback{ScoreField: "x_score"})
	_, tags := r.Marking(t.Context(), config.Feedback{Tags: []notation.ScoreTag{{Tag: "VIP"}}})
	_, looking := r.Opportunity(t.Context(), "desks")
	for want, err := range map[string]error{
		"read the names of stages: down": keeping, "read the names of activity types: down": choosing,
		"read the fields of opportunities: down": field, "read the names of tags: down": tags,
		"look for an opportunity by its name: down": looking,
	} {
		require.EqualError(t, err, want)
	}
}
