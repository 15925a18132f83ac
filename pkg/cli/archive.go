package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/archive"
	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newArchiveCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{
		Head:   report.Head{Command: "archive", NoMails: true, Done: []report.Outcome{report.Archived, report.Restored}},
		Switch: job.Archiving,
	}
	cmd := &cobra.Command{
		Use:   "archive",
		Short: "Archive opportunities archive.after_days after their creation",
		Long: "Archive active opportunities archive.after_days calendar days after their creation, or after their conversion if\n" +
			"they were leads. Stage and probability stay as they are; open activities are kept for an undo. An opportunity\n" +
			"that was archived once and is active again is left alone from then on.\n\n" +
			"An opportunity whose client writes after it was archived becomes active again, unless archive.reopen_on_answer\n" +
			"is off.",
		Example: "  crm-tool archive                        archive what is old enough\n" +
			"  crm-tool archive --dry-run              show what would be archived\n" +
			"  crm-tool archive undo last              restore what the last run archived",
		Args: command.Subcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return runArchive(cmd.Context(), h, spec) },
	}
	bindRun(cmd.Flags(), &spec)
	cmd.AddCommand(newUndoCmd(h))
	return cmd
}

func newUndoCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{Head: report.Head{Command: "archive undo", NoMails: true, Done: []report.Outcome{report.Restored}}}
	cmd := &cobra.Command{
		Use:   "undo RUN",
		Short: "Restore what one archive run archived, open activities included",
		Long: "Restore what one archive run archived: the opportunities, their open activities and their closing dates. Nobody is\n" +
			"mailed. What somebody has changed since is left alone. RUN is the run's name, as printed and as noted on each\n" +
			"opportunity, or `last`.",
		Example: "  crm-tool archive undo last\n  crm-tool archive undo 20261123T080000Z-7f3a --dry-run",
		Args:    command.Exactly(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runUndo(cmd.Context(), h, spec, args[0]) },
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
	a := newArchive(j)
	if a.Policy.Keep, err = j.Names().Keep(ctx, j.Config.Archive.Keep); err != nil {
		return "", err
	}
	err = a.Run(ctx)
	if a.Archived > 0 && !j.Head.DryRun {
		undo = j.Head.Run
	}
	return undo, err
}

func runUndo(ctx context.Context, h *job.Host, spec job.Spec, runID string) (err error) {
	j := job.New(h, spec)
	defer j.End(ctx, &err)
	if err := j.Begin(ctx); err != nil {
		return err
	}
	a := newArchive(j)
	if runID == "last" {
		if runID, err = a.Last(ctx); err != nil {
			return err
		}
	}
	return a.Undo(ctx, runID)
}

// newArchive wires the run that archives.
func newArchive(j *job.Job) *archive.Run {
	c := j.Config
	a := &archive.Run{
		Base: j.Base, Store: j.Gateway, Notes: j.Notes, Token: crm.RunToken(j.Head.Run), Domain: j.Instance.Host(), RunID: j.Head.Run,
		Policy: archiveplan.Policy{AfterDays: c.Archive.AfterDays, Zone: j.Zone},
	}
	a.Seen = func(ctx context.Context, at time.Time) error {
		if _, noted := j.Shared[instance.AnswersKey]; !noted && a.Archived == 0 {
			return nil
		}
		return answersSeen(ctx, j, at)
	}
	if c.Reminders.Enabled {
		policy := j.ReminderPolicy()
		a.Policy.Reminders = &policy
	}
	if c.Archive.ReopenOnAnswer {
		from := answersFrom(j)
		a.Answers = &from
	}
	if j.Head.DryRun {
		a.Store = archive.DryStore{Store: j.Gateway, Entries: &ledger.DryEntries{Clock: j.Gateway.Now}}
		a.Seen = func(context.Context, time.Time) error { return nil }
	}
	return a
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
func answersSeen(ctx context.Context, j *job.Job, at time.Time) error {
	if at.Sub(answersFrom(j)) < time.Hour {
		return nil
	}
	return j.Gateway.Share(ctx, instance.AnswersKey, at.UTC().Format(time.RFC3339))
}
