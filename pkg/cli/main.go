// Package cli is the command line: the tree of commands, their flags, and the runs
// that they are wired to.
//
// Each command has one file, in this order: its options, its constructor, the
// function that runs it, what it prints. Its help is a text in the folder help. A
// command that does a run begins and ends a [job.Job]; what the run does lies in
// its own package. Only this package and those below it know cobra and touch the
// process.
package cli

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/shell"
)

// Env is what the process gives to [Main].
type Env = console.Env

// System returns the Env of this process.
func System() Env { return console.System() }

// memoryLimit is how much memory Go's runtime takes before it collects garbage more often.
const memoryLimit = 34 << 20

// KeepMemorySmall lets this process collect garbage early rather than take more memory. A
// GOMEMLIMIT in the environment wins.
func KeepMemorySmall() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}

// Main runs the program and returns the exit status of the process.
func Main(env Env) int {
	ctx, stop := untilSignal(env)
	defer stop()
	h := &job.Host{Console: console.New(env), Commands: shell.New(ctx, env.Environ)}
	err := execute(ctx, h)
	explainError(h, err)
	return exit.Code(err)
}

// untilSignal returns a context that the first signal ends. The second signal
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
				err := &exit.SignalError{Signal: s}
				if seen {
					env.Abort(exit.Code(err))
				}
				cancel(err)
			}
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}

// execute runs the command that the arguments name. cobra would drop the error
// of a help text that cannot be written.
func execute(ctx context.Context, h *job.Host) (err error) {
	defer exit.RecoverPanic(&err)
	root := newRoot(h)
	root.SetArgs(h.Args)
	root.SetIn(h.Stdin)
	root.SetOut(h.Stdout)
	root.SetErr(h.Stderr)
	var unprinted error
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { unprinted = h.Print("%s", helpText(cmd, h.Width)) })
	return errors.Join(root.ExecuteContext(ctx), unprinted)
}

// explainError writes an error for a person: what happened, and what to do.
func explainError(h *job.Host, err error) {
	if err == nil || exit.Silent(err) {
		return
	}
	h.Say("crm-tool: %s\n", err.Error())
	for _, hint := range exit.Hints(err) {
		h.Say("hint: %s\n", hint)
	}
	if !h.Verbose {
		return
	}
	if fault, ok := errors.AsType[*odoo.Error](err); ok && fault.Detail != "" {
		h.Say("%s\n", strings.TrimSpace(fault.Detail))
	}
	if defect, ok := errors.AsType[*exit.DefectError](err); ok {
		h.Say("%s", defect.Stack)
	}
}
