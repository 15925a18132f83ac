package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

type snoozeFlags struct {
	until string
	off   bool
}

func newSnoozeCmd(h *job.Host) *cobra.Command {
	flags := &snoozeFlags{}
	cmd := &cobra.Command{
		Use:  "snooze OPPORTUNITY... --until DATE",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return runSnooze(cmd.Context(), h, flags, args) },
	}
	cmd.Flags().StringVar(&flags.until, "until", "", "no reminder leaves before `DATE` (YYYY-MM-DD)")
	cmd.Flags().BoolVar(&flags.off, "off", false, "let the reminders go on")
	return cmd
}

func runSnooze(ctx context.Context, h *job.Host, flags *snoozeFlags, args []string) (err error) {
	j := job.New(h, job.Spec{Head: report.Head{Command: "snooze"}})
	defer j.End(ctx, &err)
	if err := flags.check(args); err != nil {
		return err
	}
	if err := j.Begin(ctx); err != nil {
		return err
	}
	if err := flags.isToCome(j.Gateway.Now(), j.Zone); err != nil {
		return err
	}
	ids, err := opportunitiesCalled(ctx, j, args)
	if err != nil {
		return err
	}
	s := remind.Snooze{Base: j.Base, Notes: j.Gateway, Texts: j.Notes, Token: crm.RunToken(j.Head.Run), Domain: j.Instance.Host()}
	before, err := s.Until(ctx, ids, flags.until)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := flags.tell(h, id, before[id]); err != nil {
			return err
		}
	}
	return nil
}

// check looks at what needs no Odoo.
func (f *snoozeFlags) check(args []string) error {
	switch {
	case f.off == (f.until != ""):
		return exit.Usagef("say until when: --until DATE, or --off to let the reminders go on")
	case len(args) == 0:
		return exit.Usagef("name an opportunity: its number in Odoo, or its name")
	case f.off:
		return nil
	}
	if _, err := calendar.Parse(f.until); err != nil {
		return exit.Usagef("--until %s: write the date as in 2026-12-24", f.until)
	}
	return nil
}

// isToCome refuses a date until which nothing would wait.
func (f *snoozeFlags) isToCome(now time.Time, zone *time.Location) error {
	if f.off {
		return nil
	}
	date, err := calendar.Parse(f.until)
	if err == nil && date.DaysSince(calendar.Of(now, zone)) <= 0 {
		return exit.Usagef("--until %s: give a day to come; on that day reminders go on", f.until)
	}
	return err
}

// tell says what became of the reminders of one opportunity.
func (f *snoozeFlags) tell(h *job.Host, id crm.OpportunityID, before bool) error {
	switch {
	case f.off && before:
		return h.Tell("%d: its reminders were not put off", id)
	case f.off:
		return h.Tell("%d: its reminders go on", id)
	case before:
		return h.Tell("%d: its reminders were put off until %s before", id, f.until)
	}
	return h.Tell("%d: no reminder before %s", id, f.until)
}

// opportunitiesCalled returns the opportunities that a person means, each once.
func opportunitiesCalled(ctx context.Context, j *job.Job, args []string) ([]crm.OpportunityID, error) {
	ids := make([]crm.OpportunityID, len(args))
	for i, text := range args {
		var err error
		if ids[i], err = j.Names().Opportunity(ctx, text); err != nil {
			return nil, err
		}
	}
	ids = crm.Distinct(ids)
	found, err := run.ReadOwned(ctx, j.Gateway, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, exists := found[id]; !exists {
			return nil, exit.Usagef("there is no opportunity %d in this Odoo", id)
		}
	}
	return ids, nil
}
