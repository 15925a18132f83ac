package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newOptOutCmd(h *job.Host) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "optout ADDRESS",
		Args: optOutArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAddress(cmd.Context(), h, args[0], runOptOut)
		},
	}
	cmd.AddCommand(newOptOutListCmd(h), newOptOutLiftCmd(h))
	return cmd
}

// optOutArgs takes an address. What has no @ is meant to be a subcommand.
func optOutArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && !strings.Contains(args[0], "@") {
		return command.Subcommands(cmd, args)
	}
	return command.Exactly(1)(cmd, args)
}

func newOptOutLiftCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "lift ADDRESS",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withAddress(cmd.Context(), h, args[0], runOptOutLift)
		},
	}
}

// withAddress changes the opt-out of an address in Odoo.
func withAddress(ctx context.Context, h *job.Host, text string, change func(context.Context, *job.Host, *job.Session, string) error) (err error) {
	defer exit.RecoverPanic(&err)
	mailbox, err := address.Clean(strings.TrimSpace(text))
	if err != nil {
		return exit.Usagef("%w", err)
	}
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CheckRights(ctx); err != nil {
		return err
	}
	if _, err := s.Gateway.CatchUp(ctx); err != nil {
		return err
	}
	known, err := s.Instance.Known(ctx, s.Gateway, s.Shared)
	if err == nil && !known {
		err = s.Instance.Begin(ctx, s.Gateway, s.Gateway.Now())
	}
	if err != nil {
		return err
	}
	if err := change(ctx, h, s, crm.CanonicalMailbox(mailbox)); err != nil {
		return err
	}
	s.Show(ctx)
	return nil
}

func runOptOut(ctx context.Context, h *job.Host, s *job.Session, mailbox string) error {
	added, err := s.Gateway.OptOut(ctx, []crm.OptOut{{Address: mailbox, Since: s.Gateway.Now(), Host: job.Hostname()}})
	switch {
	case err != nil:
		return err
	case !added[0]:
		return h.Tell("%s was opted out before", mailbox)
	}
	return h.Tell("%s is opted out: crm-tool mails nothing there any more", mailbox)
}

func runOptOutLift(ctx context.Context, h *job.Host, s *job.Session, mailbox string) error {
	lifted, err := s.Gateway.Lift(ctx, mailbox, s.Gateway.Now())
	switch {
	case err != nil:
		return err
	case !lifted:
		return h.Tell("%s was not opted out", mailbox)
	}
	return h.Tell("%s is not opted out any more: what is due is mailed there again", mailbox)
}

func newOptOutListCmd(h *job.Host) *cobra.Command {
	output := report.Table
	cmd := &cobra.Command{
		Use:  "list",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return runOptOutList(cmd.Context(), h, output) },
	}
	cmd.Flags().VarP(command.NewChoice(&output, report.Table, report.JSON, report.CSV), "output", "o", "format of the list")
	return cmd
}

func runOptOutList(ctx context.Context, h *job.Host, output report.Format) error {
	head := h.Head("optout list")
	list, zone, err := listOptOuts(ctx, h)
	switch {
	case output == report.JSON:
		return errors.Join(err, report.WriteDocument(h.Stdout, head, optOutsJSON{OptOuts: list}, exit.Tail(h.Clock(), err)))
	case err != nil:
		return err
	case output == report.CSV:
		header, rows := optOutsTable(list, time.UTC)
		return report.WriteCSV(h.Stdout, header, rows)
	case len(list) == 0 && !h.Quiet:
		h.Say("no address is opted out\n")
		return nil
	}
	header, rows := optOutsTable(list, zone)
	return h.WriteRows(header, rows)
}

type optOutsJSON struct {
	OptOuts []crm.OptOut `json:"opt_outs"`
}

// listOptOuts returns the opt-outs that count, the oldest first, and the zone in which
// days are shown.
func listOptOuts(ctx context.Context, h *job.Host) (list []crm.OptOut, _ *time.Location, err error) {
	defer exit.RecoverPanic(&err)
	list = []crm.OptOut{}
	s, err := h.Open(ctx, config.NeedOdoo)
	if err != nil {
		return list, nil, err
	}
	defer s.Close()
	if !s.Gateway.HasOptOuts() {
		return list, s.Zone, nil
	}
	found, err := s.Gateway.AllOptOuts(ctx)
	list = append(list, found...)
	slices.SortStableFunc(list, func(a, b crm.OptOut) int { return a.Since.Compare(b.Since) })
	return list, s.Zone, err
}

func optOutsTable(list []crm.OptOut, zone *time.Location) (header []string, rows [][]string) {
	for _, o := range list {
		rows = append(rows, []string{o.Address, o.Since.In(zone).Format("2006-01-02 15:04"), o.Origin()})
	}
	return []string{"ADDRESS", "SINCE", "BY"}, rows
}
