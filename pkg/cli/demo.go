package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/demo"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
)

func newDemoCmd(h *job.Host) *cobra.Command {
	options := demo.Options{}
	cmd := &cobra.Command{
		Use:  "demo",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Run(cmd.Context(), h.Console, options, func(ctx context.Context, env Env) error {
				return execute(ctx, &job.Host{Console: console.New(env)})
			})
		},
	}
	cmd.Flags().StringVar(&options.Dir, "dir", "", "put configuration and mails in `DIR`; by default a new temporary folder")
	cmd.Flags().BoolVar(&options.Serve, "serve", false, "keep the sandbox open afterwards, until Ctrl-C")
	return cmd
}
