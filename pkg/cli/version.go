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
		RunE: func(*cobra.Command, []string) error {
			return h.Print("crm-tool %s\n", job.Version())
		},
	}
}
