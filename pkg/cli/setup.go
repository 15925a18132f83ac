package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/checks"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// installTimeout is how long an installation may take. Odoo answers when it is
// done.
const installTimeout = 10 * time.Minute

type setupFlags struct {
	yes   bool
	admin string
}

func newSetupCmd(h *job.Host) *cobra.Command {
	flags := &setupFlags{}
	cmd := &cobra.Command{
		Use:  "setup",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runSetup(cmd.Context(), h, flags) },
	}
	cmd.Flags().BoolVarP(&flags.yes, "yes", "y", false, "do not ask whether to go on")
	cmd.Flags().StringVar(&flags.admin, "admin-user", "", "`LOGIN` of an administrator of Odoo")
	return cmd
}

// refusedAdmin gives a refusal the advice to name an administrator.
func refusedAdmin(err error) error {
	if failure, ok := errors.AsType[*odoo.Error](err); ok && (failure.Kind == odoo.LoginRefused || failure.Kind == odoo.AccessDenied) {
		return exit.WithHint(err, "name an administrator of Odoo (a user with the right Settings) with --admin-user, and give their password or API key on standard input")
	}
	return err
}

// administration installs apps and gives rights; a refusal comes with advice.
type administration struct{ gateway *gateway.Gateway }

func (a administration) InstallSurveys(ctx context.Context) error {
	return refusedAdmin(a.gateway.InstallSurveys(ctx))
}

func (a administration) AllowSurveys(ctx context.Context, user crm.UserID) error {
	return refusedAdmin(a.gateway.AllowSurveys(ctx, user))
}

func runSetup(ctx context.Context, h *job.Host, flags *setupFlags) error {
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return err
	}
	defer s.Close()
	forms, err := checks.FormsInUse(s.Config)
	if err != nil {
		return err
	}
	setup := feedback.Setup{Odoo: s.Gateway, User: s.Login.User, Forms: forms}
	plan, err := setup.Plan(ctx)
	if err != nil {
		return err
	}
	if plan.Empty() {
		return h.Tell("nothing to do: Odoo has the Survey app and the surveys of %s", listed(forms))
	}
	if agreed, err := agree(ctx, h, plan, flags); err != nil || !agreed {
		if err == nil {
			err = h.Tell("nothing was changed")
		}
		return err
	}
	told := func(step string) error { return h.Tell("%s", step) }
	if !plan.NeedsAdministrator() {
		defer h.Progress(console.Busy("setup"))()
		return setup.Apply(ctx, plan, nil, told)
	}
	admin, err := administrator(ctx, h, flags.admin)
	if err != nil {
		return refusedAdmin(err)
	}
	defer admin.Close()
	defer h.Progress(console.Busy("setup"))()
	return setup.Apply(ctx, plan, administration{gateway.New(admin)}, told)
}

// listed names questionnaires: "nps (en, fr), satisfaction (en)".
func listed(forms []questionnaire.Questionnaire) string {
	var names []string
	languages := map[string][]string{}
	for _, q := range forms {
		if languages[q.Name] == nil {
			names = append(names, q.Name)
		}
		languages[q.Name] = append(languages[q.Name], q.Language)
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%s)", name, strings.Join(languages[name], ", "))
	}
	return strings.Join(names, ", ")
}

// agree says what will be done, and asks whether to go on.
func agree(ctx context.Context, h *job.Host, p feedback.SetupPlan, flags *setupFlags) (bool, error) {
	switch {
	case h.ReadSecret != nil:
	case p.NeedsAdministrator() && flags.admin == "":
		return false, exit.Usagef("this takes an administrator of Odoo: name them with --admin-user, and give their password or API key on standard input")
	case !flags.yes:
		return false, exit.Usagef("standard input is no terminal to ask at: give --yes to go on")
	}
	steps := []string{"This is missing in Odoo, and will be made:"}
	if p.Access == crm.SurveysMissing {
		steps = append(steps, "  - the Survey app, installed by an administrator; people who use Odoo meanwhile may have to wait for a minute")
	}
	if p.NeedsAdministrator() {
		steps = append(steps, "  - the right Surveys / User of the integration user, given by an administrator")
	}
	if len(p.Missing) > 0 {
		steps = append(steps, "  - the surveys of "+listed(p.Missing)+", made by the integration user")
	}
	if err := h.Tell("%s", strings.Join(steps, "\n")); err != nil || flags.yes {
		return err == nil, err
	}
	return h.Confirm(ctx, "Go on?", false, nil)
}

// administrator logs in as the administrator whom the user names.
func administrator(ctx context.Context, h *job.Host, login string) (*odoo.Client, error) {
	connection, err := h.Settings().Connection()
	if err != nil {
		return nil, err
	}
	if login == "" {
		if login, err = h.Ask(ctx, "Login of an administrator of Odoo: "); err != nil {
			return nil, err
		}
	}
	password, err := h.AskSecret(ctx, "Password or API key of "+login+": ")
	if err != nil {
		return nil, err
	}
	if login == "" || password == "" {
		return nil, exit.Usagef("an administrator has a login and a password")
	}
	connection.User, connection.Password, connection.Timeout = login, config.NewSecret(password), installTimeout
	admin, err := odoo.New(h.OdooOptions(connection))
	if err != nil {
		return nil, err
	}
	if _, err := admin.Login(ctx); err != nil {
		admin.Close()
		return nil, err
	}
	return admin, nil
}
