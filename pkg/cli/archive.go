package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
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
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return strayArgument(cmd, args[0])
			}
			return g.runArchive(cmd.Context(), flags)
		},
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
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.runUndo(cmd.Context(), flags, args[0])
		},
	}
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "show what would be put back; write nothing to Odoo")
	bindOutput(cmd.Flags(), &flags.output)
	return cmd
}

func (g *globals) runArchive(ctx context.Context, flags *runFlags) error {
	head := report.Head{
		Command: "archive", DryRun: flags.isDry(), NoMails: true, Done: []report.Outcome{report.Archived, report.Restored},
	}
	undo := ""
	err := g.reportedAs(head, flags.output, func(head report.Head, w report.Writer) error {
		selection, err := flags.selection(g.env)
		if err != nil {
			return err
		}
		if _, err := flags.instant(g.env.Clock(), time.UTC); err != nil {
			return err
		}
		a, end, err := g.openArchive(ctx, head, selection.Shard)
		if err != nil || a == nil {
			return err
		}
		defer end()
		if a.Now, err = flags.instant(a.Now, a.Policy.Zone); err != nil {
			return err
		}
		a.Select, a.Sink = selection, w
		a.Guard.Overruled = flags.yes
		err = a.Run(ctx)
		if a.Archived > 0 && !head.DryRun {
			undo = head.Run
		}
		return err
	})
	if undo != "" && !g.quiet {
		g.say("to put them back: crm-tool archive undo %s\n", undo)
	}
	return err
}

func (g *globals) runUndo(ctx context.Context, flags *runFlags, runID string) error {
	head := report.Head{
		Command: "archive undo", DryRun: flags.dryRun, NoMails: true, Done: []report.Outcome{report.Restored},
	}
	return g.reportedAs(head, flags.output, func(head report.Head, w report.Writer) error {
		settings := g.settings()
		s, err := g.connect(ctx, settings)
		if err != nil {
			return err
		}
		defer s.close()
		c, err := s.settings.Config(config.NeedOdoo)
		if err != nil {
			return err
		}
		a, release, err := g.archive(ctx, s, c, head, run.Shard{})
		if err != nil {
			return err
		}
		defer release()
		a.Sink = w
		if runID == "last" {
			if runID, err = a.Last(ctx); err != nil {
				return err
			}
		}
		return a.Undo(ctx, runID)
	})
}

// openArchive builds the archive run of this host, or nil when archiving is
// switched off.
func (g *globals) openArchive(ctx context.Context, head report.Head, part run.Shard) (*run.Archive, func(), error) {
	settings := g.settings()
	local, err := settings.Config(config.NeedOdoo)
	if err != nil {
		return nil, nil, err
	}
	if !local.Archive.Enabled {
		return nil, nil, g.switchedOff(settings, "archive.enabled", "archiving is")
	}
	s, err := g.connect(ctx, settings)
	if err != nil {
		return nil, nil, err
	}
	a, release, err := g.openArchiveOn(ctx, s, head, part)
	if err != nil || a == nil {
		s.close()
		return nil, nil, err
	}
	return a, func() { release(); s.close() }, nil
}

func (g *globals) openArchiveOn(ctx context.Context, s *session, head report.Head, part run.Shard) (*run.Archive, func(), error) {
	c, err := s.settings.Config(config.NeedOdoo)
	if err != nil {
		return nil, nil, err
	}
	warn(s.log, s.settings)
	if !c.Archive.Enabled {
		return nil, nil, g.switchedOff(s.settings, "archive.enabled", "archiving is")
	}
	a, release, err := g.archive(ctx, s, c, head, part)
	if err != nil {
		return nil, nil, err
	}
	if a.Policy.Keep, err = s.keep(ctx, c.Archive.Keep); err != nil {
		release()
		return nil, nil, err
	}
	return a, release, nil
}

// archive builds an archive run on an open session; release ends what it
// holds.
func (g *globals) archive(ctx context.Context, s *session, c config.Config, head report.Head, part run.Shard) (*run.Archive, func(), error) {
	base, release, err := g.base(ctx, s, c, jobOf(head), part)
	if err != nil {
		return nil, nil, err
	}
	zone, err := s.zone(c)
	if err != nil {
		release()
		return nil, nil, err
	}
	a := &run.Archive{
		Base: base, Attic: s.gateway, Token: run.TokenOf(head.Run), Domain: s.instance.Host(), RunID: head.Run,
		Policy: archive.Policy{AfterDays: c.Archive.AfterDays, Zone: zone},
	}
	a.Seen = func(ctx context.Context, at time.Time) error {
		if _, noted := s.shared[run.AnswersKey]; !noted && a.Archived == 0 {
			return nil
		}
		return s.answersSeen(ctx, at)
	}
	if c.Reminders.Enabled {
		policy := reminderPolicy(c, zone)
		a.Policy.Reminders = &policy
	}
	if c.Archive.ReopenOnAnswer {
		from := s.answersFrom()
		a.Answers = &from
	}
	if head.DryRun {
		a.Attic = run.DryAttic{Attic: s.gateway, Book: &ledger.DryBook{Clock: s.gateway.Now}}
		a.Seen = func(context.Context, time.Time) error { return nil }
	}
	return a, release, nil
}

// answersBack is how far a run looks for answers when it is not noted how far
// earlier ones did.
const answersBack = 30 * 24 * time.Hour

// answersFrom returns how far answers were looked at. A note that somebody
// damaged counts as none: the next run makes it anew.
func (s *session) answersFrom() time.Time {
	now := s.gateway.Now()
	at, err := time.Parse(time.RFC3339, s.shared[run.AnswersKey])
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
	return s.gateway.Share(ctx, run.AnswersKey, at.UTC().Format(time.RFC3339))
}
