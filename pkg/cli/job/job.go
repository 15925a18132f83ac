// Package job is one command at work: everything between the command line and a
// run, from the first setting that is read to the last line of the report.
//
// [New] begins the report. [Job.Begin] loads the settings, connects to Odoo,
// checks that it may be served, and takes this host's lock; everything that can
// be wrong with settings, templates and the shared state comes out there, before
// anything is written. [Job.End], deferred right after New, ends the report with
// the command's error, records the run in Odoo, tells others how it ended, and closes
// what is open, also after a panic.
package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/rule"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// Spec says what a command needs.
type Spec struct {
	// Head says how the command's report looks.
	Head report.Head
	// Format is the report's; empty for a command that writes none.
	Format report.Format
	// ReadOnly says that the command changes nothing. Like a dry run, it takes
	// no lock and is not recorded.
	ReadOnly bool
	// Lock is the name of this host's lock; empty for the command's own.
	Lock string
	// Switch is the switch that the command obeys.
	Switch Switch
	// Mails says that the command makes mails, Questionnaires that it needs
	// those.
	Mails, Questionnaires bool
	// Warns says that it makes mails if archive.warn_days says so.
	Warns bool
	// Title heads the gallery of --save-mails.
	Title string
	// Flags are the flags of a run; nil for a command that has none.
	Flags *Flags
	// Scheduled says that schedules run the command: then others hear of its runs.
	Scheduled bool
}

// needs returns which settings have to be right.
func (s *Spec) needs() config.Need {
	if s.Mails {
		return config.NeedOdoo | config.NeedMail
	}
	return config.NeedOdoo
}

// Job is a command at work. [Job.Begin] sets everything but Host and Head.
type Job struct {
	*Session

	Host *Host
	Head report.Head
	// Base is what every run is built on.
	Base run.Base
	// Templates and Sender are set for a command that makes mails,
	// Questionnaires for one that needs them.
	Templates *render.Set
	// Notes are there for a command that makes mails or changes something.
	Notes          *mailing.Notes
	Sender         ledger.Sender
	Questionnaires *questionnaire.Set
	// Tester, if it is set, is whom the link to unsubscribe in a test mail is about.
	Tester address.Address

	// Rules say what is different for some opportunities.
	Rules rule.List

	spec Spec
	dry  bool
	// sets are the templates of rules, by name.
	sets     map[string]*render.Set
	token    string
	journal  ledger.Journal
	gallery  *Gallery
	recorder *history.Recorder
	// record closes the recorder; see endGrace.
	record func(history.End) error
	// report is nil for a command that writes none.
	report *counting
	// watch is nil for a run of which nobody else hears.
	watch *watch
	// hooks are the commands before and after the run, once settings were read.
	hooks *config.Hooks
	// noted says that the first run stands in Odoo, so that more may be written.
	noted bool
	// closers are called in reverse order.
	closers []func()
}

// New begins a job and its report.
func New(h *Host, spec Spec) *Job {
	head := h.Head(spec.Head.Command)
	spec.Head.Run, spec.Head.Started = head.Run, head.Started
	if spec.Flags != nil {
		spec.Head.DryRun = spec.Flags.dry()
	}
	j := &Job{
		Head: spec.Head, Host: h, spec: spec, dry: spec.ReadOnly || spec.Head.DryRun, token: ledger.NewToken(),
	}
	if spec.Format != "" {
		j.startReport()
	}
	return j
}

// Begin makes the job ready. When the command is switched off, it says so and
// returns an error, which the command returns like any other: [Job.End] makes it
// no error.
func (j *Job) Begin(ctx context.Context) error {
	local := j.Host.Settings()
	hooks := local.Hooks()
	j.hooks = &hooks
	j.startWatch(ctx, local)
	selection := run.Selection{}
	if j.spec.Flags != nil {
		var err error
		if selection, err = j.spec.Flags.selection(j.Host.Env); err != nil {
			return err
		}
	}
	if err := j.load(ctx, local); err != nil {
		return err
	}
	if !j.spec.ReadOnly {
		if err := j.CheckRights(ctx); err != nil {
			return err
		}
	}
	if err := j.catchUp(ctx, local); err != nil {
		return err
	}
	known, err := j.Instance.Known(ctx, j.Gateway, j.Shared)
	if err != nil {
		return err
	}
	j.noted = known && !j.dry
	if err := j.lock(selection.Shard); err != nil {
		return err
	}
	if err := j.openSender(); err != nil {
		return err
	}
	if err := j.setBase(ctx, selection, known); err != nil || !j.spec.Mails {
		return err
	}
	if err := j.FindRules(ctx); err != nil {
		return err
	}
	return j.FindOptOut(ctx)
}

