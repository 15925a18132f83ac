package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestEachErrorHasItsExitStatus(t *testing.T) {
	t.Parallel()
	refusedLogin := &odoo.Error{Kind: odoo.LoginRefused}
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"no error", nil, 0},
		{"failed records", run.ErrFailures, 1},
		{"a setting that does not count here", errOverridden, 1},
		{"a wrong command line", &usageError{err: errors.New("what?")}, 64},
		{"a guard", fmt.Errorf("remind: %w", &run.GuardError{}), 65},
		{"an Odoo that is down", &odoo.Error{Kind: odoo.Unreachable}, 69},
		{"a mail server that is down", &smtp.Error{Stage: smtp.StageDial, Err: syscall.ECONNREFUSED}, 69},
		{"a mail server that refuses the login", &smtp.Error{Stage: smtp.StageAuth, Code: 535}, 69},
		{"a panic", &defectError{value: "oops"}, 70},
		{"an error that nobody foresaw", errors.New("oops"), 70},
		{"a full disk", &report.WriteError{Err: syscall.ENOSPC}, 74},
		{"an unwritable file", &os.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, 74},
		{"a mail server that says later", &smtp.Error{Stage: smtp.StageGreeting, Code: 421}, 75},
		{"a run that is under way", &state.LockedError{}, 75},
		{"an Odoo that is busy", &odoo.Error{Kind: odoo.Temporary}, 75},
		{"a refused login", refusedLogin, 77},
		{"a missing right", &odoo.Error{Kind: odoo.AccessDenied}, 77},
		{"a wrong configuration", &config.ProblemsError{Problems: []config.Problem{{Key: "odoo.url"}}}, 78},
		{"a broken template", &templatesError{dir: "x", err: &render.TemplateError{File: "a"}}, 78},
		{"a copied database", &run.InstanceError{}, 78},
		{"an unknown database", &odoo.Error{Kind: odoo.UnknownDatabase}, 78},
		{"an Odoo without the Survey app", &odoo.Error{Kind: odoo.MissingApp}, 78},
		{"an interrupt", &signalError{signal: os.Interrupt}, 130},
		{"a termination", &signalError{signal: syscall.SIGTERM}, 143},
		{"a refused login beside failed records", errors.Join(run.ErrFailures, refusedLogin), 77},
		{"an unwritable report of a refused login", errors.Join(refusedLogin, &report.WriteError{Err: syscall.EPIPE}), 74},
		{"a termination with failed records", errors.Join(run.ErrFailures, &signalError{signal: syscall.SIGTERM}), 143},
	} {
		assert.Equal(t, c.want, exitCode(c.err), c.name)
	}
}

func TestTheHelpListsEachExitStatus(t *testing.T) {
	t.Parallel()
	help := exitHelp()
	for _, code := range exitOrder() {
		assert.Contains(t, help, fmt.Sprintf("%11d  ", code))
	}
	assert.Len(t, strings.Split(strings.TrimSpace(help), "\n"), len(exitOrder())+2, "a heading, and the statuses with 0")
}

// runTool starts the program with arguments and returns what it prints.
func runTool(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	clock := func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) }
	status = Main(Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Clock: clock,
		Environ: []string{"HOME=" + t.TempDir()}, Abort: func(int) {},
	})
	return status, out.String(), errs.String()
}

func TestAWrongCommandLineNamesTheLikeliestMeaning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"remid", `crm-tool has no command "remid"; did you mean remind?`},
		{"config sett x", `crm-tool config has no command "sett"; did you mean set?`},
		{"remind --dry-rum", `unknown flag: --dry-rum; did you mean --dry-run?`},
		{"remind now", `crm-tool remind has no command "now"; see crm-tool remind --help`},
		{"remind -o xml", `invalid argument "xml" for "-o, --output" flag: choose one of table, json, ndjson, csv`},
		{"remind --limit -3", `--limit -3: give a number above 0`},
		{"remind --opportunity chairs", `"chairs" is not the id of an opportunity: give its number in Odoo`},
		{"remind --shard 4/4", `--shard "4/4": write I/N with 0 <= I < N, as in 0/4`},
		{"remind --as-of tomorrow", `--as-of: date "tomorrow" is not written as YYYY-MM-DD`},
		{"remind settle 42", `say what became of the mail: --as sent or --as unsent`},
		{"remind settle --as sent", `name the opportunities, or give --all for every uncertain mail`},
		{"config set odoo.pasword x", `odoo.pasword: unknown setting; did you mean odoo.password?`},
		{"config set odoo.password secret", `odoo.password is a secret: give it on standard input, not on the command line`},
		{"archive undo", `crm-tool archive undo takes 1 arguments, not 0; write: crm-tool archive undo RUN [flags]`},
		{"version now", `crm-tool version takes 0 arguments, not 1; write: crm-tool version [flags]`},
	} {
		status, _, stderr := runTool(t, strings.Fields(c.args)...)
		assert.Equal(t, 64, status, c.args)
		assert.Equal(t, "crm-tool: "+c.want+"\n", stderr, c.args)
	}
}

func TestHelpIsPrintedWithoutConfiguration(t *testing.T) {
	t.Parallel()
	status, stdout, _ := runTool(t, "help", "exit-codes")
	assert.Equal(t, 0, status)
	assert.Contains(t, stdout, "78  no ")
	status, stdout, _ = runTool(t)
	assert.Equal(t, 0, status)
	assert.Contains(t, stdout, "Available Commands:")
}
