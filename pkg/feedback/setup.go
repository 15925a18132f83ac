package feedback

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// Administration is what an administrator alone may do. Each can be done again.
type Administration interface {
	// InstallSurveys installs the Survey app, which takes up to some minutes.
	InstallSurveys(ctx context.Context) error
	// AllowSurveys lets a user work with surveys.
	AllowSurveys(ctx context.Context, user crm.UserID) error
}

// Setup prepares an Odoo for questionnaires, once. Done again it finds nothing
// to do.
type Setup struct {
	// Odoo is used as the integration user, who must make the surveys: Odoo 16
	// and 17 let users invite only to surveys of their own.
	Odoo interface {
		SurveyAccess(ctx context.Context) (crm.SurveyAccess, error)
		Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (crm.Survey, error)
	}
	// User is the integration user.
	User crm.UserID
	// Forms are the questionnaires that are in use, in every language.
	Forms []questionnaire.Questionnaire
}

// SetupPlan is what an Odoo lacks.
type SetupPlan struct {
	Access crm.SurveyAccess
	// Missing are the questionnaires without a survey.
	Missing []questionnaire.Questionnaire
}

// Empty tells whether there is nothing to do.
func (p SetupPlan) Empty() bool { return p.Access == crm.SurveysReady && len(p.Missing) == 0 }

// NeedsAdministrator tells whether the integration user cannot do it alone.
func (p SetupPlan) NeedsAdministrator() bool { return p.Access != crm.SurveysReady }

// Plan looks at what is missing and changes nothing. A survey that somebody
// changed is a *SurveyError.
func (s *Setup) Plan(ctx context.Context) (SetupPlan, error) {
	access, err := s.Odoo.SurveyAccess(ctx)
	if err != nil {
		return SetupPlan{}, fmt.Errorf("look for the Survey app: %w", err)
	}
	p := SetupPlan{Access: access, Missing: s.Forms}
	if access != crm.SurveysReady {
		return p, nil
	}
	p.Missing = nil
	for _, form := range s.Forms {
		survey, err := s.Odoo.Survey(ctx, form, true)
		if err != nil {
			return SetupPlan{}, fmt.Errorf("look for surveys: %w", err)
		}
		if survey.ID == 0 {
			p.Missing = append(p.Missing, form)
		}
	}
	return p, nil
}

// Apply carries the plan out, and calls told after each step. It uses admin only
// if the plan needs an administrator.
func (s *Setup) Apply(ctx context.Context, p SetupPlan, admin Administration, told func(step string) error) error {
	if p.Access == crm.SurveysMissing {
		if err := admin.InstallSurveys(ctx); err != nil {
			return fmt.Errorf("install the Survey app: %w", err)
		}
		if err := told("the Survey app is installed"); err != nil {
			return err
		}
	}
	if p.NeedsAdministrator() {
		if err := admin.AllowSurveys(ctx, s.User); err != nil {
			return fmt.Errorf("let the integration user work with surveys: %w", err)
		}
		if err := told("the integration user may work with surveys"); err != nil {
			return err
		}
	}
	for _, form := range p.Missing {
		survey, err := s.Odoo.Survey(ctx, form, false)
		if err != nil {
			return err
		}
		if err := told(fmt.Sprintf("the survey “%s” is there (%s, %s)", survey.Title, form.Name, form.Language)); err != nil {
			return err
		}
	}
	return nil
}
