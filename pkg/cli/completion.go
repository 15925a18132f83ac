package cli

import (
	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
)

func newCompletionCmd(h *job.Host) *cobra.Command {
	shells := command.Shells()
	return &cobra.Command{
		Use:  "completion SHELL",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var shell string
			if err := command.NewChoice(&shell, shells...).Set(args[0]); err != nil {
				return exit.Usagef("there is no completion for %q: %w", args[0], err)
			}
			script, err := command.Completion(cmd.Root(), shell)
			if err != nil {
				return err
			}
			return h.Print("%s", script)
		},
		ValidArgsFunction: cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp),
	}
}
