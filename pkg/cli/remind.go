package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func newRemindCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{Head: report.Head{Command: "remind"}, Switch: job.Reminders, Mails: true, Title: "Reminders"}
	cmd := &cobra.Command{
		Use:  "remind",
		Args: command.Subcommands,
		RunE: inJob(h, &spec, runRemind),
	}
	bindMails(cmd.Flags(), &spec)
	cmd.AddCommand(newSettleCmd(h), newRemindReportCmd(h))
	return cmd
}

func runRemind(ctx context.Context, j *job.Job, _ []string) error {
	r, err := newWorkingReminders(ctx, j)
	if err != nil {
		return err
	}
	// Of several parts, one is enough.
	if j.Base.Select.Shard.Index == 0 && j.Remember(func(r *lastrun.Record) { r.Conversions = j.Gateway.Conversions() }) {
		j.Gateway.Learn()
	}
	return r.Run(ctx)
}

// newWorkingReminders is newReminders with the working days, for what asks when a
// reminder leaves.
func newWorkingReminders(ctx context.Context, j *job.Job) (*remind.Run, error) {
	r := newReminders(j)
	var err error
	r.Policy, err = j.WorkingPolicy(ctx)
	return r, err
}

// newReminders wires the run that reminds.
func newReminders(j *job.Job) *remind.Run {
	r := &remind.Run{Base: j.Base, Courier: j.Courier(), Composer: j.Composer(), Policy: j.ReminderPolicy(), Stops: j.Stops()}
	r.Holds = holds(j)
	return r
}

// holds returns what to look for that holds reminders back.
func holds(j *job.Job) *run.Holds {
	c := j.Config
	return &run.Holds{
		Zone: j.Zone, Ahead: c.Reminders.HoldForActivity, Quiet: c.Reminders.QuietDays, LowScore: float64(c.Feedback.LowScore),
	}
}
