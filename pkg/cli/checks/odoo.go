package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// options returns how to talk to Odoo.
func (s *Subject) options() odoo.Options {
	o := s.Host.OdooOptions(s.Config.Odoo)
	if s.Hasty {
		o.Attempts, o.Timeout = 1, hastyTimeout
	}
	return o
}

func (s *Subject) odooAddress(ctx context.Context) (string, error) {
	version, err := odoo.Greet(ctx, s.options())
	return "Odoo " + version.Text + " answers", err
}

// odooDatabase logs in, which tells whether there is the database. Only if the
// password is not known yet, it tries to log in as nobody, which Odoo's log shows as
// a failed login.
func (s *Subject) odooDatabase(ctx context.Context) (string, error) {
	const found = "Odoo has it"
	if s.Config.Odoo.Password.IsZero() {
		return found, odoo.FindDatabase(ctx, s.options())
	}
	s.login = sync.OnceValue(func() error { return s.logIn(ctx) })
	if err := s.login(); odoo.IsKind(err, odoo.UnknownDatabase) {
		return "", err
	}
	return found, nil
}

func (s *Subject) logIn(ctx context.Context) (err error) {
	s.Close()
	s.session, err = s.Host.Login(ctx, s.options())
	return err
}

func (s *Subject) odooLogin(ctx context.Context) (string, error) {
	login := s.login
	if s.login = nil; login == nil {
		login = func() error { return s.logIn(ctx) }
	}
	if err := login(); err != nil {
		return "", err
	}
	companies, err := s.session.Gateway.Companies(ctx, []crm.CompanyID{s.session.Login.Company})
	if err != nil {
		return "", fmt.Errorf("read the company of the user: %w", err)
	}
	s.company = companies[s.session.Login.Company]
	return "logged in", nil
}

// odooRights asks for each right that a run uses. The first one stands for seeing
// all opportunities.
func (s *Subject) odooRights(ctx context.Context) (string, error) {
	if err := s.session.CheckRights(ctx); err != nil {
		return "", err
	}
	return "the rights suffice", s.lacks(ctx, "Sales / Administrator", map[string]string{
		"crm.lead": "read write", "mail.message": "read create write unlink", "mail.activity": "read create",
		"ir.attachment": "read create write unlink", "crm.stage": "read", "crm.tag": "read",
		"res.partner": "read", "res.users": "read", "res.company": "read", "mail.activity.type": "read", "mail.message.subtype": "read",
		"resource.calendar": "read", "resource.calendar.attendance": "read", "resource.calendar.leaves": "read",
	})
}

