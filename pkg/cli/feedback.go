package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
	"github.com/crm-tool/crm-tool/templates"
)

func newFeedbackCmd(g *globals) *cobra.Command {
	return group("feedback", "Ask clients about finished activities", "  crm-tool feedback send\n  crm-tool feedback collect\n  crm-tool feedback report",
		newFeedbackSendCmd(g), newFeedbackCollectCmd(g), newFeedbackReportCmd(g))
}

func newFeedbackSendCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Mail a questionnaire for each activity that was marked done",
		Long: "Mail a questionnaire for each activity that was marked done on an opportunity within feedback.lookback_days,\n" +
			"each once, to the client, in his language. The questionnaire is a survey in Odoo, which is made when it is\n" +
			"first needed. feedback.rules choose other questionnaires for some activity types, or none.",
		Example: "  crm-tool feedback send                        ask about what was finished\n" +
			"  crm-tool feedback send --dry-run              show whom it would ask\n" +
			"  crm-tool feedback send --save-mails /tmp/mails look at the mails",
		Args: exactly(0),
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
			"the answers and the score. Below feedback.low_score the salesperson gets a to-do for the next working day.",
		Example: "  crm-tool feedback collect\n  crm-tool feedback collect --dry-run",
		Args:    exactly(0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runFeedbackCollect(cmd.Context(), flags) },
	}
	flags.bindRun(cmd.Flags())
	return cmd
}

func (g *globals) runFeedbackSend(ctx context.Context, flags *runFlags) error {
	head := report.Head{Command: "feedback send", DryRun: flags.isDry(), Activities: true}
	return g.reportedAs(head, flags.output, func(_ report.Head, w report.Writer) error {
		selection, err := flags.selection(g.env)
		if err != nil {
			return err
		}
		if _, err := flags.instant(g.env.Clock(), time.UTC); err != nil {
			return err
		}
		a, end, err := g.openAsking(ctx, job{command: "feedback send", dry: flags.isDry()}, selection.Shard)
		if err != nil || a == nil {
			return err
		}
		defer end()
		if a.Now, err = flags.instant(a.Now, a.Letters.Zone); err != nil {
			return err
		}
		a.Select, a.Sink = selection, w
		a.Guard.Overruled = flags.yes
		saved := &collector{sink: w, title: "Questionnaires"}
		if flags.saveMails != "" {
			a.Sink, a.Letters.Keep = saved, saved.keep
		}
		err = a.Run(ctx)
		if flags.saveMails != "" {
			err = errors.Join(err, saved.write(flags.saveMails))
		}
		return err
	})
}

// openAsking builds the run that asks, or nil when feedback is switched off.
func (g *globals) openAsking(ctx context.Context, j job, part run.Shard) (*run.Ask, func(), error) {
	settings := g.settings()
	local, err := settings.Config(config.NeedOdoo | config.NeedMail)
	if err != nil {
		return nil, nil, err
	}
	set, err := loadTemplates(local)
	if err != nil {
		return nil, nil, err
	}
	forms, err := loadQuestionnaires(local)
	if err != nil {
		return nil, nil, err
	}
	if !local.Feedback.Enabled {
		return nil, nil, g.switchedOff(settings, "feedback.enabled", "feedback is")
	}
	s, err := g.connect(ctx, settings)
	if err != nil {
		return nil, nil, err
	}
	a, release, err := g.asking(ctx, s, j, part)
	if err != nil || a == nil {
		s.close()
		return nil, nil, err
	}
	a.Letters.Templates, a.Forms = set, forms
	return a, func() { release(); s.close() }, nil
}