// load reads settings and texts, and connects to Odoo. This host's settings are
// checked first, so that an error in them needs no Odoo.
func (j *Job) load(ctx context.Context, settings *config.Settings) error {
	local, err := settings.Config(j.spec.needs())
	if err != nil {
		return err
	}
	folder := catalog.Folder(local.Templates.Dir)
	if j.spec.Mails {
		j.Templates, err = folder.Templates()
	}
	if err == nil && (j.spec.Mails || !j.spec.ReadOnly) {
		j.Notes, err = folder.Notes()
	}
	if err == nil && j.spec.Questionnaires {
		j.Questionnaires, err = folder.Questionnaires()
	}
	if err == nil {
		err = j.obey(settings)
	}
	if err != nil {
		return err
	}
	if err := j.before(ctx, local.Hooks.Before); err != nil {
		return err
	}
	if j.Session, err = j.Host.Connect(ctx, settings); err != nil {
		return err
	}
	j.closers = append(j.closers, j.Close)
	if err := j.settle(); err != nil {
		return err
	}
	j.warnOfKey()
	return nil
}

// settle checks the settings, those in Odoo included.
func (j *Job) settle() error {
	if err := j.configure(j.spec.needs()); err != nil {
		return err
	}
	if err := j.obey(j.Settings); err != nil {
		return err
	}
	if err := j.settleWarnings(); err != nil {
		return err
	}
	return j.Locate()
}

// catchUp lets what a run reads be no older than the run. Then it reads the shared state
// again, which may have been older.
func (j *Job) catchUp(ctx context.Context, local *config.Settings) error {
	if j.dry {
		return nil
	}
	needed, err := j.Gateway.CatchUp(ctx)
	if err != nil || !needed {
		return err
	}
	before := j.Shared
	if err := j.Refresh(ctx, local); err != nil || maps.Equal(before, j.Shared) {
		return err
	}
	return j.settle()
}

// lock takes this host's lock for the command and, when it mails, opens the
// journal.
func (j *Job) lock(part crm.Shard) error {
	dir := j.Config.StateDir
	if j.dry || dir == "" {
		return nil
	}
	work := state.Job{
		Command: j.spec.Lock, Instance: j.Instance.URL + " " + j.Instance.Database, Shard: fmt.Sprintf("%d/%d", part.Index, part.Count),
	}
	if work.Command == "" {
		work.Command = j.Head.Command
	}
	now := j.Host.Clock()
	release, err := state.Lock(dir, work, now)
	if err != nil {
		return err
	}
	j.closers = append(j.closers, release)
	if !j.spec.Mails {
		return nil
	}
	journal, err := state.OpenJournal(dir, work, j.token, now, j.Log)
	if err != nil {
		return err
	}
	j.journal = journal
	j.closers = append(j.closers, func() { _ = journal.Close() }) // What it was for has been written.
	return nil
}

