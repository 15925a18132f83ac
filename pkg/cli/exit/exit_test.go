package exit

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/overlay"
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
		{"a setting that does not count here", ErrIneffective, 1},
		{"a wrong command line", Usagef("what?"), 64},
		{"an opportunity that does not exist", fmt.Errorf("%w: 42", run.ErrNoOpportunity), 64},
		{"a run that was not recorded", &history.UnrecordedRunError{}, 64},
		{"a guard", fmt.Errorf("remind: %w", &run.GuardError{}), 65},
		{"an Odoo that is down", &odoo.Error{Kind: odoo.Unreachable}, 69},
		{"a mail server that is down", &smtp.Error{Stage: smtp.StageDial, Err: syscall.ECONNREFUSED}, 69},
		{"a mail server that refuses the login", &smtp.Error{Stage: smtp.StageAuth, Code: 535}, 77},
		{"a panic", &DefectError{Value: "oops"}, 70},
		{"an error that nobody foresaw", errors.New("oops"), 70},
		{"a full disk", &report.WriteError{Err: syscall.ENOSPC}, 74},
		{"a folder that is of no use", &state.DirError{Err: syscall.EROFS}, 74},
		{"an unwritable file", &os.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, 74},
		{"a mail server that says later", &smtp.Error{Stage: smtp.StageGreeting, Code: 421}, 75},
		{"a run that is under way", &state.LockedError{}, 75},
		{"an Odoo that is busy", &odoo.Error{Kind: odoo.Temporary}, 75},
		{"a refused login", refusedLogin, 77},
		{"a missing right", &odoo.Error{Kind: odoo.AccessDenied}, 77},
		{"a wrong configuration", &config.ProblemsError{Problems: []config.Problem{{Key: "odoo.url"}}}, 78},
		{"a broken template", fmt.Errorf("templates in x: %w", &overlay.FileError{File: "a"}), 78},
		{"a copied database", &instance.Error{}, 78},
		{"an unknown database", &odoo.Error{Kind: odoo.UnknownDatabase}, 78},
		{"an Odoo without the Survey app", &odoo.Error{Kind: odoo.MissingApp}, 78},
		{"an interrupt", &SignalError{Signal: os.Interrupt}, 130},
		{"a termination", &SignalError{Signal: syscall.SIGTERM}, 143},
		{"a refused login beside failed records", errors.Join(run.ErrFailures, refusedLogin), 77},
		{"an unwritable report of a refused login", errors.Join(refusedLogin, &report.WriteError{Err: syscall.EPIPE}), 74},
		{"a termination with failed records", errors.Join(run.ErrFailures, &SignalError{Signal: syscall.SIGTERM}), 143},
	} {
		assert.Equal(t, c.want, Code(c.err), c.name)
	}
}

func TestACauseNamesTheKindAndQuotesNobody(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"Odoo: access-denied":        fmt.Errorf("remind: %w", &odoo.Error{Kind: odoo.AccessDenied, Message: "zoe@client.example"}),
		"mail server: auth, 535":     errors.Join(run.ErrFailures, &smtp.Error{Stage: smtp.StageAuth, Code: 535, Text: "zoe@client.example"}),
		"mail server: dial":          &smtp.Error{Stage: smtp.StageDial, Err: syscall.ECONNREFUSED},
		"":                           &SignalError{Signal: os.Interrupt},
		"Odoo: login-refused":        errors.Join(&smtp.Error{Stage: smtp.StageDial, Err: syscall.ECONNREFUSED}, &odoo.Error{Kind: odoo.LoginRefused}),
		"mail server: greeting, 421": &smtp.Error{Stage: smtp.StageGreeting, Code: 421},
	} {
		assert.Equal(t, want, Cause(err))
	}
}

func TestTheHelpListsEachExitStatus(t *testing.T) {
	t.Parallel()
	help := Help(0)
	for _, code := range precedence() {
		assert.Contains(t, help, fmt.Sprintf("%11d  ", code))
	}
	assert.Len(t, strings.Split(strings.TrimSpace(help), "\n"), len(precedence())+2, "a heading, and the statuses with 0")
}

func TestWhatTheOutputToldIsNotRepeated(t *testing.T) {
	t.Parallel()
	told := Told(&odoo.Error{Kind: odoo.LoginRefused})
	assert.True(t, Silent(told))
	assert.True(t, Silent(errors.Join(told, nil)))
	assert.Equal(t, Refused, Code(told))
	assert.False(t, Silent(errors.Join(told, &report.WriteError{Err: syscall.ENOSPC})))
	assert.NoError(t, Told(nil))
}

func TestEachHintIsGivenOnce(t *testing.T) {
	t.Parallel()
	hinted := &DefectError{Value: "oops"}
	err := errors.Join(fmt.Errorf("first: %w", hinted), errors.New("oops"), hinted)
	assert.Equal(t, []string{hinted.Hint()}, Hints(err))
	assert.Empty(t, Hints(nil))
}

func TestAPanicBecomesAnError(t *testing.T) {
	t.Parallel()
	err := func() (err error) {
		defer RecoverPanic(&err)
		panic("oops")
	}()
	require.EqualError(t, err, "defect in crm-tool: oops")
	assert.Equal(t, Defect, Code(err))
}

func TestTheTailOfAReportTellsWhatItsItemsDoNot(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	assert.Equal(t, report.Tail{Finished: now, Exit: 1}, Tail(now, fmt.Errorf("remind: %w", run.ErrFailures)))
	defect := &DefectError{Value: "oops"}
	want := report.Tail{Finished: now, Exit: 70, Error: &report.Failure{Message: defect.Error(), Hint: defect.Hint()}}
	assert.Equal(t, want, Tail(now, defect))
}
