package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/explanation"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func newExplainCmd(g *globals) *cobra.Command {
	output := report.Table
	cmd := &cobra.Command{
		Use:   "explain OPPORTUNITY",
		Short: "Why a client did or did not get a mail, and what comes next",
		Long: "Explain one opportunity: its age and what that counts from; each reminder with its date, what became of it, to\n" +
			"whom it went and under which Message-ID, or why not; its finished activities with their questionnaires; when it\n" +
			"is archived, or why not; what comes next. Nothing is changed in Odoo.\n\n" +
			"OPPORTUNITY is its number in Odoo or, when only one has it, its name. An archived one is explained as well.",
		Example: "  crm-tool explain 42\n  crm-tool explain \"Office chairs\"\n  crm-tool explain 42 -o json",
		Args:    command.Exactly(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return g.runExplain(cmd.Context(), args[0], output) },
	}
	cmd.Flags().VarP(command.NewChoice(&output, report.Table, report.JSON), "output", "o", "a page, or its facts for programs")
	return cmd
}

func (g *globals) runExplain(ctx context.Context, name string, output report.Format) error {
	head := report.Head{Command: "explain", Run: newRunID(g.Clock()), Started: g.Clock()}
	e, err := g.explanation(ctx, name)
	switch {
	case output == report.JSON && err != nil:
		return errors.Join(err, report.WriteDocument(g.Stdout, head, unexplained{}, exit.Tail(g.Clock(), err)))
	case output == report.JSON:
		return e.WriteJSON(g.Stdout, head, exit.Tail(g.Clock(), nil))
	case err != nil:
		return err
	}
	return e.WritePage(g.Stdout, g.TableOptions())
}

// unexplained stands in the document where there is no explanation.
type unexplained struct {
	Opportunity *explanation.Opportunity `json:"opportunity"`
}

// explanation explains the opportunity that somebody means. It reads alone.
func (g *globals) explanation(ctx context.Context, name string) (_ explanation.Explanation, err error) {
	defer exit.RecoverPanic(&err)
	w, err := g.open(ctx, purpose{command: "explain", dry: true})
	if err != nil {
		return explanation.Explanation{}, err
	}
	defer w.close()
	id, err := w.opportunity(ctx, name)
	if err != nil {
		return explanation.Explanation{}, err
	}
	found, err := w.gateway.Opportunities(ctx, []crm.OpportunityID{id})
	if err != nil {
		return explanation.Explanation{}, fmt.Errorf("read the opportunity: %w", err)
	}
	if len(found) == 0 {
		return explanation.Explanation{}, &exit.UsageError{Err: run.ErrNoOpportunity}
	}
	rules, err := w.rules(ctx)
	if err != nil {
		return explanation.Explanation{}, err
	}
	x := explanation.Loader{Base: w.base, Source: w.gateway, Rules: rules}
	return x.Explain(ctx, found[0])
}

// rules are what the workplace's settings say about everything that becomes of
// an opportunity.
func (w *workplace) rules(ctx context.Context) (explanation.Rules, error) {
	c := w.config
	r := explanation.Rules{
		Reminders:    reminderPolicy(c, w.zone),
		Archive:      archiveplan.Policy{AfterDays: c.Archive.AfterDays, Zone: w.zone},
		LookbackDays: c.Feedback.LookbackDays, RemindAfterDays: c.Feedback.RemindAfterDays,
	}
	if c.Reminders.Enabled {
		r.Archive.Reminders = &r.Reminders
	}
	var err error
	if r.Archive.Keep, err = w.keep(ctx, c.Archive.Keep); err != nil {
		return r, err
	}
	if r.Feedback, err = w.feedbackPolicy(ctx, c); err != nil {
		return r, err
	}
	if instance.HasRun(w.shared) {
		r.FirstRun = r.Feedback.Installed
	}
	for _, off := range []struct {
		toggle

		place *string
	}{
		{remindersToggle(), &r.RemindersOff}, {archiveToggle(), &r.ArchiveOff}, {feedbackToggle(), &r.FeedbackOff},
	} {
		if *off.place, err = w.offAt(off.toggle, c); err != nil {
			return r, err
		}
	}
	return r, nil
}

// offAt is where a switch is off; empty when it is on.
func (w *workplace) offAt(t toggle, c config.Config) (string, error) {
	if t.on(c) {
		return "", nil
	}
	value, err := w.settings.Value(t.key)
	if err != nil {
		return "", err
	}
	return value.Source.String(), nil
}
