// Package exit maps errors to the exit status of the process, to the hints that
// are printed with them, and to the end of a report.
//
// There is one table of statuses; the help and the documentation are made from
// it. An error of a kind that nobody foresaw is a defect.
package exit

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/mail/token"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/page"
	"github.com/crm-tool/crm-tool/pkg/odoo/shared"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/shell"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// The exit statuses, as in sysexits.h where that has one.
const (
	Done          = 0
	Failed        = 1
	Usage         = 64
	Guard         = 65
	Unavailable   = 69
	Defect        = 70
	Output        = 74
	Temporary     = 75
	Refused       = 77
	Configuration = 78
	Interrupted   = 130
	Terminated    = 143
)

// Status describes one exit status.
type Status struct {
	Code    int
	Meaning string
	// Mails says that mails may have left.
	Mails bool
}

// Statuses returns every status in ascending order.
func Statuses() []Status {
	return []Status{
		{Done, "done, also when nothing was due, a switch is off or records were skipped for a stated reason", true},
		{Failed, "some or all records failed, the others are done; or a mail's outcome became uncertain in this run", true},
		{Usage, "wrong use of the command line", false},
		{Guard, "a guard stopped the run before its first write", false},
		{Unavailable, "Odoo or the mail server cannot be reached, or refuses all mail", true},
		{Defect, "a defect of crm-tool", true},
		{Output, "a file or the output could not be written", true},
		{Temporary, "a temporary refusal (another run holds the lock, the server says later); run again later", true},
		{Refused, "login refused or a right is missing", true},
		{Configuration, "the configuration, a template or the shared state is wrong", false},
		{Interrupted, "ended by SIGINT after finishing the mail in hand", true},
		{Terminated, "ended by SIGTERM after finishing the mail in hand", true},
	}
}

// Lookup returns the description of a status. A status that is not in the table
// has no meaning, and mails may have left.
func Lookup(code int) Status {
	for _, s := range Statuses() {
		if s.Code == code {
			return s
		}
	}
	return Status{Code: code, Mails: true}
}

// precedence returns which status wins when several errors come together.
func precedence() []int {
	return []int{
		Usage, Guard, Defect, Output, Refused, Configuration, Unavailable, Temporary, Terminated, Interrupted, Failed,
	}
}

// Help returns the table for a terminal with that many columns; 0 is for a pipe.
func Help(width int) string {
	const indent = 34 // what stands before the meaning
	var b strings.Builder
	b.WriteString("Exit status  Mails may have left  Meaning\n")
	for _, s := range Statuses() {
		mails := "no"
		if s.Mails {
			mails = "yes"
		}
		lines := []string{s.Meaning}
		if width > indent {
			lines = console.Lines(s.Meaning, width-indent)
		}
		fmt.Fprintf(&b, "%11d  %-19s  %s\n", s.Code, mails, strings.Join(lines, "\n"+strings.Repeat(" ", indent)))
	}
	return b.String()
}

// ErrIneffective says that a setting was written, but another one counts on
// this host.
var ErrIneffective = errors.New("the setting does not count on this host")

// UsageError says that the command line makes no sense.
type UsageError struct{ Err error }

// Usagef returns a [UsageError] with that text; %w works as in [fmt.Errorf].
func Usagef(format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...)}
}

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// WithHint gives an error advice on how to mend it.
func WithHint(err error, hint string) error { return &hintedError{error: err, hint: hint} }

type hintedError struct {
	error

	hint string
}

func (e *hintedError) Unwrap() error { return e.error }
func (e *hintedError) Hint() string  { return e.hint }

// SignalError ends a run that a signal stopped.
type SignalError struct{ Signal os.Signal }

func (e *SignalError) Error() string { return fmt.Sprintf("ended by %s", e.Signal) }

// DefectError is a panic that was recovered.
type DefectError struct {
	Value any
	Stack []byte
}

func (e *DefectError) Error() string { return fmt.Sprintf("defect in crm-tool: %v", e.Value) }

// Hint asks for a report.
func (e *DefectError) Hint() string {
	return "please report it with the output of --verbose; what was sent is recorded in Odoo"
}

// NewDefectError returns the error for a value that was recovered just now.
func NewDefectError(value any) *DefectError { return &DefectError{Value: value, Stack: debug.Stack()} }

// RecoverPanic turns a panic of the function that defers it into its error.
func RecoverPanic(err *error) {
	if value := recover(); value != nil {
		*err = NewDefectError(value)
	}
}

