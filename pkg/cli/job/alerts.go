package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/alert"
	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// hangsAfter is for how long a run may hold the lock until people are told that it hangs.
const hangsAfter = time.Hour

// isOdoo tells whether Odoo was the cause of an error.
func isOdoo(err error) bool {
	_, ok := errors.AsType[*odoo.Error](err)
	return ok
}

// tellPeople mails about a run that failed, one that works again, and commands that do
// not run any more.
func (j *Job) tellPeople(ctx context.Context, err error) {
	before := lastrun.Record{}
	if j.Session != nil {
		before = lastrun.Read(j.Shared[lastrun.Key(j.Head.Command)])
		j.watch.episode = before.Alert
	}
	if j.settings().Alerts.To.Mailbox != "" && !isPassing(err, j.Host.Clock()) {
		j.tellOutcome(ctx, err, before)
	}
	if j.noted && err == nil {
		j.tellOfLate(ctx)
	}
}

// isPassing tells whether an error is nothing to tell of: a person ended the run, or
// another one has not had its time.
func isPassing(err error, now time.Time) bool {
	held, locked := errors.AsType[*state.LockedError](err)
	return locked && now.Sub(held.Since) < hangsAfter || exit.Code(err) == exit.Interrupted
}

// tellOutcome mails about this run, if that is due.
func (j *Job) tellOutcome(ctx context.Context, err error, before lastrun.Record) {
	memory := j.alertMemory()
	text, failure := memory.recall()
	if failure != nil {
		j.Host.Logger().Warn("which alerts were mailed is not known", "error", failure.Error())
	}
	episode := alert.Read(text)
	kind, said, unsaid := episode.Next(err != nil, j.Host.Clock())
	about := j.about(err)
	about.Since = j.local(unsaid.Since)
	if last, ran := before.Last(); kind == alert.Nothing && err == nil && ran && !before.Told.IsZero() {
		kind, about.Since = alert.Works, j.local(last.Finished)
	}
	next := said
	if kind != alert.Nothing {
		if failure := j.mailAlert(ctx, kind, about); failure != nil {
			next = unsaid
			j.Host.Logger().Warn("the mail to alerts.to was not sent", "error", report.WithoutAddresses(failure.Error()))
		}
	}
	if next == episode {
		return
	}
	if failure := memory.remember(next.Text()); failure != nil {
		j.Host.Logger().Warn("the next run does not know that an alert was mailed", "error", failure.Error())
	}
}

// about returns what a mail says about this run.
func (j *Job) about(err error) alert.About {
	a := alert.About{
		Command: j.Head.Command, Host: Hostname(), At: j.local(j.Host.Clock()), Exit: exit.Code(err), Summary: j.tally(err),
	}
	a.Meaning = exit.Lookup(a.Exit).Meaning
	if err != nil && !exit.Silent(err) {
		a.Error, a.Hint = report.WithoutAddresses(err.Error()), report.WithoutAddresses(strings.Join(exit.Hints(err), "; "))
	}
	return a
}

// local returns a time in the zone of the settings.
func (j *Job) local(t time.Time) time.Time {
	if j.Session != nil && j.Zone != nil {
		return t.In(j.Zone)
	}
	zone, err := time.LoadLocation(j.watch.config.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone)
}

// mailAlert mails to alerts.to, through smtp.host.
func (j *Job) mailAlert(ctx context.Context, kind alert.Kind, about alert.About) error {
	settings := j.watch.local
	if j.Session != nil {
		settings = j.Settings
	}
	c, err := settings.Watch(config.NeedAlerts)
	if err != nil {
		return err
	}
	if c.SMTP.Host == "" || c.Mail.From.Mailbox == "" {
		return errors.New("it needs smtp.host and mail.from")
	}
	texts, err := catalog.Folder(c.Templates.Dir).AlertTexts()
	if err != nil {
		// It is a file of a user that is broken.
		if texts, err = catalog.Folder("").AlertTexts(); err != nil {
			return fmt.Errorf("read the texts of alerts: %w", err)
		}
	}
	text := texts.Mail(kind, about, c.Mail.Language)
	raw, err := mail.Compose(mail.Message{
		From: c.Mail.From, To: []address.Address{c.Alerts.To}, Subject: text.Subject, Text: text.Text, Language: text.Language,
		MessageID: fmt.Sprintf("<alert.%s.%s@%s>", j.token, strings.ReplaceAll(about.Command, " ", "-"), c.Mail.From.Domain()), Date: about.At,
	})
	if err != nil {
		return fmt.Errorf("compose the alert: %w", err)
	}
	server, err := j.Host.MailServer(c.SMTP, c.StateDir)
	if err != nil {
		return err
	}
	defer server.Close()
	from := c.Mail.EnvelopeFrom.Mailbox
	if from == "" {
		from = c.Mail.From.Mailbox
	}
	_, err = server.Deliver(ctx, mail.Envelope{From: from, To: c.Alerts.To.Mailbox}, raw, func() error { return nil })
	return err
}

// alertMemory is where it stands which alerts were mailed.
type alertMemory struct {
	recall   func() (string, error)
	remember func(text string) error
}

// alertMemory returns that of this command: state_dir or, on a host without one, Odoo.
func (j *Job) alertMemory() alertMemory {
	c := j.settings()
	if c.StateDir == "" {
		return alertMemory{
			recall:   func() (string, error) { return j.watch.episode, nil },
			remember: func(text string) error { j.watch.episode = text; return nil },
		}
	}
	odoo := instance.New(c.Odoo.URL, c.Odoo.Database)
	work := state.Job{Command: j.Head.Command, Instance: odoo.URL + " " + odoo.Database, Shard: j.part()}
	return alertMemory{
		recall:   func() (string, error) { return state.Recall(c.StateDir, work) },
		remember: func(text string) error { return state.Remember(c.StateDir, work, text) },
	}
}

// tellOfLate tells, once, of other commands that have not run for far longer than they
// used to.
func (j *Job) tellOfLate(ctx context.Context) {
	for command, record := range lastrun.Records(j.Shared) {
		now := j.Host.Clock()
		if command == j.Head.Command || !record.Told.IsZero() || !record.Late(now) || j.isOff(command) {
			continue
		}
		last, _ := record.Last()
		j.Host.Logger().Warn("a command does not run any more: see whether its schedule is still there", "command", command,
			"last_run", last.Finished.Format(time.RFC3339), "host", last.Host)
		about := alert.About{Command: command, Host: last.Host, Since: j.local(last.Finished), At: j.local(now)}
		if j.Config.Alerts.To.Mailbox != "" {
			if err := j.mailAlert(ctx, alert.Late, about); err != nil {
				j.Host.Logger().Warn("the mail to alerts.to was not sent", "error", report.WithoutAddresses(err.Error()))
				continue
			}
		}
		record.Told = now.UTC().Truncate(time.Second)
		text, err := record.Text()
		if err == nil {
			err = j.Gateway.SaveLastRun(ctx, command, text)
		}
		if err != nil {
			j.Host.Logger().Warn("the next run will tell of that again", "error", err.Error())
		}
	}
}

// isOff tells whether a command is switched off, so that nobody need run it.
func (j *Job) isOff(command string) bool {
	name, _, _ := strings.Cut(command, " ")
	place, err := map[string]Switch{"remind": Reminders, "archive": Archiving, "feedback": Feedback}[name].OffAt(j.Settings)
	return err != nil || place != ""
}
