package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const remindExample = `  crm-tool remind                          mail what is due
  crm-tool remind --dry-run                show what would be mailed
  crm-tool remind --save-mails /tmp/mails  look at the mails
  crm-tool remind --opportunity 42         one opportunity, and why not`

func newRemindCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{Head: report.Head{Command: "remind"}, Switch: job.Reminders, Mails: true, Title: "Reminders"}
	cmd := &cobra.Command{
		Use:   "remind",
		Short: "Mail the reminders that are due, salesperson in CC",
		Long: "Mail the reminders that are due, each once, to the client, with the salesperson in CC.\n\n" +
			"A reminder is due at the ages in reminders.days, in calendar days since the opportunity's creation, or\n" +
			"since its conversion when it was a lead before, and for reminders.catch_up_days after that.",
		Example: remindExample,
		Args:    command.Subcommands,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runRemind(cmd.Context(), h, spec) },
	}
	bindMails(cmd.Flags(), &spec)
	cmd.AddCommand(newSettleCmd(h))
	return cmd
}

func runRemind(ctx context.Context, h *job.Host, spec job.Spec) (err error) {
	j := job.New(h, spec)
	defer j.End(ctx, &err)
	if err := j.Begin(ctx); err != nil {
		return err
	}
	return newReminders(j).Run(ctx)
}

// newReminders wires the run that reminds.
func newReminders(j *job.Job) *remind.Run {
	return &remind.Run{Base: j.Base, Courier: j.Courier(), Composer: j.Composer(), Policy: j.ReminderPolicy()}
}
