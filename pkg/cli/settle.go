package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// settlement is a decision about uncertain mails.
type settlement struct {
	spec job.Spec
	as   string
	all  bool
	// wire makes the run that carries it out.
	wire func(*job.Job) settler
}

func newSettleCmd(h *job.Host) *cobra.Command {
	return (&settlement{
		spec: job.Spec{Head: report.Head{Command: "remind settle"}, Lock: "remind", Switch: job.Reminders, Mails: true},
		wire: func(j *job.Job) settler { return newReminders(j) },
	}).command(h)
}

func newFeedbackSettleCmd(h *job.Host) *cobra.Command {
	return (&settlement{
		spec: job.Spec{
			Head: report.Head{Command: "feedback settle", Activities: true},
			Lock: "feedback send", Switch: job.Feedback, Mails: true, Questionnaires: true,
		},
		wire: func(j *job.Job) settler { return newAsk(j, feedbackplan.Policy{Opportunities: j.Rules}) },
	}).command(h)
}

func newArchiveSettleCmd(h *job.Host) *cobra.Command {
	return (&settlement{
		spec: job.Spec{Head: report.Head{Command: "archive settle", NoMails: true, Done: []report.Outcome{report.Sent}}, Lock: "archive", Mails: true},
		wire: func(j *job.Job) settler { return newWarnings(j) },
	}).command(h)
}

// newWarnings wires what settles warnings before archiving.
func newWarnings(j *job.Job) *archive.Run {
	a := newArchive(j)
	addWarnings(j, a)
	return a
}

func (s *settlement) command(h *job.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "settle OPPORTUNITY --as sent|unsent",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runSettle(cmd.Context(), h, s, args) },
	}
	cmd.Flags().Var(command.NewChoice(&s.as, "sent", "unsent"), "as", "whether the mail was sent")
	cmd.Flags().BoolVar(&s.all, "all", false, "settle every uncertain mail")
	bindOutput(cmd.Flags(), &s.spec.Format)
	return cmd
}

// settler carries out a decision about uncertain mails.
type settler interface {
	Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error
}

func runSettle(ctx context.Context, h *job.Host, s *settlement, args []string) (err error) {
	if s.as == "sent" {
		s.spec.Switch = "" // Nobody is mailed.
	}
	j := job.New(h, s.spec)
	defer j.End(ctx, &err)
	switch {
	case s.as == "":
		return exit.Usagef("say whether the mail was sent: --as sent or --as unsent")
	case s.all == (len(args) > 0):
		return exit.Usagef("name the opportunities, or give --all for every uncertain mail")
	}
	only, err := job.OpportunityIDs(args)
	if err != nil {
		return err
	}
	if err := j.Begin(ctx); err != nil {
		return err
	}
	if err := existing(ctx, j, only); err != nil {
		return err
	}
	return s.wire(j).Settle(ctx, only, s.as == "sent")
}

// existing refuses numbers that belong to no opportunity: a mistyped one would
// leave the mail undecided, and nobody would know.
func existing(ctx context.Context, j *job.Job, ids []crm.OpportunityID) error {
	found, err := j.Gateway.Opportunities(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the opportunities: %w", err)
	}
	there := crm.ByID(found)
	for _, id := range ids {
		if _, ok := there[id]; !ok {
			return exit.WithHint(exit.Usagef("there is no opportunity %d in this Odoo", id), "`crm-tool runs uncertain` lists the mails to decide about")
		}
	}
	return nil
}

func newUncertainCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{Head: report.Head{Command: "runs uncertain"}, ReadOnly: true, Mails: true}
	cmd := &cobra.Command{
		Use:  "uncertain",
		Args: command.Exactly(0),
		RunE: inJob(h, &spec, runUncertain),
	}
	bindOutput(cmd.Flags(), &spec.Format)
	return cmd
}

func runUncertain(ctx context.Context, j *job.Job, _ []string) error {
	reminders, err := newReminders(j).Uncertain(ctx)
	if err != nil {
		return err
	}
	questionnaires, err := newAsk(j, feedbackplan.Policy{Opportunities: j.Rules}).Uncertain(ctx)
	if err != nil {
		return err
	}
	warnings, err := uncertainWarnings(ctx, j)
	if err != nil {
		return err
	}
	for _, d := range slices.Concat(reminders, questionnaires, warnings) {
		d.Item.Outcome, d.Item.Reason = report.Skipped, crm.IsUncertain
		if err := j.Base.Sink.Item(d.Item); err != nil {
			return fmt.Errorf("report uncertain mails: %w", err)
		}
	}
	return nil
}

// uncertainWarnings returns the uncertain warnings before archiving, if there are any
// warnings.
func uncertainWarnings(ctx context.Context, j *job.Job) ([]mailing.UncertainMail, error) {
	if j.Config.Archive.WarnDays == 0 {
		return nil, nil
	}
	return newWarnings(j).Uncertain(ctx)
}
