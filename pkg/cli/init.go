package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/interview"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
)

func newInitCmd(h *job.Host) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:  "init",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runInit(cmd.Context(), h, force) },
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace files that exist without asking")
	return cmd
}

// runInit prints the template when there is nobody to ask.
func runInit(ctx context.Context, h *job.Host, force bool) error {
	if h.AtTerminal() {
		return interview.Run(ctx, h, force)
	}
	template, err := configfile.Template(nil)
	if err != nil {
		return err
	}
	return h.Print("%s", template)
}