// setBase makes what the run is built on. Its first write ever is preceded by a
// note in Odoo of which instance is served.
func (j *Job) setBase(ctx context.Context, selection run.Selection, known bool) error {
	j.Base = run.Base{
		Odoo: j.Gateway, Select: selection, Now: j.Gateway.Now(), DryRun: j.dry, Log: j.Log, Company: j.Login.Company,
		Asked: map[string]crm.OptOut{}, OneByOne: j.oneByOne(),
		Guard: run.Guard{MaxRecords: j.Config.Guard.MaxRecords, MaxShare: j.Config.Guard.MaxShare},
		Begin: func(context.Context) error { return nil },
	}
	grace := endGrace
	if j.Host.pace(j.Config.Odoo).Rate() > 0 {
		j.Base.Bulk, grace = !j.spec.Mails, slowGrace
	}
	if j.report != nil {
		j.Base.Sink = j.report
	}
	if !j.dry {
		j.Base.CompareClocks, j.Base.Behind = once(j.Gateway.CompareClocks), j.Gateway.Behind
		if !known {
			j.Base.Begin = once(func(ctx context.Context) error {
				err := j.Instance.Begin(ctx, j.Gateway, j.Gateway.Now())
				j.noted = err == nil
				return err
			})
		}
		j.recorder = &history.Recorder{Store: j.Gateway, Head: j.Head, Host: Hostname(), KeepDays: j.Config.History.KeepDays, Part: selection.Shard}
		j.Base.Recorder = j.recorder
		ending, release := ledger.Grace(ctx, grace)
		j.closers = append(j.closers, release)
		j.record = func(end history.End) error { return j.recorder.Close(ending, end, j.Gateway.Now()) }
	}
	flags := j.spec.Flags
	if flags == nil {
		return nil
	}
	j.Base.Guard.Overruled = flags.Yes
	if j.spec.Mails && !j.dry {
		j.Base.Rate = flags.Rate
	}
	if j.Base.Rate > 0 && j.Config.StateDir == "" {
		j.Log.Warn("without state_dir, --rate counts the mails of this run alone")
	}
	if flags.SaveMails != "" {
		j.gallery = &Gallery{Title: j.spec.Title, sink: j.Base.Sink}
		j.Base.Sink = j.gallery
	}
	var err error
	j.Base.Now, err = flags.instant(j.Base.Now, j.Zone)
	return err
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

// ReminderPolicy returns what the settings say about reminders.
func (j *Job) ReminderPolicy() remindplan.Policy {
	c := j.Config.Reminders
	return remindplan.Policy{
		Days: c.Days, Rules: j.Rules, CatchUp: c.CatchUpDays, StopOnReply: c.StopOnReply, Zone: j.Zone, Window: c.Window, Freeze: c.Freeze,
		DaysBetween: c.MinDaysBetween,
		Ahead:       c.HoldForActivity, Quiet: c.QuietDays,
	}
}

// End ends the job with the command's error, or with a panic as an error. It is
// deferred right after [New].
func (j *Job) End(ctx context.Context, err *error) {
	if value := recover(); value != nil {
		*err = exit.NewDefectError(value)
	}
	if sending, ok := errors.AsType[*ledger.PanicError](*err); ok {
		*err = &exit.DefectError{Value: sending.Value, Stack: sending.Stack}
	}
	if errors.Is(*err, errSwitchedOff) {
		*err = nil
	}
	if j.gallery != nil {
		*err = errors.Join(*err, j.gallery.Write(j.spec.Flags.SaveMails))
	}
	if j.recorder != nil {
		j.writeHistory(*err)
		j.Show(ctx)
	}
	if j.report != nil {
		*err = j.report.end(exit.Tail(j.Host.Clock(), *err), *err)
	}
	j.endWatch(ctx, err)
	for i := range j.closers {
		j.closers[len(j.closers)-1-i]()
	}
	j.after(ctx, *err)
}

// endGrace is for how long after a signal the history of the run may still be written,
// and slowGrace the same where calls have to wait. Settling its mails may take the first
// seven seconds, see [ledger.Courier], and a run ends within ten.
const (
	endGrace  = 8 * time.Second
	slowGrace = 9 * time.Second
)

// writeHistory writes the run into the history. A failure is a warning: what the run
// did is done.
func (j *Job) writeHistory(err error) {
	end := history.End{Finished: j.Host.Clock(), Exit: exit.Code(err)}
	end.Stopped = err != nil && !exit.Silent(err) && exit.Lookup(end.Exit).Mails
	if end.Stopped {
		end.Cause, end.Hint = exit.Cause(err), report.WithoutAddresses(strings.Join(exit.Hints(err), "; "))
	}
	failure := j.record(end)
	if _, ok := errors.AsType[*history.PruneError](failure); ok {
		j.Log.Warn("`crm-tool runs` still lists runs that are older than history.keep_days", "error", failure)
	} else if failure != nil {
		j.Log.Warn("this run will be missing in `crm-tool runs`", "error", failure)
	}
}
