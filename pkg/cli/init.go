package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/interview"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
)

func newInitCmd(h *job.Host) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Ask for the connections, try each answer, write the configuration",
		Long: "Ask at the terminal for Odoo, the mail server and the sender, try each answer at once, and write the configuration\n" +
			"to the path that `crm-tool config path` prints. Nothing is written in Odoo, and no mail is sent. What fails can be corrected,\n" +
			"or kept as it is.\n\n" +
			"The passwords go into files of their own beside the configuration, " + interview.OdooSecretFile + " and " + interview.SMTPSecretFile + ", so that it can be shown\n" +
			"to others and kept under version control. All of them have mode 0600. Other settings in an existing file are kept;\n" +
			"its comments are not.\n\n" +
			"Without a terminal, it prints a configuration to fill in, with every setting and what it does.",
		Example: "  crm-tool init\n" +
			"  crm-tool init --config ./config.yaml     into this file\n" +
			"  crm-tool init < /dev/null > config.yaml  only the template",
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
	template, err := config.Template(nil)
	if err != nil {
		return err
	}
	return h.Print("%s", template)
}
