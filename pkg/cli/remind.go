package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newRemindCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{Head: report.Head{Command: "remind"}, Switch: job.Reminders, Mails: true, Title: "Reminders"}
	cmd := &cobra.Command{
		Use:  "remind",
		Args: command.Subcommands,
		RunE: inJob(h, &spec, runRemind),
	}
	bindMails(cmd.Flags(), &spec)
	cmd.AddCommand(newSettleCmd(h))
	return cmd
}

func runRemind(ctx context.Context, j *job.Job, _ []string) error {
	return newReminders(j).Run(ctx)
}

// newReminders wires the run that reminds.
func newReminders(j *job.Job) *remind.Run {
	return &remind.Run{Base: j.Base, Courier: j.Courier(), Composer: j.Composer(), Policy: j.ReminderPolicy()}
}