// asking builds the run on an open session; release ends what it holds.
func (g *globals) asking(ctx context.Context, s *session, j job, part run.Shard) (*run.Ask, func(), error) {
	c, err := s.settings.Config(config.NeedOdoo | config.NeedMail)
	if err != nil {
		return nil, nil, err
	}
	warn(s.log, s.settings)
	if !c.Feedback.Enabled {
		return nil, nil, g.switchedOff(s.settings, "feedback.enabled", "feedback is")
	}
	zone, err := s.zone(c)
	if err != nil {
		return nil, nil, err
	}
	policy, err := s.feedbackPolicy(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	base, release, err := g.base(ctx, s, c, j, part)
	if err != nil {
		return nil, nil, err
	}
	server, err := mailServer(c.SMTP)
	if err != nil {
		release()
		return nil, nil, err
	}
	a := &run.Ask{
		Base: base, Workshop: s.gateway, Polls: s.gateway, Pages: odoo.Pages{Transport: g.env.Transport, CAFile: c.Odoo.CAFile},
		Courier: g.courier(s, c, server, j.dry),
		Letters: &run.Letters{
			From: c.Mail.From, ReplyTo: c.Mail.ReplyTo, EnvelopeFrom: c.Mail.EnvelopeFrom, Language: c.Mail.Language,
			Zone: zone,
		},
		Policy: policy, LookbackDays: c.Feedback.LookbackDays, DeadlineDays: c.Feedback.DeadlineDays, PublicURL: c.Odoo.PublicURL,
		OdooURL: c.Odoo.URL,
	}
	return a, func() { server.Close(); release() }, nil
}

// feedbackPolicy resolves the activity types in feedback.rules. One that Odoo
// does not have is a problem of the configuration.
func (s *session) feedbackPolicy(ctx context.Context, c config.Config) (feedback.Policy, error) {
	p := feedback.Policy{CooldownDays: c.Feedback.CooldownDays, Questionnaire: named(c.Feedback.Questionnaire)}
	var err error
	if p.Installed, err = run.FirstRun(s.instance, s.shared, s.gateway.Now()); err != nil {
		return p, err
	}
	if len(c.Feedback.Rules) == 0 {
		return p, nil
	}
	types, err := s.gateway.Names(ctx, "mail.activity.type", s.odoo.Language)
	if err != nil {
		return p, err
	}
	var names []string
	for _, t := range types {
		names = append(names, t.Name)
	}
	var problems []config.Problem
	for _, rule := range c.Feedback.Rules {
		chosen := feedback.Rule{Questionnaire: named(rule.Questionnaire)}
		for _, t := range types {
			if strings.EqualFold(strings.TrimSpace(t.Name), rule.ActivityType) {
				chosen.Types = append(chosen.Types, crm.ActivityTypeID(t.ID))
			}
		}
		if len(chosen.Types) == 0 {
			problems = append(problems, config.Problem{
				Key: "feedback.rules", Value: rule.ActivityType, Cause: "Odoo has no activity type of this name",
				Nearest: config.Nearest(rule.ActivityType, names),
			})
		}
		p.Rules = append(p.Rules, chosen)
	}
	if len(problems) > 0 {
		return p, &config.ProblemsError{Problems: problems}
	}
	return p, nil
}

// named turns the name that stands for asking nothing into no name.
func named(name string) string {
	if name == questionnaire.None {
		return ""
	}
	return name
}

// loadQuestionnaires reads the user's own questionnaires and the built-in ones.
func loadQuestionnaires(c config.Config) (*questionnaire.Set, error) {
	var own fs.FS
	if c.Templates.Dir != "" {
		own = os.DirFS(c.Templates.Dir)
	}
	forms, err := questionnaire.Load(own, templates.FS)
	if err != nil && c.Templates.Dir != "" {
		return nil, &templatesError{dir: c.Templates.Dir, err: err}
	}
	return forms, err
}

func (g *globals) runFeedbackCollect(ctx context.Context, flags *runFlags) error {
	head := report.Head{
		Command: "feedback collect", DryRun: flags.isDry(), NoMails: true, Done: []report.Outcome{report.Collected},
	}
	return g.reportedAs(head, flags.output, func(head report.Head, w report.Writer) error {
		selection, err := flags.selection(g.env)
		if err != nil {
			return err
		}
		settings := g.settings()
		local, err := settings.Config(config.NeedOdoo)
		if err != nil {
			return err
		}
		if !local.Feedback.Enabled {
			return g.switchedOff(settings, "feedback.enabled", "feedback is")
		}
		s, err := g.connect(ctx, settings)
		if err != nil {
			return err
		}
		defer s.close()
		c, err := s.settings.Config(config.NeedOdoo)
		if err != nil {
			return err
		}
		warn(s.log, s.settings)
		if !c.Feedback.Enabled {
			return g.switchedOff(s.settings, "feedback.enabled", "feedback is")
		}
		zone, err := s.zone(c)
		if err != nil {
			return err
		}
		base, release, err := g.base(ctx, s, c, jobOf(head), selection.Shard)
		if err != nil {
			return err
		}
		defer release()
		base.Select, base.Sink = selection, w
		if base.Now, err = flags.instant(base.Now, zone); err != nil {
			return err
		}
		collect := &run.Collect{
			Base: base, Polls: s.gateway, Notes: s.gateway, Diary: s.gateway, LowScore: float64(c.Feedback.LowScore), Zone: zone,
			Token: run.TokenOf(head.Run), Domain: s.instance.Host(),
		}
		return collect.Run(ctx)
	})
}