// lacks returns an error for the operations on models, by their names, that the user
// may not do. group is what Odoo calls the right that gives them.
func (s *Subject) lacks(ctx context.Context, group string, needed map[string]string) error {
	var missing []string
	for model, operations := range needed {
		for operation := range strings.FieldsSeq(operations) {
			may, err := s.session.Gateway.May(ctx, model, operation)
			if err != nil {
				return fmt.Errorf("check the rights of the user: %w", err)
			}
			if !may {
				missing = append(missing, operation+" "+model)
			}
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return &odoo.Error{
		Kind: odoo.AccessDenied, Message: fmt.Sprintf("%s may not %s", s.session.Login.Name, strings.Join(missing, ", ")),
		Cure: "give this user the right " + group + " in Odoo",
	}
}

func (s *Subject) odooInstance(ctx context.Context) (string, error) {
	if err := s.refresh(ctx); err != nil {
		return "", err
	}
	known, err := s.session.Instance.Known(ctx, s.session.Gateway, s.session.Shared)
	if err == nil && !known {
		return "no run changed anything in this Odoo yet", nil
	}
	return "crm-tool serves this Odoo", err
}

// refresh reads the shared state, once.
func (s *Subject) refresh(ctx context.Context) error {
	if s.session.Settings != nil {
		return nil
	}
	return s.session.Refresh(ctx, s.Settings)
}

// sharedSettings checks the settings together with those in Odoo, and takes them
// over.
func (s *Subject) sharedSettings(ctx context.Context) (string, error) {
	local := s.Settings
	if err := s.refresh(ctx); err != nil {
		return "", err
	}
	s.Settings = s.session.Settings
	if err := s.configure(); err != nil {
		return "", err
	}
	s.session.Config = s.Config
	return "the settings shared in Odoo are right", warnings(s.Settings, local.Warnings()...)
}

func (s *Subject) timezone(context.Context) (string, error) {
	err := s.session.Locate()
	if err != nil {
		return "", err
	}
	return "days are counted in " + s.session.Zone.String(), nil
}

// names looks up what settings name: teams, stages, tags, companies, activity types,
// fields, and folders with templates.
func (s *Subject) names(ctx context.Context) (string, error) {
	resolve := s.session.Names()
	_, keep := resolve.Keep(ctx, s.Config.Archive.Keep)
	list, err := resolve.Rules(ctx, s.Config.Rules)
	if err == nil {
		_, err = s.session.TemplateSets()
	}
	_, optOut := resolve.OptOut(ctx, s.Config.Reminders.OptOutTag)
	_, rules := resolve.FeedbackPolicy(ctx, s.Config.Feedback)
	_, marking := resolve.Marking(ctx, s.Config.Feedback)
	if err := errors.Join(keep, optOut, rules, marking, err); err != nil {
		return "", err
	}
	return "Odoo has the names in them", unreachable(list)
}

// unreachable warns of rules that never count.
func unreachable(list rule.List) error {
	var never []string
	for _, r := range list.Unreachable() {
		never = append(never, r.String())
	}
	if never == nil {
		return nil
	}
	return caution{hinted("in rules, earlier ones leave nothing for "+strings.Join(never, " and for "), "put the narrower rule first, or remove it")}
}

// surveys looks for the Survey app, the rights there, and the surveys of the
// questionnaires in use.
func (s *Subject) surveys(ctx context.Context) (string, error) {
	if !s.Config.Feedback.Enabled {
		return "", skip("feedback is switched off")
	}
	forms, err := FormsInUse(s.Config)
	if err != nil {
		return "", err
	}
	setup := feedback.Setup{Odoo: s.session.Gateway, User: s.session.Login.User, Forms: forms}
	plan, err := setup.Plan(ctx)
	if err != nil {
		return "", err
	}
	const cure = "run crm-tool setup once; or switch feedback off: crm-tool config set feedback off"
	switch plan.Access {
	case crm.SurveysMissing:
		return "", caution{hinted("clients cannot be asked for feedback yet: Odoo lacks the Survey app", cure)}
	case crm.SurveysForbidden:
		return "", &odoo.Error{
			Kind: odoo.AccessDenied, Message: fmt.Sprintf("clients cannot be asked for feedback: %s lacks the right Surveys / User", s.session.Login.Name),
			Cure: "give this user the right Surveys / User in Odoo, or " + cure,
		}
	case crm.SurveysReady:
	}
	err = s.lacks(ctx, "Surveys / User", map[string]string{
		"survey.survey": "read create write", "survey.question": "read create", "survey.question.answer": "read create",
		"survey.user_input": "read create write", "survey.user_input.line": "read",
	})
	if len(plan.Missing) > 0 {
		return "the first run of feedback send makes the surveys", err
	}
	return "Odoo has the surveys", err
}

// surveyPage tells whether this host reaches the address that clients get, as far as
// that is known. A page itself is opened by feedback send.
func (s *Subject) surveyPage(ctx context.Context) (string, error) {
	switch {
	case !s.Config.Feedback.Enabled:
		return "", skip("feedback is switched off")
	case !s.Config.Feedback.CheckPage:
		return "", skip("feedback.check_page is false")
	}
	address := s.Config.Odoo.PublicURL
	if forms, err := FormsInUse(s.Config); err == nil && len(forms) > 0 && address == "" {
		if survey, err := s.session.Gateway.Survey(ctx, forms[0], true); err == nil {
			address = survey.Base
		}
	}
	if address == "" {
		return "", skip("Odoo tells where clients reach it when it has the surveys")
	}
	return address + ", where clients open questionnaires, answers",
		s.Host.OdooPages(s.Config.Odoo).Reach(ctx, address)
}

// FormsInUse returns the questionnaires that the settings name, in all languages.
func FormsInUse(c config.Config) ([]questionnaire.Questionnaire, error) {
	set, err := catalog.Folder(c.Templates.Dir).Questionnaires()
	if err != nil {
		return nil, err
	}
	names := []string{c.Feedback.Questionnaire}
	for _, r := range c.Feedback.Rules {
		names = append(names, r.Questionnaire)
	}
	names = append(names, c.Rules.Questionnaires()...)
	names = slices.DeleteFunc(names, func(name string) bool { return name == questionnaire.None })
	for _, name := range names {
		if _, err := set.Find(name, nil); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(set.All(), func(q questionnaire.Questionnaire) bool { return !slices.Contains(names, q.Name) }), nil
}
