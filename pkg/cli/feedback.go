package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newFeedbackCmd(h *job.Host) *cobra.Command {
	return command.Group("feedback", newFeedbackSendCmd(h), newFeedbackCollectCmd(h), newFeedbackReportCmd(h), newFeedbackSettleCmd(h))
}

func newFeedbackSendCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{
		Head:   report.Head{Command: "feedback send", Activities: true},
		Switch: job.Feedback, Mails: true, Questionnaires: true, Title: "Questionnaires",
	}
	cmd := &cobra.Command{
		Use:  "send",
		Args: command.Exactly(0),
		RunE: inJob(h, &spec, runFeedbackSend),
	}
	bindMails(cmd.Flags(), &spec)
	return cmd
}

func newFeedbackCollectCmd(h *job.Host) *cobra.Command {
	spec := job.Spec{
		Head:   report.Head{Command: "feedback collect", NoMails: true, Done: []report.Outcome{report.Collected}},
		Switch: job.Feedback,
	}
	cmd := &cobra.Command{
		Use:  "collect",
		Args: command.Exactly(0),
		RunE: inJob(h, &spec, runFeedbackCollect),
	}
	bindRun(cmd.Flags(), &spec)
	return cmd
}

func runFeedbackSend(ctx context.Context, j *job.Job, _ []string) error {
	policy, err := feedbackPolicy(ctx, j)
	if err != nil {
		return err
	}
	return newAsk(j, policy).Run(ctx)
}

// newAsk wires the run that sends questionnaires.
func newAsk(j *job.Job, policy feedbackplan.Policy) *feedback.Send {
	c := j.Config
	send := &feedback.Send{
		Base: j.Base, Activities: j.Gateway, Surveys: j.Gateway, Participations: j.Gateway,
		Courier: j.Courier(), Composer: j.Composer(), Forms: j.Questionnaires, Policy: policy,
		LookbackDays: c.Feedback.LookbackDays, DeadlineDays: c.Feedback.DeadlineDays, RemindAfterDays: c.Feedback.RemindAfterDays,
		PublicURL: c.Odoo.PublicURL, OdooURL: c.Odoo.URL, Stops: j.Stops(),
	}
	if c.Feedback.CheckPage {
		send.Pages = j.Host.OdooPages(c.Odoo)
	}
	return send
}

// feedbackPolicy returns what the settings say about questionnaires.
func feedbackPolicy(ctx context.Context, j *job.Job) (feedbackplan.Policy, error) {
	installed, newest, err := instance.FirstRun(j.Instance, j.Shared, j.Gateway.Now())
	if err != nil {
		return feedbackplan.Policy{}, err
	}
	p, err := j.Names().FeedbackPolicy(ctx, j.Config.Feedback)
	p.Opportunities, p.Installed, p.Newest, p.FirstRun = j.Rules, installed, newest, !instance.HasRun(j.Shared)
	return p, err
}

func runFeedbackCollect(ctx context.Context, j *job.Job, _ []string) error {
	marking, err := j.Names().Marking(ctx, j.Config.Feedback)
	if err != nil {
		return err
	}
	collect := &feedback.Collect{
		Base: j.Base, Answers: j.Gateway, Notes: j.Gateway, Activities: j.Gateway, Teams: j.Gateway, Finished: j.Gateway, Scores: j.Gateway,
		Texts: j.Notes, LowScore: float64(j.Config.Feedback.LowScore), Marking: marking, Zone: j.Zone,
		Token: crm.RunToken(j.Head.Run), Domain: j.Instance.Host(),
	}
	return collect.Run(ctx)
}
