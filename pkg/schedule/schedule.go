// Package schedule writes when the commands of crm-tool run, in the form of a
// scheduler: a crontab, units of systemd, or CronJobs of Kubernetes.
//
// It is pure: what it writes depends on the [Plan] alone.
package schedule

import (
	"embed"
	"fmt"
	"hash/fnv"
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
	// Zone is the name of the time zone of all times.
	Zone string
	// Program is the path of crm-tool, Config that of a configuration file, which it
	// finds without if it is empty.
	Program, Config string
	Jobs            []Job
	// Off says why a command is left out.
	Off []string
}

// Job is a command that runs once a day.
type Job struct {
	// Command are its words, as in feedback send.
	Command []string
	// Minute is the time of day, in minutes after midnight.
	Minute int
	// Daily says that it runs on each day, not from Monday to Friday alone.
	Daily bool
	// Why is said about it, in a sentence or two.
	Why string
}

// Offset returns some minutes for an Odoo, fewer than within: always the same, so that not
// all who use crm-tool call their servers in the same minute.
func Offset(url, database string, within int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(url + "\n" + database)) // It cannot fail.
	return int(int64(h.Sum32()) % int64(max(1, within)))
}

// Name is what a unit or an object of the job is called.
func (j Job) Name() string { return "crm-tool-" + strings.Join(j.Command, "-") }

// Words are the command as it is typed.
func (j Job) Words() string { return strings.Join(j.Command, " ") }

// Clock is the time of day as on the wall.
func (j Job) Clock() string { return fmt.Sprintf("%02d:%02d", j.hour(), j.minute()) }

// Cron is the time in the five fields of cron.
func (j Job) Cron() string {
	days := "1-5"
	if j.Daily {
		days = "*"
	}
	return fmt.Sprintf("%d %d * * %s", j.minute(), j.hour(), days)
}

// Calendar is the time as systemd writes it, without a zone.
func (j Job) Calendar() string {
	if j.Daily {
		return "*-*-* " + j.Clock()
	}
	return "Mon..Fri " + j.Clock()
}

// Days are when it runs, in words.
func (j Job) Days() string {
	if j.Daily {
		return "every day"
	}
	return "Monday to Friday"
}

const hour, hoursOfDay = 60, 24

func (j Job) hour() int   { return j.Minute / hour % hoursOfDay }
func (j Job) minute() int { return j.Minute % hour }

//go:embed forms
var forms embed.FS

// Write returns the plan in a form.
func (p Plan) Write(f Form) (string, error) {
	name := string(f) + ".tmpl"
	t, err := template.New(name).Funcs(template.FuncMap{
		"shell": shellQuoted, "unit": unitQuoted, "comment": comment,
	}).ParseFS(forms, "forms/"+name)
	if err != nil {
		return "", fmt.Errorf("read the form %s: %w", f, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		return "", fmt.Errorf("write a schedule: %w", err)
	}
	return b.String(), nil
}

// comment breaks a text into lines after a number sign.
func comment(text string) string {
	const width = 118
	var lines []string
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) >= width {
			lines = append(lines, line)
			line = "#"
		}
		line += " " + word
	}
	return strings.Join(append(lines, line), "\n")
}

// plain are the characters that need no quotes anywhere.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,"

func isPlain(s string) bool { return s != "" && strings.Trim(s, plain) == "" }

// shellQuoted writes a word for the shell in a crontab, where % is the end of a line
// unless a backslash stands before it.
func shellQuoted(s string) string {
	if isPlain(s) {
		return s
	}
	return "'" + strings.NewReplacer("'", `'\''`, "%", `'\%'`).Replace(s) + "'"
}

// unitQuoted writes a word of a command line for systemd.
func unitQuoted(s string) string {
	if isPlain(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(s) + `"`
}
