package feedback_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// fakeSetup are an Odoo that may lack what questionnaires need.
type fakeSetup struct {
	installed bool
	allowed   map[crm.UserID]bool
	surveys   map[string]int64
	changed   string
	// refusal is what the administrator is told.
	refusal error
}

const bot crm.UserID = 6

func (p *fakeSetup) SurveyAccess(context.Context) (crm.SurveyAccess, error) {
	switch {
	case !p.installed:
		return crm.SurveysMissing, nil
	case !p.allowed[bot]:
		return crm.SurveysForbidden, nil
	}
	return crm.SurveysReady, nil
}

func (p *fakeSetup) Survey(_ context.Context, q questionnaire.Questionnaire, dry bool) (crm.Survey, error) {
	switch {
	case !p.installed || !p.allowed[bot]:
		return crm.Survey{}, errors.New("no right to surveys")
	case p.changed == q.Name:
		return crm.Survey{}, &crm.SurveyError{Title: q.Title, Cause: "was archived"}
	case p.surveys[q.Name] == 0 && !dry:
		p.surveys[q.Name] = int64(len(p.surveys) + 1)
	}
	return crm.Survey{ID: p.surveys[q.Name], Title: q.Title, Questions: len(q.Questions)}, nil
}

func (p *fakeSetup) InstallSurveys(context.Context) error {
	p.installed = p.refusal == nil
	return p.refusal
}

func (p *fakeSetup) AllowSurveys(_ context.Context, user crm.UserID) error {
	p.allowed[user] = true
	return nil
}

func newFakeSetup() *fakeSetup {
	return &fakeSetup{allowed: map[crm.UserID]bool{}, surveys: map[string]int64{}}
}

func (p *fakeSetup) setup() *feedback.Setup {
	return &feedback.Setup{Odoo: p, User: bot, Forms: []questionnaire.Questionnaire{
		{Name: "nps", Language: "en", Title: "Loyalty"}, {Name: "satisfaction", Language: "en", Title: "Satisfaction"},
	}}
}

func TestSetupMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	const (
		installed = "the Survey app is installed"
		allowed   = "the integration user may work with surveys"
		loyalty   = "the survey “Loyalty” is there (nps, en)"
		satisfied = "the survey “Satisfaction” is there (satisfaction, en)"
	)
	for name, c := range map[string]struct {
		before func(*fakeSetup)
		admin  bool
		steps  []string
	}{
		"all of it":   {func(*fakeSetup) {}, true, []string{installed, allowed, loyalty, satisfied}},
		"the right":   {func(p *fakeSetup) { p.installed = true }, true, []string{allowed, loyalty, satisfied}},
		"one survey":  {func(p *fakeSetup) { p.installed, p.allowed[bot], p.surveys["nps"] = true, true, 1 }, false, []string{satisfied}},
		"the surveys": {func(p *fakeSetup) { p.installed, p.allowed[bot] = true, true }, false, []string{loyalty, satisfied}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newFakeSetup()
			c.before(p)
			plan, err := p.setup().Plan(t.Context())
			require.NoError(t, err)
			assert.Equal(t, c.admin, plan.NeedsAdministrator())
			var admin feedback.Administration
			if c.admin {
				admin = p
			}
			var steps []string
			require.NoError(t, p.setup().Apply(t.Context(), plan, admin, func(step string) error {
				steps = append(steps, step)
				return nil
			}))
			assert.Equal(t, c.steps, steps)
			again, err := p.setup().Plan(t.Context())
			require.NoError(t, err)
			assert.True(t, again.Empty(), "done again there is nothing to do")
		})
	}
}

func TestAnInstallationThatFailsEndsTheSetup(t *testing.T) {
	t.Parallel()
	p := newFakeSetup()
	p.refusal = errors.New("not you")
	plan, err := p.setup().Plan(t.Context())
	require.NoError(t, err)
	err = p.setup().Apply(t.Context(), plan, p, func(string) error { return nil })
	require.ErrorIs(t, err, p.refusal)
	assert.EqualError(t, err, "install the Survey app: not you")
	assert.Equal(t, newFakeSetup().allowed, p.allowed)
}

func TestSetupReportsASurveyThatSomebodyChanged(t *testing.T) {
	t.Parallel()
	p := newFakeSetup()
	p.installed, p.allowed[bot], p.changed = true, true, "nps"
	_, err := p.setup().Plan(t.Context())
	var changed *crm.SurveyError
	require.ErrorAs(t, err, &changed)
	assert.Equal(t, crm.SurveyError{Title: "Loyalty", Cause: "was archived"}, *changed)
}
