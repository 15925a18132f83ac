// Package scheduling has the command that prints schedules for the runs.
package scheduling

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

// flags are what the settings do not say.
type flags struct {
	every   schedule.Interval
	program string
	image   string
}

// NewCmd returns the command.
func NewCmd(h *job.Host) *cobra.Command {
	f := &flags{every: schedule.Daily}
	cmd := &cobra.Command{
		Use:  "schedule crontab|systemd|kubernetes",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runSchedule(cmd, h, args[0], f) },
	}
	var names []string
	for _, form := range schedule.Forms() {
		names = append(names, string(form))
	}
	cmd.ValidArgsFunction = cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)
	cmd.Flags().Var(command.NewChoice(&f.every, schedule.Intervals()...), "every", "how often the commands run")
	cmd.Flags().StringVar(&f.program, "program", "", "the `FILE` that is run; by default this program")
	cmd.Flags().StringVar(&f.image, "image", "", "the `IMAGE` that Kubernetes runs, best by its digest; by default that of this version")
	return cmd
}

func runSchedule(cmd *cobra.Command, h *job.Host, name string, f *flags) (err error) {
	defer exit.RecoverPanic(&err)
	var form schedule.Form
	if err := command.NewChoice(&form, schedule.Forms()...).Set(name); err != nil {
		return exit.Usagef("there is no schedule for %q: %w", name, err)
	}
	s, err := h.Open(cmd.Context(), config.NeedOdoo)
	if err != nil {
		return err
	}
	defer s.Close()
	plan, err := planOf(s, form, f, h.Clock())
	if err != nil {
		return err
	}
	plan.Again = again(cmd, form)
	text, err := plan.Write(form)
	if err != nil {
		return err
	}
	return h.Print("%s", text)
}

// again returns the command that prints the same.
func again(cmd *cobra.Command, form schedule.Form) string {
	words := []string{cmd.CommandPath(), string(form)}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{"config", "every", "image", "program"}, f.Name) {
			words = append(words, "--"+f.Name, schedule.Quoted(f.Value.String()))
		}
	})
	return strings.Join(words, " ")
}

// planOf returns what the settings say about when and how commands run.
func planOf(s *job.Session, form schedule.Form, f *flags, now time.Time) (schedule.Plan, error) {
	plan := schedule.Plan{Zone: s.Zone.String(), Every: f.every, Program: f.program}
	pace := schedule.Pace{Every: f.every, Window: s.Config.Reminders.Window, URL: s.Instance.URL, Database: s.Instance.Database}
	var err error
	switch form {
	case schedule.Crontab:
		pace.Ahead = schedule.Distances(s.Zone, now.Location(), now)
		plan.Clock = clockOf(s.Zone, pace.Ahead)
		err = addHost(&plan, s)
	case schedule.Systemd:
		err = addHost(&plan, s)
	case schedule.Kubernetes:
		err = addCluster(&plan, s, f.image)
	}
	if err != nil {
		return plan, err
	}
	return plan, addJobs(&plan, s, pace)
}

// clockOf says whose times a crontab has.
func clockOf(zone *time.Location, ahead [2]time.Duration) string {
	text := "Times are those of this host's clock, because not every cron knows time zones."
	switch {
	case ahead == [2]time.Duration{}:
		return text
	case ahead[0] == ahead[1]:
		return fmt.Sprintf("%s The time in %s is that and %s, all year round.", text, zone, signed(ahead[0]))
	default:
		return fmt.Sprintf("%s The time in %s is that and %s to %s, by the season.", text, zone, signed(ahead[0]), signed(ahead[1]))
	}
}

// signed writes a distance in hours and minutes.
func signed(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

// packaged is the unit that packages bring.
const packaged = "/usr/lib/systemd/system/crm-tool@.service"

// addHost adds what cron and systemd have to know of this host.
func addHost(plan *schedule.Plan, s *job.Session) (err error) {
	if plan.Program == "" {
		if plan.Program, err = os.Executable(); err != nil {
			return fmt.Errorf("find this program, which --program names otherwise: %w", err)
		}
	}
	if plan.Config, err = unusualFile(s.Settings); err != nil {
		return err
	}
	if _, err := os.Stat(packaged); err == nil {
		plan.Packaged = true
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look for the units of a package: %w", err)
	}
	addUnknown(plan, s.Settings)
	files := append(filesOf(s.Settings), plan.Config)
	plan.Home = slices.ContainsFunc(files, inHome)
	for _, v := range s.Settings.List() {
		if v.Key.Name == "monitor.metrics_file" && here(v) {
			plan.Writable = filepath.Dir(resolved(v))
		}
	}
	return nil
}

// addUnknown names the settings that cron and systemd do not have.
func addUnknown(plan *schedule.Plan, settings *config.Settings) {
	var names []string
	for _, v := range settings.List() {
		if v.Source.Layer == config.FromEnvironment && v.String() != "" && v.Key.Name != "state_dir" {
			names = append(names, v.Key.Name)
		}
	}
	if len(names) > 0 {
		plan.Left = append(plan.Left, "Only the environment of the shell that printed this sets "+strings.Join(names, ", ")+
			". Put that into the configuration file: crm-tool config set NAME VALUE.")
	}
}

// inHome says that a file lies in a folder that ProtectHome= of systemd hides.
func inHome(file string) bool {
	return slices.ContainsFunc([]string{"/home/", "/root/", "/run/user/"}, func(folder string) bool { return strings.HasPrefix(file, folder) })
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

// addJobs adds the commands that are switched on, in their order.
func addJobs(plan *schedule.Plan, s *job.Session, pace schedule.Pace) error {
	times, err := pace.Each()
	if err != nil {
		return exit.Usagef("%w", err)
	}
	switches := map[string]struct {
		on   job.Switch
		what string
	}{
		"remind": {job.Reminders, "Reminders are"}, "archive": {job.Archiving, "Archiving is"}, "feedback": {job.Feedback, "Questionnaires are"},
	}
	for i, j := range schedule.Commands() {
		j.Times = times[i]
		if i == 0 {
			addWhen(&j, s.Config.Reminders)
		}
		is := switches[j.Command[0]]
		off, err := is.on.OffAt(s.Settings)
		switch {
		case err != nil:
			return err
		case off == "":
			plan.Jobs = append(plan.Jobs, j)
			continue
		}
		text := is.what + " switched off (" + off + "). When that has changed, print the schedule anew."
		if !slices.Contains(plan.Left, text) {
			plan.Left = append(plan.Left, text)
		}
	}
	return nil
}

// addWhen says when reminders leave, and why then.
func addWhen(j *schedule.Job, r config.Reminders) {
	switch {
	case r.WorkingDays && !r.Window.IsZero():
		j.Why = "Reminders, on every day and within reminders.window: which days are working days, a run asks Odoo (reminders.working_days)."
	case r.WorkingDays:
		j.Why = "Reminders, on every day: which of them are working days, a run asks Odoo (reminders.working_days)."
	case !r.Window.IsZero():
		j.Why += " The time is within reminders.window."
	}
	j.Daily = r.WorkingDays
}
