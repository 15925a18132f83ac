package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func newFeedbackCmd(g *globals) *cobra.Command {
	return command.Group("feedback", "Ask clients about finished activities", "  crm-tool feedback send\n  crm-tool feedback collect\n  crm-tool feedback report",
		newFeedbackSendCmd(g), newFeedbackCollectCmd(g), newFeedbackReportCmd(g), newFeedbackSettleCmd(g))
}

func newFeedbackSendCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Mail a questionnaire for each activity that was marked done",
		Long: "Mail a questionnaire for each activity that was marked done on an opportunity within feedback.lookback_days,\n" +
			"each once, to the client, in his language. The questionnaire is a survey in Odoo, which is made when it is\n" +
			"first needed. feedback.rules choose other questionnaires for some activity types, or none. With\n" +
			"feedback.remind_after_days a client who has not begun to answer by then is reminded once.",
		Example: "  crm-tool feedback send                          ask about what was finished\n" +
			"  crm-tool feedback send --dry-run                show whom it would ask\n" +
			"  crm-tool feedback send --save-mails /tmp/mails  look at the mails",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return g.runFeedbackSend(cmd.Context(), flags) },
	}
	flags.bindMails(cmd.Flags())
	return cmd
}

func newFeedbackCollectCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "collect",
		Short: "Write the answers that came in onto their opportunities",
		Long: "Write the answers that came in onto their opportunities, each once, as an internal note with the questions,\n" +
			"the answers and the score. Below feedback.low_score the salesperson, or else the team's leader, gets a to-do\n" +
			"for the next working day; feedback.score_field and feedback.tags show the score on the opportunity itself.",
		Example: "  crm-tool feedback collect\n  crm-tool feedback collect --dry-run",
		Args:    command.Exactly(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runFeedbackCollect(cmd.Context(), flags) },
	}
	flags.bindRun(cmd.Flags())
	return cmd
}

func (g *globals) runFeedbackSend(ctx context.Context, flags *runFlags) error {
	head := report.Head{Command: "feedback send", Activities: true}
	p := purpose{asks: true, toggle: feedbackToggle()}
	return g.mailing(ctx, head, flags, p, "Questionnaires", func(w *workplace, letters *mailing.Composer) error {
		policy, err := w.feedbackPolicy(ctx, w.config)
		if err != nil {
			return err
		}
		return g.asking(w, letters, policy).Run(ctx)
	})
}

// asking is the run on a workplace that asks clients.
func (g *globals) asking(w *workplace, letters *mailing.Composer, policy feedbackplan.Policy) *feedback.Send {
	c := w.config
	return &feedback.Send{
		Base: w.base, Activities: w.gateway, Surveys: w.gateway, Pages: odoo.Pages{Transport: g.Transport, CAFile: c.Odoo.CAFile},
		Courier: g.courier(w), Composer: letters, Forms: w.forms, Policy: policy,
		LookbackDays: c.Feedback.LookbackDays, DeadlineDays: c.Feedback.DeadlineDays, RemindAfterDays: c.Feedback.RemindAfterDays,
		PublicURL: c.Odoo.PublicURL, OdooURL: c.Odoo.URL,
	}
}

// feedbackPolicy resolves the activity types in feedback.rules. One that Odoo
// does not have is a problem of the configuration.
func (s *session) feedbackPolicy(ctx context.Context, c config.Config) (feedbackplan.Policy, error) {
	p := feedbackplan.Policy{CooldownDays: c.Feedback.CooldownDays, Questionnaire: named(c.Feedback.Questionnaire)}
	var err error
	if p.Installed, err = instance.FirstRun(s.instance, s.shared, s.gateway.Now()); err != nil {
		return p, err
	}
	if len(c.Feedback.Rules) == 0 {
		return p, nil
	}
	types, err := s.gateway.Names(ctx, "mail.activity.type", s.odoo.Language)
	if err != nil {
		return p, err
	}
	var problems []config.Problem
	for _, rule := range c.Feedback.Rules {
		chosen := feedbackplan.Rule{Questionnaire: named(rule.Questionnaire)}
		for _, t := range types {
			if strings.EqualFold(strings.TrimSpace(t.Name), rule.ActivityType) {
				chosen.Types = append(chosen.Types, crm.ActivityTypeID(t.ID))
			}
		}
		if len(chosen.Types) == 0 {
			problem := unknownName("activity type", rule.ActivityType, types)
			problem.Key, problem.Value = "feedback.rules", rule.ActivityType
			problems = append(problems, problem)
		}
		p.Rules = append(p.Rules, chosen)
	}
	return p, s.misfit(problems)
}

// named turns the name that stands for asking nothing into no name.
func named(name string) string {
	if name == questionnaire.None {
		return ""
	}
	return name
}

func (g *globals) runFeedbackCollect(ctx context.Context, flags *runFlags) error {
	head := report.Head{Command: "feedback collect", NoMails: true, Done: []report.Outcome{report.Collected}}
	return g.oneShot(ctx, head, flags, purpose{toggle: feedbackToggle()}, func(w *workplace, head report.Head) error {
		marking, err := w.marking(ctx, w.config.Feedback)
		if err != nil {
			return err
		}
		collect := &feedback.Collect{
			Base: w.base, Surveys: w.gateway, Notes: w.gateway, Activities: w.gateway, Teams: w.gateway, Finished: w.gateway, Scores: w.gateway,
			LowScore: float64(w.config.Feedback.LowScore), Marking: marking, Zone: w.zone,
			Token: crm.RunToken(head.Run), Domain: w.instance.Host(),
		}
		return collect.Run(ctx)
	})
}
