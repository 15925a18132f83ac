package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/explanation"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func newExplainCmd(h *job.Host) *cobra.Command {
	output := report.Table
	cmd := &cobra.Command{
		Use:  "explain OPPORTUNITY",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runExplain(cmd.Context(), h, args[0], output) },
	}
	cmd.Flags().VarP(command.NewChoice(&output, report.Table, report.JSON), "output", "o", "a page, or JSON for programs")
	return cmd
}

func runExplain(ctx context.Context, h *job.Host, name string, output report.Format) error {
	head := h.Head("explain")
	e, err := explain(ctx, h, name)
	switch {
	case output == report.JSON && err != nil:
		return errors.Join(err, report.WriteDocument(h.Stdout, head, unexplained{}, exit.Tail(h.Clock(), err)))
	case output == report.JSON:
		return report.WriteDocument(h.Stdout, head, e, exit.Tail(h.Clock(), nil))
	case err != nil:
		return err
	}
	return e.WritePage(h.Stdout, h.TableOptions())
}

// unexplained stands in the document where there is no explanation.
type unexplained struct {
	Opportunity *explanation.Opportunity `json:"opportunity"`
}

func explain(ctx context.Context, h *job.Host, name string) (_ explanation.Explanation, err error) {
	j := job.New(h, job.Spec{Head: report.Head{Command: "explain"}, ReadOnly: true})
	defer j.End(ctx, &err)
	if err := j.Begin(ctx); err != nil {
		return explanation.Explanation{}, err
	}
	id, err := j.Names().Opportunity(ctx, name)
	if err != nil {
		return explanation.Explanation{}, err
	}
	found, err := j.Gateway.Opportunities(ctx, []crm.OpportunityID{id})
	if err != nil {
		return explanation.Explanation{}, fmt.Errorf("read the opportunity: %w", err)
	}
	if len(found) == 0 {
		return explanation.Explanation{}, run.ErrNoOpportunity
	}
	if err := j.FindOptOut(ctx); err != nil {
		return explanation.Explanation{}, err
	}
	if err := j.FindRules(ctx); err != nil {
		return explanation.Explanation{}, err
	}
	rules, err := explanationRules(ctx, j)
	if err != nil {
		return explanation.Explanation{}, err
	}
	x := explanation.Loader{Base: j.Base, Source: j.Gateway, Rules: rules}
	x.Holds = holds(j)
	return x.Explain(ctx, found[0])
}

// explanationRules returns what the settings say about opportunities.
func explanationRules(ctx context.Context, j *job.Job) (explanation.Rules, error) {
	c := j.Config
	r := explanation.Rules{
		Archive:      archiveplan.Policy{AfterDays: c.Archive.AfterDays, WarnDays: c.Archive.WarnDays, Rules: j.Rules, Zone: j.Zone},
		LookbackDays: c.Feedback.LookbackDays, RemindAfterDays: c.Feedback.RemindAfterDays,
	}
	var err error
	if r.Reminders, err = j.WorkingPolicy(ctx); err != nil {
		return r, err
	}
	if c.Reminders.Enabled {
		r.Archive.Reminders = &r.Reminders
	}
	if r.Archive.Keep, err = j.Names().Keep(ctx, c.Archive.Keep); err != nil {
		return r, err
	}
	if r.Feedback, err = feedbackPolicy(ctx, j); err != nil {
		return r, err
	}
	if instance.HasRun(j.Shared) {
		r.FirstRun = r.Feedback.Installed
	}
	for s, place := range map[job.Switch]*string{
		job.Reminders: &r.RemindersOff, job.Archiving: &r.ArchiveOff, job.Feedback: &r.FeedbackOff,
	} {
		if *place, err = s.OffAt(j.Settings); err != nil {
			return r, err
		}
	}
	return r, nil
}
