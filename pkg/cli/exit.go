package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// The exit statuses, after sysexits.h where that has one.
const (
	exitDone          = 0
	exitFailed        = 1
	exitUsage         = 64
	exitGuard         = 65
	exitUnavailable   = 69
	exitDefect        = 70
	exitOutput        = 74
	exitTemporary     = 75
	exitRefused       = 77
	exitConfiguration = 78
	exitInterrupted   = 130
	exitTerminated    = 143
)

// ExitStatus describes one exit status.
type ExitStatus struct {
	Code    int
	Meaning string
	// Mails tells whether mails can have left.
	Mails bool
}

// ExitStatuses returns all that there are, in ascending order.
func ExitStatuses() []ExitStatus {
	return []ExitStatus{
		{exitDone, "done, also when nothing was due, a switch is off or records were skipped for a stated reason", true},
		{exitFailed, "some or all records failed, the others are done; or a mail's outcome became uncertain in this run", true},
		{exitUsage, "wrong use of the command line", false},
		{exitGuard, "a guard stopped the run before its first write", false},
		{exitUnavailable, "Odoo or the mail server cannot be reached, or refuses all mail", true},
		{exitDefect, "a defect of crm-tool", true},
		{exitOutput, "a file or the output could not be written", true},
		{exitTemporary, "a temporary refusal (another run holds the lock, the server says later); run again later", true},
		{exitRefused, "login refused or a right is missing", true},
		{exitConfiguration, "the configuration, a template or the shared state is wrong", false},
		{exitInterrupted, "ended by SIGINT after finishing the mail in hand", true},
		{exitTerminated, "ended by SIGTERM after finishing the mail in hand", true},
	}
}

// exitMeaning says what a status means; it is empty for one that is none.
func exitMeaning(code int) string {
	for _, s := range ExitStatuses() {
		if s.Code == code {
			return s.Meaning
		}
	}
	return ""
}

// exitOrder is which status wins when several errors came together.
func exitOrder() []int {
	return []int{
		exitUsage, exitGuard, exitDefect, exitOutput, exitRefused, exitConfiguration, exitUnavailable, exitTemporary,
		exitTerminated, exitInterrupted, exitFailed,
	}
}

// exitHelp is the table of `crm-tool help exit-codes`, for a terminal of that
// width; 0 is for a pipe.
func exitHelp(width int) string {
	const indent = 34 // what stands before the meaning
	var b strings.Builder
	b.WriteString("Exit status  Mails may have left  Meaning\n")
	for _, s := range ExitStatuses() {
		mails := "no"
		if s.Mails {
			mails = "yes"
		}
		lines := []string{s.Meaning}
		if width > indent {
			lines = filled(s.Meaning, width-indent)
		}
		fmt.Fprintf(&b, "%11d  %-19s  %s\n", s.Code, mails, strings.Join(lines, "\n"+strings.Repeat(" ", indent)))
	}
	return b.String()
}

// usageError is a command line that makes no sense.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// signalError ends a run that was told to stop.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return fmt.Sprintf("ended by %s", e.signal) }

// defectError is a panic that was caught.
type defectError struct {
	value any
	stack []byte
}

func (e *defectError) Error() string { return fmt.Sprintf("defect in crm-tool: %v", e.value) }

// Hint tells where to go with it.
func (e *defectError) Hint() string {
	return "please report it with the output of --verbose; what was sent is recorded in Odoo"
}

// exitCode maps an error to the exit status. An error that joins several ends
// with the one that comes first in exitOrder; one of unknown kind is a defect.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	codes := codesOf(err)
	for _, code := range exitOrder() {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitDefect
}

// codesOf walks the tree of an error and collects the statuses of all that it
// knows. What is below a known error only explains it.
func codesOf(err error) []int {
	if code, known := codeOf(err); known {
		return []int{code}
	}
	switch wrapped := err.(type) { //nolint:errorlint // This is the walk over the tree itself.
	case interface{ Unwrap() []error }:
		var codes []int
		for _, e := range wrapped.Unwrap() {
			codes = append(codes, codesOf(e)...)
		}
		return codes
	case interface{ Unwrap() error }:
		return codesOf(wrapped.Unwrap())
	}
	return nil
}

func codeOf(err error) (int, bool) {
	switch e := err.(type) { //nolint:errorlint // codesOf unwraps.
	case *usageError:
		return exitUsage, true
	case *run.GuardError:
		return exitGuard, true
	case *defectError:
		return exitDefect, true
	case *report.WriteError, *os.PathError, *outputError, *state.DirError:
		return exitOutput, true
	case *odoo.Error:
		return odooCode(e.Kind), true
	case *odoo.FieldError:
		return exitUnavailable, true
	case *config.ProblemsError, *config.EditError, config.Problem, *overlay.FileError, *run.InstanceError, *run.UnknownRunError, *run.DamagedRunError, *run.SurveyError, *odoo.PageError, *questionnaire.FileError, *questionnaire.UnknownError, *odoo.DuplicateError:
		return exitConfiguration, true
	case *state.LockedError:
		return exitTemporary, true
	case *signalError:
		if e.signal == syscall.SIGTERM {
			return exitTerminated, true
		}
		return exitInterrupted, true
	case *smtp.Error:
		switch {
		case e.Code != 0 && e.Temporary():
			return exitTemporary, true
		case e.Code != 0 && e.Stage == smtp.StageAuth:
			return exitRefused, true
		}
		return exitUnavailable, true
	}
	// The values themselves: what wraps them is walked by codesOf.
	failed := err == run.ErrFailures || err == errOverridden //nolint:errorlint // codesOf unwraps.
	return exitFailed, failed
}

// odooCode maps a failure of the connection to Odoo.
func odooCode(k odoo.Kind) int {
	switch k {
	case odoo.Misconfigured, odoo.Redirected, odoo.TooOld, odoo.UnknownDatabase, odoo.MissingApp, odoo.ClocksApart:
		return exitConfiguration
	case odoo.LoginRefused, odoo.AccessDenied:
		return exitRefused
	case odoo.Temporary:
		return exitTemporary
	case odoo.Defect:
		return exitDefect
	case odoo.Unreachable, odoo.Untrusted, odoo.Timeout, odoo.ProxyFailed, odoo.NotOdoo, odoo.Truncated, odoo.TooLarge,
		odoo.TooDeep, odoo.Malformed, odoo.NoClock, odoo.MissingRecord, odoo.UnknownName, odoo.Invalid, odoo.ServerFault:
		return exitUnavailable
	}
	return exitUnavailable
}
