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
		Use:   "demo",
		Short: "Show every command on a built-in Odoo and mailbox",
		Long: "Show every command on a sandbox: a stand-in for Odoo with a small company's pipeline, and a mailbox, both inside\n" +
			"this process. No server is needed, and no mail leaves this host.",
		Example: "  crm-tool demo\n" +
			"  crm-tool demo --serve    stay open afterwards, and answer a questionnaire in your browser",
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
