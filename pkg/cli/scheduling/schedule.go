// Package scheduling has the command that prints schedules for the runs.
package scheduling

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

// scheduleFlags are what the settings do not say.
type scheduleFlags struct {
	program string
}

// NewCmd returns the command.
func NewCmd(h *job.Host) *cobra.Command {
	flags := &scheduleFlags{}
	cmd := &cobra.Command{
		Use:  "schedule crontab|systemd|kubernetes",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runSchedule(cmd.Context(), h, args[0], flags) },
	}
	var names []string
	for _, f := range schedule.Forms() {
		names = append(names, string(f))
	}
	cmd.ValidArgsFunction = cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)
	cmd.Flags().StringVar(&flags.program, "program", "/usr/local/bin/crm-tool", "the `FILE` that is run")
	return cmd
}

func runSchedule(ctx context.Context, h *job.Host, name string, flags *scheduleFlags) (err error) {
	defer exit.RecoverPanic(&err)
	var form schedule.Form
	if err := command.NewChoice(&form, schedule.Forms()...).Set(name); err != nil {
		return exit.Usagef("there is no schedule for %q: %w", name, err)
	}
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return err
	}
	defer s.Close()
	file, err := unusualFile(s.Settings)
	if err != nil {
		return err
	}
	plan, err := schedulePlan(s, file, flags.program)
	if err != nil {
		return err
	}
	text, err := plan.Write(form)
	if err != nil {
		return err
	}
	return h.Print("%s", text)
}

// usualFile is the configuration that every user's crm-tool finds.
const usualFile = "/etc/crm-tool/config.yaml"

// unusualFile returns the configuration file that a schedule has to name, or nothing.
func unusualFile(settings *config.Settings) (string, error) {
	file, exists := settings.Path()
	if !exists || file == usualFile {
		return "", nil
	}
	return filepath.Abs(file)
}

// The times of day, in minutes, at which things begin: in the morning, if
// reminders.window does not say otherwise, and then after each other, within the
// minutes that an offset may add.
const (
	morning     = 8 * 60
	mostOffset  = 30
	archiveGap  = 30
	collectGap  = 45
	questionGap = 60
)

// schedulePlan returns what the settings say about when commands run.
func schedulePlan(s *job.Session, file, program string) (schedule.Plan, error) {
	p := schedule.Plan{Zone: s.Zone.String(), Program: program, Config: file}
	r := s.Config.Reminders
	begin, room := morning, mostOffset
	if w := r.Window; !w.IsZero() {
		begin, room = w.From, min(mostOffset, w.Minutes())
	}
	begin += schedule.Offset(s.Instance.URL, s.Instance.Database, room)
	why := "Reminders, from Monday to Friday. What fell due at the weekend leaves on Monday, within reminders.catch_up_days."
	switch {
	case r.WorkingDays && !r.Window.IsZero():
		why = "Reminders, on every day and within reminders.window: which days are working days, a run asks Odoo (reminders.working_days)."
	case r.WorkingDays:
		why = "Reminders, on every day: which of them are working days, a run asks Odoo (reminders.working_days)."
	case !r.Window.IsZero():
		why += " The time is within reminders.window."
	}
	for _, j := range []struct {
		on   job.Switch
		what string
		job  schedule.Job
	}{
		{job.Reminders, "Reminders are", schedule.Job{Command: []string{"remind"}, Minute: begin, Daily: r.WorkingDays, Why: why}},
		{job.Archiving, "Archiving is", schedule.Job{
			Command: []string{"archive"}, Minute: begin + archiveGap,
			Why: "Archiving, after the reminders: an opportunity with a reminder still to send is not archived.",
		}},
		{job.Feedback, "Questionnaires are", schedule.Job{
			Command: []string{"feedback", "collect"}, Minute: begin + collectGap, Why: "Answers to questionnaires, before clients are asked again.",
		}},
		{job.Feedback, "", schedule.Job{Command: []string{"feedback", "send"}, Minute: begin + questionGap, Why: "Questionnaires about finished activities."}},
	} {
		off, err := j.on.OffAt(s.Settings)
		switch {
		case err != nil:
			return p, err
		case off == "":
			p.Jobs = append(p.Jobs, j.job)
		case j.what != "":
			p.Off = append(p.Off, j.what+" switched off ("+off+"). When that has changed, print the schedule anew.")
		}
	}
	return p, nil
}
