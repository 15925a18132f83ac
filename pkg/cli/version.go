package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  crm-tool version",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			return g.print("crm-tool %s\n", version())
		},
	}
}

// version is that of the module, as the Go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// outputError says that standard output cannot be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return "write the output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }

// say writes a message to standard error. Where that cannot be written there
// is nobody to tell.
func (g *globals) say(format string, args ...any) {
	_, _ = fmt.Fprintf(g.env.Stderr, format, args...)
}

// print writes to standard output.
func (g *globals) print(format string, args ...any) error {
	if _, err := fmt.Fprintf(g.env.Stdout, format, args...); err != nil {
		return &outputError{err: err}
	}
	return nil
}
