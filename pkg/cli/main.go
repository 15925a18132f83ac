package cli

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Main runs the program and returns the exit status of the process.
func Main(env Env) int {
	ctx, stop := untilSignal(env)
	defer stop()
	g := &globals{env: env}
	g.makeRoom()
	err := execute(ctx, g)
	g.explain(err)
	return exitCode(err)
}

// untilSignal returns a context that the first signal ends. The second one
// ends the process.
func untilSignal(env Env) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	go func() {
		for seen := false; ; seen = true {
			select {
			case <-done:
				return
			case s := <-env.Signals:
				if seen {
					env.Abort(exitCode(&signalError{signal: s}))
				}
				cancel(&signalError{signal: s})
			}
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}

// execute runs the command.
func execute(ctx context.Context, g *globals) error {
	return caught(func() error {
		root := newRoot(g)
		root.SetArgs(g.env.Args)
		return errors.Join(root.ExecuteContext(ctx), g.unprinted)
	})
}

// caught turns a panic into an error.
func caught(work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &defectError{value: value, stack: debug.Stack()}
		}
	}()
	return work()
}

// explain writes an error for a person: what happened, and what to do.
func (g *globals) explain(err error) {
	if err == nil || silent(err) {
		return
	}
	g.say("crm-tool: %s\n", err.Error())
	for _, hint := range hints(err) {
		g.say("hint: %s\n", hint)
	}
	if !g.verbose {
		return
	}
	if fault, ok := errors.AsType[*odoo.Error](err); ok && fault.Detail != "" {
		g.say("%s\n", strings.TrimSpace(fault.Detail))
	}
	if defect, ok := errors.AsType[*defectError](err); ok {
		g.say("%s", defect.stack)
	}
}

// silent errors have said all they have to say elsewhere.
func silent(err error) bool {
	codes := codesOf(err)
	return errors.Is(err, run.ErrFailures) && len(codes) == 1
}

// hints collects the hints in the tree of an error, each once.
func hints(err error) []string {
	if err == nil {
		return nil
	}
	if hinter, ok := err.(interface{ Hint() string }); ok {
		if hint := hinter.Hint(); hint != "" {
			return []string{hint}
		}
	}
	var found []string
	switch wrapped := err.(type) { //nolint:errorlint // This is the walk over the tree itself.
	case interface{ Unwrap() []error }:
		for _, e := range wrapped.Unwrap() {
			for _, hint := range hints(e) {
				if !slices.Contains(found, hint) {
					found = append(found, hint)
				}
			}
		}
	case interface{ Unwrap() error }:
		found = hints(wrapped.Unwrap())
	}
	return found
}
