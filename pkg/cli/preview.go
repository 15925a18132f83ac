package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
)

type previewFlags struct {
	step      int
	reminder  bool
	output    string
	saveMails string
	sendTo    string
}

func (f *previewFlags) bind(cmd *cobra.Command) {
	cmd.Flags().VarP(command.NewChoice(&f.output, "text", "html", "eml"), "output", "o",
		"print header and text, the HTML, or the whole mail")
	cmd.Flags().StringVar(&f.saveMails, "save-mails", "", "also save the mail in `DIR`, with an index.html for a browser")
	cmd.Flags().StringVar(&f.sendTo, "send-to", "", "really send it, as a test, to `ADDRESS` and nobody else")
}

func newPreviewCmd(h *job.Host) *cobra.Command {
	return command.Group("preview", newPreviewRemindCmd(h), newPreviewFeedbackCmd(h))
}

func newPreviewRemindCmd(h *job.Host) *cobra.Command {
	flags := &previewFlags{}
	cmd := &cobra.Command{
		Use:  "remind OPPORTUNITY",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var step *int
			if cmd.Flags().Changed("step") {
				step = &flags.step
			}
			if flags.step < 0 {
				return exit.Usagef("--step %d: give the day of a reminder, 0 or above", flags.step)
			}
			return runPreview(cmd.Context(), h, flags, args[0], false, func(j *job.Job, id crm.OpportunityID) (mailing.Preview, error) {
				r, err := newWorkingReminders(cmd.Context(), j)
				if err != nil {
					return mailing.Preview{}, err
				}
				return r.Preview(cmd.Context(), id, step)
			})
		},
	}
	cmd.Flags().IntVar(&flags.step, "step", 0, "the reminder of this `DAY`")
	flags.bind(cmd)
	return cmd
}

func newPreviewFeedbackCmd(h *job.Host) *cobra.Command {
	flags := &previewFlags{}
	cmd := &cobra.Command{
		Use:  "feedback OPPORTUNITY",
		Args: command.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPreview(cmd.Context(), h, flags, args[0], true, func(j *job.Job, id crm.OpportunityID) (mailing.Preview, error) {
				policy, err := feedbackPolicy(cmd.Context(), j)
				if err != nil {
					return mailing.Preview{}, err
				}
				return newAsk(j, policy).Preview(cmd.Context(), id, flags.reminder)
			})
		},
	}
	cmd.Flags().BoolVar(&flags.reminder, "reminder", false, "the mail that reminds of an unanswered questionnaire")
	flags.bind(cmd)
	return cmd
}

// runPreview shows the mail that compose makes, saves it, and sends it as a test.
func runPreview(ctx context.Context, h *job.Host, flags *previewFlags, name string, questionnaire bool, compose func(*job.Job, crm.OpportunityID) (mailing.Preview, error)) (err error) {
	var tester address.Address
	if flags.sendTo != "" {
		if tester, err = address.New("", flags.sendTo); err != nil {
			return exit.Usagef("--send-to: %w", err)
		}
	}
	j := job.New(h, job.Spec{Head: report.Head{Command: "preview"}, ReadOnly: true, Mails: true, Questionnaires: questionnaire})
	defer j.End(ctx, &err)
	if err := j.Begin(ctx); err != nil {
		return err
	}
	j.Tester = tester
	id, err := j.Names().Opportunity(ctx, name)
	if err != nil {
		return err
	}
	p, err := compose(j, id)
	if err != nil {
		return err
	}
	remark(j, p)
	if flags.output == "" && flags.saveMails == "" {
		h.Note("below is its text part; most people see its HTML: --save-mails DIR shows both\n")
	}
	if err := printMail(h, p, flags.output); err != nil {
		return err
	}
	if flags.saveMails != "" {
		gallery := &job.Gallery{Title: "Preview", Note: "The mail as its client would get it. Nothing was sent to the client."}
		gallery.Add(p.Draft)
		if err := gallery.Write(flags.saveMails); err != nil {
			return err
		}
		h.Note("look at it in a browser: %s\n", filepath.Join(flags.saveMails, "index.html"))
	}
	if tester.IsZero() {
		return nil
	}
	return sendTest(ctx, j, p, tester)
}

// remark says which mail is shown, and why no run would send it now.
func remark(j *job.Job, p mailing.Preview) {
	about := fmt.Sprintf("opportunity %d (%s)", p.Opportunity.ID, address.Printable(p.Opportunity.Name))
	say, on := j.Host.Note, job.Feedback
	switch {
	case p.Kind == crm.Reminder:
		on = job.Reminders
		say("the reminder of day %d for %s, due on %s\n", p.Step, about, p.Due)
	case p.Unfinished:
		say("a questionnaire for %s, as if an activity had been finished now: none was within feedback.lookback_days\n", about)
	default:
		say("a questionnaire for %s, about an activity that was finished: %s\n", about, address.Printable(job.ActivityName(p.ActivityType, false)))
	}
	if p.NameNote != "" {
		say("%s\n", p.NameNote)
	}
	against := make([]string, len(p.Against))
	for i, reason := range p.Against {
		against[i] = fmt.Sprintf("%s (%s)", report.Explain(reason), reason)
	}
	if place, _ := on.OffAt(j.Settings); place != "" { // The settings were checked.
		against = append(against, fmt.Sprintf("It is switched off. (%s)", on))
	}
	switch {
	case p.Kind == crm.FeedbackReminder && j.Config.Feedback.RemindAfterDays == 0:
		say("no run reminds of questionnaires: feedback.remind_after_days is 0\n")
	case p.Kind == crm.FeedbackReminder:
		say("a run sends this reminder once, %d days after the questionnaire, while that is not answered\n", j.Config.Feedback.RemindAfterDays)
	case p.Unfinished:
	case len(against) == 0:
		say("the next run sends it\n")
	default:
		say("a run would not send it now: %s\n", strings.Join(against, " "))
	}
}

func printMail(h *job.Host, p mailing.Preview, form string) error {
	m := p.Message
	switch form {
	case "html":
		return h.Print("%s", m.HTML)
	case "eml":
		return h.Print("%s", p.Raw)
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
	return h.Print("%s", b.String())
}

func sendTest(ctx context.Context, j *job.Job, p mailing.Preview, to address.Address) error {
	test, err := p.Test(to, j.Config.Mail.EnvelopeFrom, ledger.NewToken(), j.Host.Clock().In(j.Zone))
	if err != nil {
		return err
	}
	if _, err := j.Sender.Send(ctx, test, func() error { return nil }); err != nil {
		return fmt.Errorf("send the test to %s: %w", to.Mailbox, err)
	}
	j.Host.Note("sent as a test to %s, and to nobody else\n", to.Mailbox)
	return nil
}
