package cli

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/remind"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const remindExample = `  crm-tool remind                          mail what is due
  crm-tool remind --dry-run                show what would be mailed
  crm-tool remind --save-mails /tmp/mails  look at the mails
  crm-tool remind --opportunity 42         one opportunity, and why not`

func newRemindCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "remind",
		Short: "Mail the reminders that are due, salesperson in CC",
		Long: "Mail the reminders that are due, each once, to the client, with the salesperson in CC.\n\n" +
			"A reminder is due at the ages in reminders.days, in calendar days since the opportunity's creation, or\n" +
			"since its conversion when it was a lead before, and for reminders.catch_up_days after that.",
		Example: remindExample,
		Args:    command.Subcommands,
		RunE:    func(cmd *cobra.Command, _ []string) error { return g.runRemind(cmd.Context(), flags) },
	}
	flags.bindMails(cmd.Flags())
	cmd.AddCommand(newSettleCmd(g))
	return cmd
}

func (g *globals) runRemind(ctx context.Context, flags *runFlags) error {
	p := purpose{toggle: remindersToggle()}
	return g.mailing(ctx, report.Head{Command: "remind"}, flags, p, "Reminders", func(w *workplace, letters *mailing.Composer) error {
		return g.reminders(w, letters).Run(ctx)
	})
}

// reminders is the reminder run on a workplace.
func (g *globals) reminders(w *workplace, letters *mailing.Composer) *remind.Run {
	return &remind.Run{
		Base: w.base, Courier: g.courier(w), Composer: letters, Policy: reminderPolicy(w.config, w.zone),
	}
}

// letters makes the workplace's mails.
func (w *workplace) letters() *mailing.Composer {
	c := w.config.Mail
	return &mailing.Composer{
		Templates: w.templates, From: c.From, ReplyTo: c.ReplyTo, EnvelopeFrom: c.EnvelopeFrom, Language: c.Language, Zone: w.zone,
	}
}

// courier delivers the workplace's mails, or does as if in a dry run.
func (g *globals) courier(w *workplace) *ledger.Courier {
	courier := &ledger.Courier{
		Book: w.gateway, Sender: w.server, Notes: mailing.Notes{},
		Token: w.token, Domain: w.config.Mail.From.Domain(), Connections: w.config.SMTP.Connections, Clock: g.Clock,
		Journal: w.journal,
	}
	if w.base.DryRun {
		courier.Book, courier.Sender = &ledger.DryBook{Clock: w.gateway.Now}, ledger.DrySender{}
	}
	return courier
}

func reminderPolicy(c config.Config, zone *time.Location) remindplan.Policy {
	return remindplan.Policy{
		Days: c.Reminders.Days, CatchUp: c.Reminders.CatchUpDays, StopOnReply: c.Reminders.StopOnReply, Zone: zone,
	}
}

// mailServer returns the way to the mail server; it does not connect yet.
func (g *globals) mailServer(c config.SMTP) (*smtp.Sender, error) {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return smtp.New(smtp.Options{
		Host: c.Host, Port: c.Port, TLS: smtp.TLSMode(c.TLS), CAFile: c.CAFile,
		User: c.User, Password: c.Password.Reveal, LocalName: host,
		Timeout: c.Timeout, Connections: c.Connections, Dial: g.Dial,
	})
}
