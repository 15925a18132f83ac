package cli

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
)

func newVersionCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  crm-tool version",
		Args:    command.Exactly(0),
		RunE: func(*cobra.Command, []string) error {
			return g.Print("crm-tool %s\n", version())
		},
	}
}

// version returns the version of the module, as the Go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
