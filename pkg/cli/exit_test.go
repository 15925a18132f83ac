package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/config"
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
		{"a setting that does not count here", errOverridden, 1},
		{"a wrong command line", &usageError{err: errors.New("what?")}, 64},
		{"a guard", fmt.Errorf("remind: %w", &run.GuardError{}), 65},
		{"an Odoo that is down", &odoo.Error{Kind: odoo.Unreachable}, 69},
		{"a mail server that is down", &smtp.Error{Stage: smtp.StageDial, Err: syscall.ECONNREFUSED}, 69},
		{"a mail server that refuses the login", &smtp.Error{Stage: smtp.StageAuth, Code: 535}, 77},
		{"a panic", &defectError{value: "oops"}, 70},
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
		{"a broken template", &templatesError{dir: "x", err: &overlay.FileError{File: "a"}}, 78},
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
	help := exitHelp(0)
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
		Environ: []string{"HOME=" + t.TempDir()}, Abort: func(int) {}, Files: untouched{},
	})
	return status, out.String(), errs.String()
}

// untouched is a host on which nobody has set up crm-tool, whatever this one
// is.
type untouched struct{ config.OSFiles }

// ReadFile does not find the configuration of this host.
func (f untouched) ReadFile(name string) ([]byte, error) {
	if strings.HasPrefix(name, "/etc/crm-tool/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.OSFiles.ReadFile(name)
}

// Stat does not find it either.
func (f untouched) Stat(name string) (fs.FileInfo, error) {
	if strings.HasPrefix(name, "/etc/crm-tool/") {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return f.OSFiles.Stat(name)
}
