package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/archive"
	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newArchiveCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "archive",
		Short: "Archive opportunities archive.after_days after their creation",
		Long: "Archive active opportunities of archive.after_days or more, in calendar days since their creation, or since\n" +
			"their conversion when they were leads before. Stage and probability stay as they are; open activities are\n" +
			"kept for an undo. What was archived once and is active again is left alone from then on.\n\n" +
			"An opportunity whose client wrote after it was archived is put back, unless archive.reopen_on_answer is off.",
		Example: "  crm-tool archive                        archive what is old enough\n" +
			"  crm-tool archive --dry-run              show what would be archived\n" +
			"  crm-tool archive undo last              put back what the last run took away",
		Args: command.Subcommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return g.runArchive(cmd.Context(), flags) },
	}
	flags.bindRun(cmd.Flags())
	cmd.AddCommand(newUndoCmd(g))
	return cmd
}

func newUndoCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "undo RUN",
		Short: "Put back what one archive run took away, open activities included",
		Long: "Put back what one archive run took away: the opportunities, their open activities, their date of closing.\n" +
			"Nobody is mailed about it. What somebody changed since is left alone. RUN is the run's name as it was printed\n" +
			"and as the note on each opportunity tells it, or `last`.",
		Example: "  crm-tool archive undo last\n  crm-tool archive undo 20261123T080000Z-7f3a --dry-run",
		Args:    command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.runUndo(cmd.Context(), flags, args[0])
		},
	}
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be put back; write nothing to Odoo")
	bindOutput(cmd.Flags(), &flags.output)
	return cmd
}

func (g *globals) runArchive(ctx context.Context, flags *runFlags) error {
	head := report.Head{Command: "archive", NoMails: true, Done: []report.Outcome{report.Archived, report.Restored}}
	undo := ""
	err := g.oneShot(ctx, head, flags, purpose{toggle: archiveToggle()}, func(w *workplace, head report.Head) error {
		a := g.archive(w, head)
		var err error
		if a.Policy.Keep, err = w.keep(ctx, w.config.Archive.Keep); err != nil {
			return err
		}
		err = a.Run(ctx)
		if a.Archived > 0 && !head.DryRun {
			undo = head.Run
		}
		return err
	})
	if undo != "" && !g.Quiet {
		g.Say("to put them back: crm-tool archive undo %s\n", undo)
	}
	return err
}

func (g *globals) runUndo(ctx context.Context, flags *runFlags, runID string) error {
	head := report.Head{
		Command: "archive undo", DryRun: flags.dryRun, NoMails: true, Done: []report.Outcome{report.Restored},
	}
	return g.reported(head, flags.output, func(head report.Head, out report.Writer) error {
		w, err := g.open(ctx, purpose{command: head.Command, dry: head.DryRun})
		if err != nil {
			return err
		}
		defer w.close()
		w.base.Sink = out
		return g.recorded(ctx, w, head, func() error {
			a := g.archive(w, head)
			if runID == "last" {
				if runID, err = a.Last(ctx); err != nil {
					return err
				}
			}
			return a.Undo(ctx, runID)
		})
	})
}

// archive is the archive run on a workplace.
func (g *globals) archive(w *workplace, head report.Head) *archive.Run {
	c := w.config
	a := &archive.Run{
		Base: w.base, Store: w.gateway, Token: crm.RunToken(head.Run), Domain: w.instance.Host(), RunID: head.Run,
		Policy: archiveplan.Policy{AfterDays: c.Archive.AfterDays, Zone: w.zone},
	}
	a.Seen = func(ctx context.Context, at time.Time) error {
		if _, noted := w.shared[instance.AnswersKey]; !noted && a.Archived == 0 {
			return nil
		}
		return w.answersSeen(ctx, at)
	}
	if c.Reminders.Enabled {
		policy := reminderPolicy(c, w.zone)
		a.Policy.Reminders = &policy
	}
	if c.Archive.ReopenOnAnswer {
		from := w.answersFrom()
		a.Answers = &from
	}
	if head.DryRun {
		a.Store = archive.DryStore{Store: w.gateway, Book: &ledger.DryBook{Clock: w.gateway.Now}}
		a.Seen = func(context.Context, time.Time) error { return nil }
	}
	return a
}

// answersBack is how far a run looks for answers when it is not noted how far
// earlier ones did.
const answersBack = 30 * 24 * time.Hour

// answersFrom returns how far answers were looked at. A note that somebody
// damaged counts as none: the next run makes it anew.
func (s *session) answersFrom() time.Time {
	now := s.gateway.Now()
	at, err := time.Parse(time.RFC3339, s.shared[instance.AnswersKey])
	if err != nil || at.After(now) {
		return now.Add(-answersBack)
	}
	return at
}

// answersSeen notes how far answers were looked at, at most once in an hour.
// Only a run that has archived something makes the note.
func (s *session) answersSeen(ctx context.Context, at time.Time) error {
	if at.Sub(s.answersFrom()) < time.Hour {
		return nil
	}
	return s.gateway.Share(ctx, instance.AnswersKey, at.UTC().Format(time.RFC3339))
}
