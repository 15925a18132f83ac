package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// settleFlags are the flags of the commands that settle mails.
type settleFlags struct {
	as     string
	all    bool
	output report.Format
}

func (f *settleFlags) bind(flags *pflag.FlagSet) {
	flags.Var(command.NewChoice(&f.as, "sent", "unsent"), "as", "what became of the mail")
	flags.BoolVar(&f.all, "all", false, "every uncertain mail")
	bindOutput(flags, &f.output)
}

func newSettleCmd(g *globals) *cobra.Command {
	flags := &settleFlags{}
	cmd := &cobra.Command{
		Use:   "settle OPPORTUNITY --as sent|unsent",
		Short: "Decide about a mail whose outcome is unknown",
		Long: "Decide about a mail of which nobody can know whether it left; `crm-tool runs uncertain` lists them.\n\n" +
			"--as sent closes it. --as unsent mails it again, under the same Message-ID.",
		Example: "  crm-tool remind settle 42 --as unsent\n  crm-tool remind settle --all --as sent",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			p := purpose{command: "remind", mails: true, toggle: remindersToggle()}
			return g.settle(cmd.Context(), report.Head{Command: "remind settle"}, flags, args, p, func(w *workplace) settler {
				return g.reminders(w, w.letters())
			})
		},
	}
	flags.bind(cmd.Flags())
	return cmd
}

func newFeedbackSettleCmd(g *globals) *cobra.Command {
	flags := &settleFlags{}
	cmd := &cobra.Command{
		Use:   "settle OPPORTUNITY --as sent|unsent",
		Short: "Decide about a questionnaire whose mail's outcome is unknown",
		Long: "Decide about the mails with questionnaires, and reminders of them, of which nobody can know whether they left;\n" +
			"`crm-tool runs uncertain` lists them.\n\n" +
			"--as sent closes them. --as unsent mails them again, under the same Message-ID and with the same link.",
		Example: "  crm-tool feedback settle 42 --as unsent\n  crm-tool feedback settle --all --as sent",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			p := purpose{command: "feedback send", mails: true, asks: true, toggle: feedbackToggle()}
			return g.settle(cmd.Context(), report.Head{Command: "feedback settle", Activities: true}, flags, args, p, func(w *workplace) settler {
				return g.asking(w, w.letters(), feedbackplan.Policy{})
			})
		},
	}
	flags.bind(cmd.Flags())
	return cmd
}

// settler carries out a decision about uncertain mails.
type settler interface {
	Settle(ctx context.Context, only []crm.OpportunityID, sent bool) error
}

func (g *globals) settle(ctx context.Context, head report.Head, flags *settleFlags, args []string, p purpose, who func(*workplace) settler) error {
	return g.reported(head, flags.output, func(head report.Head, out report.Writer) error {
		switch {
		case flags.as == "":
			return exit.Usagef("say what became of the mail: --as sent or --as unsent")
		case flags.all == (len(args) > 0):
			return exit.Usagef("name the opportunities, or give --all for every uncertain mail")
		}
		only, err := opportunityIDs(args)
		if err != nil {
			return err
		}
		if flags.as == "sent" {
			p.toggle = toggle{} // Nobody is mailed.
		}
		w, err := g.open(ctx, p)
		if err != nil || w == nil {
			return err
		}
		defer w.close()
		w.base.Sink = out
		return g.recorded(ctx, w, head, func() error { return who(w).Settle(ctx, only, flags.as == "sent") })
	})
}

func newUncertainCmd(g *globals) *cobra.Command {
	var output report.Format
	cmd := &cobra.Command{
		Use:   "uncertain",
		Short: "List the mails of which nobody can know whether they left",
		Long: "List the mails of which nobody can know whether they left, because a run was cut off while it had them\n" +
			"in hand. They are not mailed again by themselves; `crm-tool remind settle` decides about reminders,\n" +
			"`crm-tool feedback settle` about questionnaires.",
		Example: "  crm-tool runs uncertain",
		Args:    command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.reported(report.Head{Command: "runs uncertain"}, output, func(_ report.Head, out report.Writer) error {
				return g.runUncertain(cmd, out)
			})
		},
	}
	bindOutput(cmd.Flags(), &output)
	return cmd
}

func (g *globals) runUncertain(cmd *cobra.Command, out report.Writer) error {
	w, err := g.open(cmd.Context(), purpose{dry: true, mails: true})
	if err != nil {
		return err
	}
	defer w.close()
	doubts, err := g.reminders(w, w.letters()).Uncertain(cmd.Context())
	if err != nil {
		return err
	}
	questionnaires, err := g.asking(w, w.letters(), feedbackplan.Policy{}).Uncertain(cmd.Context())
	if err != nil {
		return err
	}
	for _, d := range append(doubts, questionnaires...) {
		d.Item.Outcome, d.Item.Reason = report.Skipped, crm.IsUncertain
		if err := out.Item(d.Item); err != nil {
			return fmt.Errorf("report uncertain mails: %w", err)
		}
	}
	return nil
}
