package cli

import (
	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
)

func newVersionCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "version",
		Args: command.Exactly(0),
		RunE: func(*cobra.Command, []string) error { return printVersion(h) },
	}
}

func printVersion(h *job.Host) error { return h.Print("crm-tool %s\n", job.Version()) }

// bindVersion gives the root the flag --version, which most programs have.
func bindVersion(h *job.Host, root *cobra.Command) {
	version := root.Flags().Bool("version", false, "print the version, as crm-tool version does")
	help := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *version {
			return printVersion(h)
		}
		return help(cmd, args)
	}
}
