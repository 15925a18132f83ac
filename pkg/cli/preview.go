package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// previewFlags are the flags of the previews.
type previewFlags struct {
	step      int
	reminder  bool
	output    string
	saveMails string
	sendTo    string
}

func (f *previewFlags) bind(cmd *cobra.Command) {
	cmd.Flags().VarP(command.NewChoice(&f.output, "text", "html", "eml"), "output", "o",
		"what to print: header and text, the page, or the whole mail")
	cmd.Flags().StringVar(&f.saveMails, "save-mails", "", "also save the mail into `DIR`, with an index.html to look at it in a browser")
	cmd.Flags().StringVar(&f.sendTo, "send-to", "", "really send it, as a test, to `ADDRESS` and nobody else")
}

func newPreviewCmd(g *globals) *cobra.Command {
	return command.Group("preview", "One mail as its client would get it", "  crm-tool preview remind 42\n"+
		"  crm-tool preview feedback 42 --send-to you@example.com", newPreviewRemindCmd(g), newPreviewFeedbackCmd(g))
}

// unchanged is what both previews promise.
const unchanged = "OPPORTUNITY is its number in Odoo or, when only one has it, its name. Nothing is changed in Odoo. With --send-to,\n" +
	"the mail goes to that address alone, marked as a test in its subject."

func newPreviewRemindCmd(g *globals) *cobra.Command {
	flags := &previewFlags{}
	cmd := &cobra.Command{
		Use:   "remind OPPORTUNITY",
		Short: "Show one reminder as its client would get it",
		Long: "Show the reminder of one opportunity as its client would get it: the one that is due, or else the next, or that\n" +
			"of --step. It is shown whatever speaks against sending it, which is said on standard error.\n\n" + unchanged,
		Example: "  crm-tool preview remind 42                         header and text\n" +
			"  crm-tool preview remind \"Office chairs\" --step 30   another day's\n" +
			"  crm-tool preview remind 42 --save-mails /tmp/mails look at it in a browser\n" +
			"  crm-tool preview remind 42 --send-to you@example.com",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var step *int
			if cmd.Flags().Changed("step") {
				step = &flags.step
			}
			if flags.step < 0 {
				return exit.Usagef("--step %d: give the day of a reminder, 0 or above", flags.step)
			}
			p := purpose{command: "preview remind", dry: true, mails: true}
			return g.preview(cmd.Context(), args[0], flags, p, func(w *workplace, id crm.OpportunityID) (mailing.Preview, error) {
				return g.reminders(w, w.letters()).Preview(cmd.Context(), id, step)
			})
		},
	}
	cmd.Flags().IntVar(&flags.step, "step", 0, "the reminder of this `DAY`")
	flags.bind(cmd)
	return cmd
}

func newPreviewFeedbackCmd(g *globals) *cobra.Command {
	flags := &previewFlags{}
	cmd := &cobra.Command{
		Use:   "feedback OPPORTUNITY",
		Short: "Show one mail with a questionnaire as its client would get it",
		Long: "Show the mail that asks the client of one opportunity about the activity that was finished last. Where none was,\n" +
			"it is as if one had been finished now. Its link leads nowhere, so that nobody answers in the client's place. It is\n" +
			"shown whatever speaks against sending it, which is said on standard error.\n\n" + unchanged,
		Example: "  crm-tool preview feedback 42\n" +
			"  crm-tool preview feedback 42 --reminder            the one that reminds of it\n" +
			"  crm-tool preview feedback 42 --save-mails /tmp/mails\n" +
			"  crm-tool preview feedback 42 --send-to you@example.com",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := purpose{command: "preview feedback", dry: true, mails: true, asks: true}
			return g.preview(cmd.Context(), args[0], flags, p, func(w *workplace, id crm.OpportunityID) (mailing.Preview, error) {
				policy, err := w.feedbackPolicy(cmd.Context(), w.config)
				if err != nil {
					return mailing.Preview{}, err
				}
				return g.asking(w, w.letters(), policy).Preview(cmd.Context(), id, flags.reminder)
			})
		},
	}
	cmd.Flags().BoolVar(&flags.reminder, "reminder", false, "the mail that reminds of an unanswered questionnaire")
	flags.bind(cmd)
	return cmd
}

