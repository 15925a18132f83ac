// Package schedule writes when the commands of crm-tool run, in the form of a
// scheduler: a crontab, units of systemd, or objects of Kubernetes.
//
// It is pure: what it writes depends on the [Plan] alone. The examples for systemd and
// Kubernetes are written by it, too.
package schedule

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

// Form is a scheduler.
type Form string

// The forms.
const (
	Crontab    Form = "crontab"
	Systemd    Form = "systemd"
	Kubernetes Form = "kubernetes"
)

// Forms are all.
func Forms() []Form { return []Form{Crontab, Systemd, Kubernetes} }

// Plan is what is to run, and when.
type Plan struct {
	// Again is the command that prints the plan.
	Again string
	// Zone is the name of the time zone of all times; empty for that of the host.
	Zone string
	// Clock is said about the times in a crontab, which knows no zones.
	Clock string
	// Every is how often the jobs run.
	Every Interval
	// Program is the path of crm-tool, Config that of a configuration file, which it
	// finds without if it is empty.
	Program, Config string
	// Packaged says that the host has the units of systemd that a package brings.
	Packaged bool
	// Home says that the settings name files in folders of users.
	Home bool
	// Writable is a folder that runs write to besides that of their state; empty for none.
	Writable string
	Jobs     []Job
	// Left says what is left out, and why.
	Left []string
	// Cluster is what Kubernetes alone has to know.
	Cluster Cluster
}

// Job is a command that runs at some times.
type Job struct {
	// Command are its words, as in feedback send.
	Command []string
	Times   Times
	// Daily says that it runs on each day, not from Monday to Friday alone.
	Daily bool
	// Why is said about it, in a sentence or two.
	Why string
}

// Commands returns the commands of a day in the order in which they run, without times.
func Commands() []Job {
	return []Job{
		{
			Command: []string{"remind"},
			Why:     "Reminders, from Monday to Friday. What fell due at the weekend leaves on Monday, within reminders.catch_up_days.",
		},
		{
			Command: []string{"archive"},
			Why:     "Archiving, after the reminders: an opportunity with a reminder still to send is not archived.",
		},
		{Command: []string{"feedback", "collect"}, Why: "Answers to questionnaires, before clients are asked again."},
		{Command: []string{"feedback", "send"}, Why: "Questionnaires about finished activities."},
	}
}

// Name is what a unit or an object of the job is called.
func (j Job) Name() string { return "crm-tool-" + j.Component() }

// Component is the command in one word.
func (j Job) Component() string { return strings.Join(j.Command, "-") }

// Words are the command as it is typed.
func (j Job) Words() string { return strings.Join(j.Command, " ") }

// Cron is the time in the five fields of cron.
func (j Job) Cron() string { return j.Times.Cron(j.Daily) }

// Calendar is the time as systemd writes it, without a zone.
func (j Job) Calendar() string { return j.Times.Calendar(j.Daily) }

// Days are when it runs, in words.
func (j Job) Days() string {
	if j.Daily {
		return "every day"
	}
	return "Monday to Friday"
}

// Unit is a service of systemd with its timer: one or more jobs that run one after
// another, at the time of the first.
type Unit struct {
	// Instance is its name after crm-tool@.
	Instance string
	Jobs     []Job
}

// Timer is the name of the timer, without its ending.
func (u Unit) Timer() string { return "crm-tool-" + u.Instance }

// Calendar is when it runs.
func (u Unit) Calendar() string { return u.Jobs[0].Calendar() }

// Why is said about it.
func (u Unit) Why() string {
	var why []string
	for _, j := range u.Jobs {
		why = append(why, j.Why)
	}
	return strings.Join(why, " ")
}

// Units returns the jobs as services. Commands of the same first word share one.
func (p Plan) Units() []Unit {
	var units []Unit
	for _, j := range p.Jobs {
		if last := len(units) - 1; last >= 0 && units[last].Instance == j.Command[0] {
			units[last].Jobs = append(units[last].Jobs, j)
			continue
		}
		units = append(units, Unit{Instance: j.Command[0], Jobs: []Job{j}})
	}
	return units
}

// Folders are those of the files that change a service.
func (p Plan) Folders() []string {
	var folders []string
	if p.Config != "" || p.Home || p.Writable != "" {
		folders = append(folders, "crm-tool@.service.d")
	}
	if p.Packaged {
		return folders
	}
	for _, u := range p.Units() {
		if len(u.Jobs) > 1 {
			folders = append(folders, "crm-tool@"+u.Instance+".service.d")
		}
	}
	return append(folders, "crm-tool@doctor.service.d")
}

// Once says that the jobs run once a day.
func (p Plan) Once() bool { return p.Every.minutes() == 0 }

//go:embed forms
var forms embed.FS

// Write returns the plan in a form.
func (p Plan) Write(f Form) (string, error) { return p.write(string(f) + ".tmpl") }

// Base returns what Kubernetes gets whatever the settings are: CronJobs, the account that
// they run as, and what network they reach.
func (p Plan) Base() (string, error) { return p.write("objects.tmpl") }

func (p Plan) write(name string) (string, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"cron": cronQuoted, "shell": Quoted, "unit": unitQuoted, "yaml": yamlQuoted, "text": yamlBlock, "comment": comment,
	}).ParseFS(forms, "forms/*.tmpl")
	if err != nil {
		return "", fmt.Errorf("read the forms: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return "", fmt.Errorf("write a schedule: %w", err)
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}