// Code maps an error to the exit status. Of several joined errors, the one
// whose status comes first in precedence decides.
func Code(err error) int {
	if err == nil {
		return Done
	}
	codes := codesOf(err)
	for _, code := range precedence() {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return Defect
}

// Told marks an error about which the output has told everything; nil for none.
func Told(err error) error {
	if err == nil {
		return nil
	}
	return &toldError{err}
}

type toldError struct{ error }

func (e *toldError) Unwrap() error { return e.error }

// Silent says that the output has told everything about the error.
func Silent(err error) bool {
	return errors.Is(err, run.ErrFailures) && len(codesOf(err)) == 1 || isTold(err)
}

// isTold says whether all of a tree of errors was told.
func isTold(err error) bool {
	switch e := err.(type) { //nolint:errorlint // This is a walk over the tree itself.
	case *toldError:
		return true
	case interface{ Unwrap() []error }:
		return !slices.ContainsFunc(e.Unwrap(), func(err error) bool { return !isTold(err) })
	}
	return false
}

// Tail returns the end of a report of a command that ended with err.
func Tail(finished time.Time, err error) report.Tail {
	tail := report.Tail{Finished: finished, Exit: Code(err)}
	if err != nil && !Silent(err) {
		tail.Error = &report.Failure{Message: err.Error(), Hint: strings.Join(Hints(err), "; ")}
	}
	return tail
}

// Hints returns the hints in the tree of an error, each once.
func Hints(err error) []string {
	var found []string
	walk(err, func(err error) bool {
		hinter, ok := err.(interface{ Hint() string })
		if !ok || hinter.Hint() == "" {
			return false
		}
		if !slices.Contains(found, hinter.Hint()) {
			found = append(found, hinter.Hint())
		}
		return true
	})
	return found
}

// codesOf returns the statuses of all known errors in the tree of an error.
func codesOf(err error) []int {
	var codes []int
	walk(err, func(err error) bool {
		code, known := codeOf(err)
		if known {
			codes = append(codes, code)
		}
		return known
	})
	return codes
}

// walk visits an error and the errors that it wraps. What lies below an error
// for which visit returns true only explains it, and is not visited.
func walk(err error, visit func(error) bool) {
	if err == nil || visit(err) {
		return
	}
	switch wrapped := err.(type) { //nolint:errorlint // This is the walk over the tree itself.
	case interface{ Unwrap() []error }:
		for _, e := range wrapped.Unwrap() {
			walk(e, visit)
		}
	case interface{ Unwrap() error }:
		walk(wrapped.Unwrap(), visit)
	}
}

// codeOf returns the status of an error alone, without what it wraps.
func codeOf(err error) (int, bool) {
	switch e := err.(type) { //nolint:errorlint // walk unwraps.
	case *UsageError, *history.UnrecordedRunError:
		return Usage, true
	case *run.GuardError, *mailing.ForgottenError:
		return Guard, true
	case *DefectError:
		return Defect, true
	case *report.WriteError, *os.PathError, *os.LinkError, *console.OutputError, *state.DirError:
		return Output, true
	case *odoo.Error:
		return odooCode(e.Kind), true
	case *page.Error:
		return odooCode(e.Kind), true
	case *odoo.FieldError:
		return Unavailable, true
	case *config.ProblemsError, *configfile.EditError, config.Problem, *overlay.FileError, *instance.Error, *archive.UnknownRunError,
		*history.DamagedRunError, *ledger.ClocksError, *crm.SurveyError, *questionnaire.UnknownError, *shared.CrowdedError, *ownership.KeyError:
		return Configuration, true
	case *state.LockedError, *shell.HookError:
		return Temporary, true
	case *SignalError:
		if e.Signal == syscall.SIGTERM {
			return Terminated, true
		}
		return Interrupted, true
	case *token.Error:
		return tokenCode(e.Kind), true
	case *smtp.Error:
		if failed, ok := errors.AsType[*token.Error](e.Err); ok {
			return tokenCode(failed.Kind), true
		}
		switch {
		case e.Code != 0 && e.Temporary():
			return Temporary, true
		case e.Code != 0 && e.Stage == smtp.StageAuth:
			return Refused, true
		}
		return Unavailable, true
	}
	// The values themselves: walk unwraps what wraps them.
	if err == run.ErrNoOpportunity { //nolint:errorlint // walk unwraps.
		return Usage, true
	}
	failed := err == run.ErrFailures || err == ErrIneffective //nolint:errorlint // walk unwraps.
	return Failed, failed
}

// tokenCode returns the status of a request for an access token that failed.
func tokenCode(k token.Kind) int {
	switch k {
	case token.Refused:
		return Refused
	case token.Misconfigured:
		return Configuration
	case token.Later:
		return Temporary
	case token.Unreachable:
		return Unavailable
	}
	return Unavailable
}

// odooCode returns the status of a failed call to Odoo.
func odooCode(k odoo.Kind) int {
	switch k {
	case odoo.Misconfigured, odoo.Redirected, odoo.TooOld, odoo.UnknownDatabase, odoo.MissingApp, odoo.ClocksApart:
		return Configuration
	case odoo.LoginRefused, odoo.AccessDenied:
		return Refused
	case odoo.Temporary:
		return Temporary
	case odoo.Defect:
		return Defect
	case odoo.Unreachable, odoo.Untrusted, odoo.Timeout, odoo.ProxyFailed, odoo.NotOdoo, odoo.Truncated, odoo.TooLarge,
		odoo.TooDeep, odoo.Malformed, odoo.NoClock, odoo.MissingRecord, odoo.UnknownName, odoo.Invalid, odoo.ServerFault:
		return Unavailable
	}
	return Unavailable
}