// preview shows the mail that compose makes, saves it, and sends it as a test.
func (g *globals) preview(ctx context.Context, name string, flags *previewFlags, p purpose, compose func(*workplace, crm.OpportunityID) (mailing.Preview, error)) error {
	var tester address.Address
	if flags.sendTo != "" {
		var err error
		if tester, err = address.New("", flags.sendTo); err != nil {
			return exit.Usagef("--send-to: %w", err)
		}
	}
	w, err := g.open(ctx, p)
	if err != nil {
		return err
	}
	defer w.close()
	id, err := w.opportunity(ctx, name)
	if err != nil {
		return err
	}
	shown, err := compose(w, id)
	if errors.Is(err, run.ErrNoOpportunity) {
		return &exit.UsageError{Err: err}
	}
	if err != nil {
		return err
	}
	if !g.Quiet {
		g.remark(w, shown)
		if flags.output == "" && flags.saveMails == "" {
			g.Say("below is its text part; most people see its HTML: --save-mails DIR shows both\n")
		}
	}
	if err := g.showPreview(shown, flags.output); err != nil {
		return err
	}
	if flags.saveMails != "" {
		saved := &collector{title: "Preview", note: "The mail as its client would get it. Nothing was sent to the client."}
		saved.keep(shown.Draft)
		if err := saved.write(flags.saveMails); err != nil {
			return err
		}
		g.Note("look at it in a browser: %s\n", filepath.Join(flags.saveMails, "index.html"))
	}
	if tester.IsZero() {
		return nil
	}
	return g.sendTest(ctx, w, shown, tester)
}

// remark says which mail is shown, and what keeps a run from sending it.
func (g *globals) remark(w *workplace, p mailing.Preview) {
	about := fmt.Sprintf("opportunity %d (%s)", p.Opportunity.ID, address.Printable(p.Opportunity.Name))
	toggle := feedbackToggle()
	switch {
	case p.Kind == crm.Reminder:
		toggle = remindersToggle()
		g.Say("the reminder of day %d for %s, due on %s\n", p.Step, about, p.Due)
	case p.Unfinished:
		g.Say("a questionnaire for %s, as if an activity had been finished now: none was within feedback.lookback_days\n", about)
	default:
		g.Say("a questionnaire for %s, about an activity that was finished: %s\n", about, address.Printable(activityName(p.ActivityType, false)))
	}
	against := make([]string, len(p.Against))
	for i, reason := range p.Against {
		against[i] = fmt.Sprintf("%s (%s)", report.Explain(reason), reason)
	}
	if !toggle.on(w.config) {
		against = append(against, fmt.Sprintf("It is switched off. (%s)", toggle.key))
	}
	switch {
	case p.Kind == crm.FeedbackReminder && w.config.Feedback.RemindAfterDays == 0:
		g.Say("no run reminds of questionnaires: feedback.remind_after_days is 0\n")
	case p.Kind == crm.FeedbackReminder:
		g.Say("a run sends this reminder once, %d days after the questionnaire, while that is not answered\n", w.config.Feedback.RemindAfterDays)
	case p.Unfinished:
	case len(against) == 0:
		g.Say("the next run sends it\n")
	default:
		g.Say("a run would not send it now: %s\n", strings.Join(against, " "))
	}
}

// showPreview prints a mail in one of the forms of --output.
func (g *globals) showPreview(p mailing.Preview, form string) error {
	m := p.Message
	switch form {
	case "html":
		return g.Print("%s", m.HTML)
	case "eml":
		return g.Print("%s", p.Raw)
	}
	var b strings.Builder
	header := func(name string, list ...address.Address) {
		var texts []string
		for _, a := range list {
			if !a.IsZero() {
				texts = append(texts, a.String())
			}
		}
		if len(texts) > 0 {
			fmt.Fprintf(&b, "%-9s %s\n", name+":", strings.Join(texts, ", "))
		}
	}
	header("From", m.From)
	header("Reply-To", m.ReplyTo)
	header("To", m.To...)
	header("Cc", m.CC...)
	fmt.Fprintf(&b, "%-9s %s\n\n%s", "Subject:", m.Subject, m.Text)
	return g.Print("%s", b.String())
}

// sendTest sends a preview to somebody who is not its client.
func (g *globals) sendTest(ctx context.Context, w *workplace, p mailing.Preview, to address.Address) error {
	envelope, raw, err := p.Test(to, w.config.Mail.EnvelopeFrom, ledger.NewToken(), g.Clock().In(w.zone))
	if err != nil {
		return err
	}
	if _, err := w.server.Send(ctx, envelope, raw, func() error { return nil }); err != nil {
		return fmt.Errorf("send the test to %s: %w", to.Mailbox, err)
	}
	g.Note("sent as a test to %s, and to nobody else\n", to.Mailbox)
	return nil
}
