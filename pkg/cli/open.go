package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// purpose is what a command opens Odoo for.
type purpose struct {
	// command names the lock of this host. A dry run takes none.
	command string
	dry     bool
	part    crm.Shard
	// mails and asks say that mails are made, and that questionnaires are.
	mails bool
	asks  bool
	// toggle is the switch that the command obeys; the zero one is none.
	toggle toggle
}

// needs are the parts of the configuration that have to be right.
func (p purpose) needs() config.Need {
	if p.mails {
		return config.NeedOdoo | config.NeedMail
	}
	return config.NeedOdoo
}

// toggle is a switch that keeps commands from their work.
type toggle struct {
	key string
	// what is the beginning of the sentence that says that it is off.
	what string
	on   func(config.Config) bool
}

func remindersToggle() toggle {
	return toggle{"reminders.enabled", "reminders are", func(c config.Config) bool { return c.Reminders.Enabled }}
}

func archiveToggle() toggle {
	return toggle{"archive.enabled", "archiving is", func(c config.Config) bool { return c.Archive.Enabled }}
}

func feedbackToggle() toggle {
	return toggle{"feedback.enabled", "feedback is", func(c config.Config) bool { return c.Feedback.Enabled }}
}

// workplace is all that the work of a command needs.
type workplace struct {
	*session

	config config.Config
	zone   *time.Location
	base   run.Base
	// templates and server are there when mails are made, forms when clients
	// are asked.
	templates *render.Set
	server    *smtp.Sender
	forms     *questionnaire.Set
	// token is the run's, and journal this host's memory of its mails, if it
	// keeps one.
	token   string
	journal ledger.Journal
	release func()
}

// close gives back what the workplace holds.
func (w *workplace) close() {
	if w.server != nil {
		w.server.Close()
	}
	w.release()
	w.session.close()
}

// open makes a command's workplace, or none when the command is switched off,
// which is said. Everything that can be wrong with settings, templates and the
// shared state comes out here, before anything is written.
func (g *globals) open(ctx context.Context, p purpose) (*workplace, error) {
	settings := g.settings()
	local, err := settings.Config(p.needs())
	if err != nil {
		return nil, err
	}
	w := &workplace{token: ledger.NewToken(), release: func() {}}
	if p.mails {
		if w.templates, err = catalog.Folder(local.Templates.Dir).Templates(); err != nil {
			return nil, err
		}
	}
	if p.asks {
		if w.forms, err = catalog.Folder(local.Templates.Dir).Questionnaires(); err != nil {
			return nil, err
		}
	}
	if off, err := g.switchedOff(p.toggle, settings, local); off || err != nil {
		return nil, err
	}
	if w.session, err = g.connect(ctx, settings); err != nil {
		return nil, err
	}
	ready, err := g.equip(ctx, w, p)
	if err != nil || !ready {
		w.close()
		return nil, err
	}
	return w, nil
}

// equip completes a workplace that is connected; ready is false when the
// command is switched off in Odoo.
func (g *globals) equip(ctx context.Context, w *workplace, p purpose) (ready bool, err error) {
	if w.config, err = w.settings.Config(p.needs()); err != nil {
		return false, err
	}
	warn(w.log, w.settings)
	if off, err := g.switchedOff(p.toggle, w.settings, w.config); off || err != nil {
		return false, err
	}
	if w.zone, err = w.session.zone(w.config); err != nil {
		return false, err
	}
	if err := g.prepare(ctx, w, p); err != nil || !p.mails {
		return err == nil, err
	}
	w.server, err = g.mailServer(w.config.SMTP)
	return err == nil, err
}

// prepare makes what every one-shot run has: it refuses an Odoo that is not to
// be served, and takes the lock of this host.
func (g *globals) prepare(ctx context.Context, w *workplace, p purpose) error {
	known, err := w.instance.Known(ctx, w.gateway, w.shared)
	if err != nil {
		return err
	}
	if !p.dry && w.config.StateDir != "" {
		if err := g.hold(w, p); err != nil {
			return err
		}
	}
	w.base = run.Base{
		Odoo: w.gateway, Now: w.gateway.Now(), DryRun: p.dry, Log: w.log, Company: w.odoo.Company,
		Guard: run.Guard{MaxRecords: w.config.Guard.MaxRecords, MaxShare: w.config.Guard.MaxShare},
		Begin: func(context.Context) error { return nil },
	}
	if !p.dry && !known {
		w.base.Begin = once(func(ctx context.Context) error { return w.instance.Adopt(ctx, w.gateway, w.gateway.Now()) })
	}
	return nil
}

// hold takes this host's lock for the command and, when it mails, opens the
// journal.
func (g *globals) hold(w *workplace, p purpose) error {
	now := g.Clock()
	job := state.Job{
		Command: p.command, Instance: w.instance.URL + " " + w.instance.Database,
		Shard: fmt.Sprintf("%d/%d", p.part.Index, p.part.Count),
	}
	release, err := state.Lock(w.config.StateDir, job, now)
	if err != nil {
		return err
	}
	w.release = release
	if !p.mails {
		return nil
	}
	journal, err := state.OpenJournal(w.config.StateDir, job, w.token, now, w.log)
	if err != nil {
		return err
	}
	w.journal = journal
	w.release = func() {
		_ = journal.Close() // What it was for has been written.
		release()
	}
	return nil
}

// once runs the step until it succeeds, and never again.
func once(step func(context.Context) error) func(context.Context) error {
	done := false
	return func(ctx context.Context) error {
		if done {
			return nil
		}
		err := step(ctx)
		done = err == nil
		return err
	}
}

// switchedOff tells whether the switch is off, and says so and where.
func (g *globals) switchedOff(t toggle, settings *config.Settings, c config.Config) (bool, error) {
	if t.on == nil || t.on(c) {
		return false, nil
	}
	value, err := settings.Value(t.key)
	if err != nil {
		return true, err
	}
	g.Note("%s switched off (%s); nothing is done\n", t.what, value.Source)
	return true, nil
}

// oneShot runs a command that takes all flags of a run, with a report.
func (g *globals) oneShot(ctx context.Context, head report.Head, flags *runFlags, p purpose, work func(*workplace, report.Head) error) error {
	head.DryRun = flags.isDry()
	p.command, p.dry = head.Command, head.DryRun
	return g.reported(head, flags.output, func(head report.Head, out report.Writer) error {
		selection, err := flags.selection(g.Env)
		if err != nil {
			return err
		}
		if _, err := flags.instant(g.Clock(), time.UTC); err != nil {
			return err
		}
		p.part = selection.Shard
		w, err := g.open(ctx, p)
		if err != nil || w == nil {
			return err
		}
		defer w.close()
		if w.base.Now, err = flags.instant(w.base.Now, w.zone); err != nil {
			return err
		}
		w.base.Select, w.base.Sink = selection, out
		w.base.Guard.Overruled = flags.yes
		return g.recorded(ctx, w, head, func() error { return work(w, head) })
	})
}

// mailing runs a command that makes mails; --save-mails keeps them under the
// title.
func (g *globals) mailing(ctx context.Context, head report.Head, flags *runFlags, p purpose, title string, work func(*workplace, *mailing.Composer) error) error {
	p.mails = true
	return g.oneShot(ctx, head, flags, p, func(w *workplace, _ report.Head) error {
		letters := w.letters()
		if flags.saveMails == "" {
			return work(w, letters)
		}
		saved := &collector{sink: w.base.Sink, title: title}
		w.base.Sink, letters.Keep = saved, saved.keep
		return errors.Join(work(w, letters), saved.write(flags.saveMails))
	})
}
