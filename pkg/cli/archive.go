package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/archive"
	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/lastrun"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newArchiveCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{
		Head:   report.Head{Command: "archive", NoMails: true, Done: []report.Outcome{report.Archived, report.Restored}},
		Switch: job.Archiving, Warns: true, Title: "Warnings before archiving",
	}
	cmd := &cobra.Command{
		Use:  "archive",
		Args: command.Subcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return runArchive(cmd.Context(), h, spec) },
	}
	bindMails(cmd.Flags(), &spec)
	cmd.AddCommand(newUndoCmd(h), newArchiveSettleCmd(h))
	return cmd
}

func newUndoCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{Head: report.Head{Command: "archive undo", NoMails: true, Done: []report.Outcome{report.Restored}}}
	cmd := &cobra.Command{
		Use:  "undo RUN",
		Args: command.Exactly(1),
		RunE: inJob(h, &spec, runUndo),
	}
	cmd.Flags().BoolVar(&spec.Head.DryRun, "dry-run", false, "show what would be restored; write nothing to Odoo")
	bindOutput(cmd.Flags(), &spec.Format)
	return cmd
}

func runArchive(ctx context.Context, h *job.Host, spec job.Spec) error {
	undo, err := archiveOld(ctx, h, spec)
	if undo != "" {
		h.Note("to restore them: crm-tool archive undo %s\n", undo)
	}
	return err
}

// archiveOld returns the name of the run when there is something to undo.
func archiveOld(ctx context.Context, h *job.Host, spec job.Spec) (undo string, err error) {
	j := job.New(h, spec)
	defer j.End(ctx, &err)
	if err := j.Begin(ctx); err != nil {
		return "", err
	}
	if j.Config.Archive.WarnDays == 0 { // Else these were found already.
		if err := j.FindOptOut(ctx); err != nil {
			return "", err
		}
		if err := j.FindRules(ctx); err != nil {
			return "", err
		}
	}
	a := newArchive(j)
	if j.Config.Reminders.Enabled {
		reminders, err := j.WorkingPolicy(ctx)
		if err != nil {
			return "", err
		}
		a.Policy.Reminders, a.Holds = &reminders, holds(j)
		a.Holds.Due = func(r crm.Record) bool { return reminders.InTurn(r, a.Now) }
		a.MayMail = a.Holds.Due
	} else {
		a.MayMail = func(crm.Record) bool { return false }
	}
	if j.Config.Archive.WarnDays > 0 {
		a.MayMail = nil // A warning shows who the client is.
		addWarnings(j, a)
	}
	if a.Policy.Keep, err = j.Names().Keep(ctx, j.Config.Archive.Keep); err != nil {
		return "", err
	}
	a.ManyWon = lastrun.Read(j.Shared[lastrun.Key(j.Head.Command)]).ManyWon
	remember := func(r *lastrun.Record) { r.ManyWon, r.Reactivated = a.ManyWon, j.Gateway.Reactivated() }
	if j.Base.Select.Shard.Index == 0 && j.Remember(remember) { // Of several parts, one is enough.
		j.Gateway.Learn()
	}
	err = a.Run(ctx)
	if a.ReadAsLost > 0 && j.Head.DryRun {
		h.Note("%d of %d would read as lost in Odoo, as their probability is 0\n", a.ReadAsLost, a.Archived)
	}
	if a.Archived > 0 && !j.Head.DryRun {
		undo = j.Head.Run
	}
	return undo, err
}

func runUndo(ctx context.Context, j *job.Job, args []string) (err error) {
	a, runID := newArchive(j), args[0]
	if runID == "last" {
		if runID, err = lastArchiving(ctx, j, a); err != nil {
			return err
		}
		j.Host.Note("the last run that archived something is %s\n", runID)
	}
	return a.Undo(ctx, runID)
}

// lastRuns is how many runs of the history are searched for one that archived.
const lastRuns = 200

// lastArchiving returns the name of the last run that archived something: of the
// history of runs, or, if it died before it wrote its history, of its entries.
func lastArchiving(ctx context.Context, j *job.Job, a *archive.Run) (string, error) {
	runs, err := history.Runs(ctx, j.Gateway, lastRuns)
	if err != nil {
		return "", err
	}
	name := ""
	if i := slices.IndexFunc(runs, func(r history.Run) bool {
		return r.Head.Command == "archive" && r.Counts.Of(report.Archived) > 0
	}); i >= 0 {
		name = runs[i].Head.Run
	}
	token, err := a.Last(ctx)
	if _, none := errors.AsType[*archive.UnknownRunError](err); none && name != "" {
		return name, nil
	}
	// A token begins with the time at which its run began.
	if err != nil || token > crm.RunToken(name) {
		return token, err
	}
	return name, nil
}

// newArchive wires the run that archives.
func newArchive(j *job.Job) *archive.Run {
	c := j.Config
	a := &archive.Run{
		Base: j.Base, Store: j.Gateway, Notes: j.Notes, Token: crm.RunToken(j.Head.Run), Domain: j.Instance.Host(), RunID: j.Head.Run,
		Policy:   archiveplan.Policy{AfterDays: c.Archive.AfterDays, Rules: j.Rules, Zone: j.Zone},
		FirstRun: !instance.HasRun(j.Shared), Clock: j.Host.Clock,
	}
	a.Seen = func(ctx context.Context, at time.Time) error { return answersSeen(ctx, j, a, at) }
	if c.Archive.ReopenOnAnswer {
		from := answersFrom(j)
		a.Answers = &from
	}
	if j.Head.DryRun {
		a.Store = archive.DryStore{Store: j.Gateway, Entries: &ledger.DryEntries{Clock: j.Gateway.Now}}
	}
	return a
}

// addWarnings lets a run that archives mail salespeople first.
func addWarnings(j *job.Job, a *archive.Run) {
	c := j.Config
	a.Policy.WarnDays = c.Archive.WarnDays
	a.Warnings = &archive.Warner{Courier: j.Courier(), Composer: j.Composer(), PublicURL: c.Odoo.PublicURL, OdooURL: c.Odoo.URL}
	a.Warnings.Courier.Entries = archive.NoteEntries{Entries: a.Warnings.Courier.Entries, Notes: a.Store}
	for _, rule := range c.Archive.Keep {
		if tag, ok := strings.CutPrefix(rule, "tag:"); ok {
			a.Warnings.KeepTags = append(a.Warnings.KeepTags, tag)
		}
	}
}

// answersBack is how far back a run looks for answers when no earlier run noted
// how far it got.
const answersBack = 30 * 24 * time.Hour

// answersFrom returns the time up to which answers were looked at. A damaged note
// counts as none: the next run writes it again.
func answersFrom(j *job.Job) time.Time {
	now := j.Gateway.Now()
	at, err := time.Parse(time.RFC3339, j.Shared[instance.AnswersKey])
	if err != nil || at.After(now) {
		return now.Add(-answersBack)
	}
	return at
}

// answersSeen notes the time up to which answers were looked at, at most once an
// hour. Only a run that has archived something makes the first note.
func answersSeen(ctx context.Context, j *job.Job, a *archive.Run, at time.Time) error {
	_, noted := j.Shared[instance.AnswersKey]
	if j.Head.DryRun || !noted && a.Archived == 0 || at.Sub(answersFrom(j)) < time.Hour {
		return nil
	}
	return j.Gateway.Share(ctx, instance.AnswersKey, at.UTC().Format(time.RFC3339))
}
