package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// settleFlags are the flags of `remind settle`.
type settleFlags struct {
	as     string
	all    bool
	output string
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
			return g.runSettle(cmd, flags, args)
		},
	}
	cmd.Flags().Var(&choice{value: &flags.as, allowed: []string{"sent", "unsent"}}, "as", "what became of the mail")
	cmd.Flags().BoolVar(&flags.all, "all", false, "every uncertain mail")
	bindOutput(cmd.Flags(), &flags.output)
	return cmd
}

func (g *globals) runSettle(cmd *cobra.Command, flags *settleFlags, args []string) error {
	return g.reported(report.Head{Command: "remind settle"}, flags.output, func(head report.Head, out report.Writer) error {
		switch {
		case flags.as == "":
			return &usageError{err: errors.New("say what became of the mail: --as sent or --as unsent")}
		case flags.all == (len(args) > 0):
			return &usageError{err: errors.New("name the opportunities, or give --all for every uncertain mail")}
		}
		only, err := opportunityIDs(args)
		if err != nil {
			return err
		}
		p := purpose{command: "remind", mails: true}
		if flags.as == "unsent" {
			p.toggle = remindersToggle()
		}
		w, err := g.open(cmd.Context(), p)
		if err != nil || w == nil {
			return err
		}
		defer w.close()
		w.base.Sink = out
		return g.recorded(cmd.Context(), w, head, func() error {
			return g.reminders(w, w.letters()).Settle(cmd.Context(), only, flags.as == "sent")
		})
	})
}

func newUncertainCmd(g *globals) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "uncertain",
		Short: "List the mails of which nobody can know whether they left",
		Long: "List the mails of which nobody can know whether they left, because a run was cut off while it had them\n" +
			"in hand. They are not mailed again by themselves; `crm-tool remind settle` decides about each.",
		Example: "  crm-tool runs uncertain",
		Args:    exactly(0),
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
	doubts, err := g.reminders(w, w.letters()).Doubts(cmd.Context())
	if err != nil {
		return err
	}
	for _, d := range doubts {
		if err := out.Item(report.Item{
			Opportunity: d.Claim.On, Name: d.Opportunity.Name, Step: &d.Claim.Key.Step,
			Outcome: report.Skipped, Reason: crm.IsUncertain,
		}); err != nil {
			return fmt.Errorf("report uncertain mails: %w", err)
		}
	}
	return nil
}
