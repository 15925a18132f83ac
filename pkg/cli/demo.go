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
		Short: "Show the whole job against an embedded Odoo and mailbox",
		Long: "Show the whole job on a sandbox: a stand-in for Odoo with a small company's pipeline, and a mailbox, both\n" +
			"inside this process. No server is needed, and no mail leaves this host.",
		Example: "  crm-tool demo\n" +
			"  crm-tool demo --serve    stay open afterwards, and answer a questionnaire in your browser",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Run(cmd.Context(), h.Console, options, func(ctx context.Context, env Env) error {
				return execute(ctx, &job.Host{Console: console.New(env)})
			})
		},
	}
	cmd.Flags().StringVar(&options.Dir, "dir", "", "where to put the configuration and the mails; a new temporary folder by default")
	cmd.Flags().BoolVar(&options.Serve, "serve", false, "keep the sandbox open afterwards, until Ctrl-C")
	return cmd
}
