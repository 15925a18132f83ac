package cli

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/report"
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
	_, _ = fmt.Fprintf(visible{g.env.Stderr}, format, args...)
}

// visible keeps what others wrote, in Odoo or on the way, from acting on the
// terminal. Each message is written at once.
type visible struct{ w io.Writer }

func (v visible) Write(p []byte) (int, error) {
	if _, err := io.WriteString(v.w, report.Visible(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// print writes to standard output.
func (g *globals) print(format string, args ...any) error {
	if _, err := fmt.Fprintf(g.env.Stdout, format, args...); err != nil {
		return &outputError{err: err}
	}
	return nil
}
