package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/demo"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

// premises are a sandbox with the configuration file that leads to it.
type premises struct {
	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	config  string
	clock   time.Time
}

func newPremises(t *testing.T, o sandboxodoo.Options) *premises {
	t.Helper()
	p := &premises{
		config: filepath.Join(t.TempDir(), "config.yaml"),
		clock:  time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
	}
	o.Clock = func() time.Time { return p.clock }
	var err error
	p.odoo, err = sandboxodoo.New(o)
	require.NoError(t, err)
	require.NoError(t, p.odoo.Seed())
	_, err = p.odoo.Start()
	require.NoError(t, err)
	p.mailbox, err = sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, p.mailbox.Close())
		assert.NoError(t, p.odoo.Close())
	})
	require.NoError(t, demo.WriteConfig(p.config, p.odoo, p.mailbox))
	return p
}

// outcome is what a command printed and ended with.
type outcome struct {
	status         int
	stdout, stderr string
}

// run starts the program with what is on standard input. At a terminal, the
// secret is what somebody types there.
func (p *premises) run(t *testing.T, stdin string, secret *string, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	env := Env{
		Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Clock: func() time.Time { return p.clock },
		Environ: []string{"CRM_TOOL_CONFIG=" + p.config}, Abort: func(int) {},
	}
	if secret != nil {
		env.ReadSecret = func(context.Context) (string, error) { return *secret, nil }
	}
	status := Main(env)
	return outcome{status: status, stdout: out.String(), stderr: errs.String()}
}

// setupTexts are what setup says about a new Odoo: with its surveys in every language.
type setupTexts struct{ planned, done, nothingToDo string }

func newSetupTexts(t *testing.T) setupTexts {
	t.Helper()
	forms, err := catalog.Folder("").Questionnaires()
	require.NoError(t, err)
	var there strings.Builder
	var languages []string
	for _, language := range templatestest.Languages(t) {
		q, err := forms.Find("satisfaction", []string{language})
		require.NoError(t, err)
		fmt.Fprintf(&there, "the survey “%s” is there (satisfaction, %s)\n", q.Title, language)
		languages = append(languages, language)
	}
	list := "(" + strings.Join(languages, ", ") + ")"
	return setupTexts{
		planned: "This is missing in Odoo, and will be made:\n" +
			"  - the Survey app, installed by an administrator; people who use Odoo meanwhile may have to wait for a minute\n" +
			"  - the right Surveys / User of the integration user, given by an administrator\n" +
			"  - the surveys of satisfaction " + list + ", made by the integration user\n",
		done:        "the Survey app is installed\nthe integration user may work with surveys\n" + there.String(),
		nothingToDo: "nothing to do: Odoo has the Survey app and the surveys of satisfaction " + list + "\n",
	}
}

func TestSetupInstallsWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	says := newSetupTexts(t)
	for _, version := range []int{16, 17, 18, 19} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			p := newPremises(t, sandboxodoo.Options{Version: version, WithoutSurveys: true})
			assert.Equal(t, outcome{stdout: says.planned + says.done}, p.run(t, "admin\n", nil, "setup", "--yes", "--admin-user", "admin"))
			assert.Equal(t, outcome{stdout: says.nothingToDo}, p.run(t, "", nil, "setup"))
		})
	}
}

func TestSetupAsksAtATerminal(t *testing.T) {
	t.Parallel()
	says := newSetupTexts(t)
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	secret := sandboxodoo.AdminPassword
	assert.Equal(t, outcome{stdout: says.planned + "nothing was changed\n", stderr: "Go on? [y/N] "}, p.run(t, "\n", &secret, "setup"))
	assert.Equal(t, outcome{
		stdout: says.planned + says.done,
		stderr: "Go on? [y/N] Login of an administrator of Odoo: Password or API key of admin: \n",
	}, p.run(t, "y\nadmin\n", &secret, "setup"))
}

func TestAnInstallationThatAProxyCutsOffIsDoneAllTheSame(t *testing.T) {
	t.Parallel()
	says := newSetupTexts(t)
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	p.odoo.Fail(func(c sandboxodoo.Call) *sandboxodoo.Injected {
		if c.Method != "button_immediate_install" {
			return nil
		}
		return &sandboxodoo.Injected{AfterWork: true, Status: http.StatusGatewayTimeout}
	})
	assert.Equal(t, outcome{stdout: says.planned + says.done}, p.run(t, "admin", nil, "setup", "--yes", "--admin-user", "admin"))
}

func TestAnInstallationThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	says := newSetupTexts(t)
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	p.odoo.Fail(func(c sandboxodoo.Call) *sandboxodoo.Injected {
		if c.Method != "button_immediate_install" {
			return nil
		}
		return &sandboxodoo.Injected{Fault: &sandboxodoo.FaultError{Code: 2, Text: "Odoo is currently processing a scheduled action."}}
	})
	got := p.run(t, "admin", nil, "setup", "--yes", "--admin-user", "admin")
	assert.Equal(t, outcome{
		status: 69, stdout: says.planned,
		stderr: "crm-tool: install the Survey app: call ir.module.module.button_immediate_install: " +
			"Odoo says: Odoo is currently processing a scheduled action.\n" +
			"hint: correct the values that the message names, in Odoo\n",
	}, got)
}

func TestSetupGivesARightThatWasTaken(t *testing.T) {
	t.Parallel()
	says := newSetupTexts(t)
	for version, groups := range map[int]string{18: "groups_id", 19: "group_ids"} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			t.Parallel()
			p := newPremises(t, sandboxodoo.Options{Version: version})
			found, err := p.odoo.Execute(sandboxodoo.AdminLogin, "res.users", "search", []any{[]any{[]any{"login", "=", sandboxodoo.BotLogin}}}, nil)
			require.NoError(t, err)
			had, err := p.odoo.Execute(sandboxodoo.AdminLogin, "res.users", "read", []any{found, []any{groups}}, nil)
			require.NoError(t, err)
			survey := had.([]any)[0].(map[string]any)[groups].([]any)
			_, err = p.odoo.Execute(sandboxodoo.AdminLogin, "res.users", "write", []any{
				found, map[string]any{groups: []any{[]any{3, survey[len(survey)-1]}}},
			}, nil)
			require.NoError(t, err)
			plan, steps := strings.Split(says.planned, "\n"), strings.Split(says.done, "\n")
			want := strings.Join(append([]string{plan[0]}, plan[2:len(plan)-1]...), "\n") + "\n" + strings.Join(steps[1:], "\n")
			assert.Equal(t, outcome{stdout: want}, p.run(t, "admin", nil, "setup", "--yes", "--admin-user", "admin"))
		})
	}
}

func TestSetupRefusesWithoutConsent(t *testing.T) {
	t.Parallel()
	const (
		noAdmin = "crm-tool: this takes an administrator of Odoo: name them with --admin-user, and give their password or API key on standard input\n"
		noYes   = "crm-tool: standard input is no terminal to ask at: give --yes to go on\n"
		noRight = "hint: name an administrator of Odoo (a user with the right Settings) with --admin-user, and give their password or API key on standard input\n"
	)
	for name, c := range map[string]struct {
		args   string
		stdin  string
		status int
		stderr string
	}{
		"no administrator": {"setup --yes", "", 64, noAdmin},
		"no terminal":      {"setup --admin-user admin", "admin", 64, noYes},
		"no password":      {"setup --yes --admin-user admin", "", 64, "crm-tool: an administrator has a login and a password\n"},
		"a wrong password": {
			"setup --yes --admin-user admin", "guess", 77,
			"crm-tool: log in: Odoo refuses the login of \"admin\" in database \"sandbox\"\n" + noRight,
		},
		"a user who is no administrator": {
			"setup --yes --admin-user sam", "sam-password", 77,
			"crm-tool: install the Survey app: call ir.module.module.button_immediate_install: Odoo says: Access Denied\n" + noRight,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
			got := p.run(t, c.stdin, nil, strings.Fields(c.args)...)
			assert.Equal(t, []any{c.status, c.stderr}, []any{got.status, got.stderr})
			assert.NotContains(t, got.stdout, "is installed")
		})
	}
}

func TestWithoutTheSurveyAppFeedbackNamesTheCure(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{WithoutSurveys: true})
	require.Equal(t, 0, p.run(t, "", nil, "remind", "--yes", "--quiet").status)
	require.NoError(t, p.odoo.FinishActivities())
	for _, command := range []string{"feedback send", "feedback collect", "feedback report"} {
		got := p.run(t, "", nil, strings.Fields(command)...)
		assert.Equal(t, 78, got.status, command)
		assert.Contains(t, got.stderr, "Odoo has no Survey app\nhint: run once: crm-tool setup\n", command)
	}
	assert.Zero(t, p.questionnaires(), "nobody was mailed")
}

// questionnaires counts the mails with a link to a survey.
func (p *premises) questionnaires() (n int) {
	for _, m := range p.mailbox.Messages() {
		letter, err := m.Parse()
		if err == nil && strings.Contains(letter.Text, "/survey/start/") {
			n++
		}
	}
	return n
}

func TestSetupNamesAQuestionnaireThatDoesNotExist(t *testing.T) {
	t.Parallel()
	p := newPremises(t, sandboxodoo.Options{})
	file, err := os.OpenFile(p.config, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString("feedback:\n  questionnaire: satisfation\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	got := p.run(t, "", nil, "setup")
	assert.Equal(t, 78, got.status)
	assert.Contains(t, got.stderr, "satisfaction")
}
