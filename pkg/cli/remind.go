package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/remind"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

const remindExample = `  crm-tool remind                         mail what is due
  crm-tool remind --dry-run               show what would be mailed
  crm-tool remind --save-mails /tmp/mails look at the mails
  crm-tool remind --opportunity 42        one opportunity, and why not`

func newRemindCmd(g *globals) *cobra.Command {
	flags := &runFlags{}
	cmd := &cobra.Command{
		Use:   "remind",
		Short: "Mail the reminders that are due, salesperson in CC",
		Long: "Mail the reminders that are due, each once, to the client, with the salesperson in CC.\n\n" +
			"A reminder is due at the ages in reminders.days, in calendar days since the opportunity's creation, or\n" +
			"since its conversion when it was a lead before, and for reminders.catch_up_days after that.",
		Example: remindExample,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return strayArgument(cmd, args[0])
			}
			return g.runRemind(cmd.Context(), flags)
		},
	}
	flags.bindMails(cmd.Flags())
	cmd.AddCommand(newSettleCmd(g))
	return cmd
}

func (g *globals) runRemind(ctx context.Context, flags *runFlags) error {
	return g.reported("remind", flags.output, flags.isDry(), func(w report.Writer) error {
		selection, err := flags.selection(g.env)
		if err != nil {
			return err
		}
		if _, err := flags.instant(g.env.Clock(), time.UTC); err != nil {
			return err
		}
		r, end, err := g.openReminders(ctx, errand{mails: true, dry: flags.isDry(), part: selection.Shard})
		if err != nil || r == nil {
			return err
		}
		defer end()
		if r.Now, err = flags.instant(r.Now, r.Policy.Zone); err != nil {
			return err
		}
		r.Select, r.Sink = selection, w
		r.Guard.Overruled = flags.yes
		saved := &collector{sink: w, title: "Reminders"}
		if flags.saveMails != "" {
			r.Sink, r.Letters.Keep = saved, saved.keep
		}
		err = r.Run(ctx)
		if flags.saveMails != "" {
			err = errors.Join(err, saved.write(flags.saveMails))
		}
		return err
	})
}

// errand is what a command opens the reminders for.
type errand struct {
	// mails is false for a command that mails nobody: the switch does not
	// concern it.
	mails bool
	dry   bool
	part  run.Shard
}

// openReminders builds the reminder run of this host, or nil when reminders
// are switched off. Everything that can be wrong with settings, templates and
// the shared state comes out here, before anything is written.
func (g *globals) openReminders(ctx context.Context, e errand) (*run.Remind, func(), error) {
	settings := g.settings()
	local, err := settings.Config(config.NeedOdoo | config.NeedMail)
	if err != nil {
		return nil, nil, err
	}
	set, err := loadTemplates(local)
	if err != nil {
		return nil, nil, err
	}
	if e.mails && !local.Reminders.Enabled {
		return nil, nil, g.switchedOff(settings, "reminders.enabled", "reminders are")
	}
	s, err := g.connect(ctx, settings)
	if err != nil {
		return nil, nil, err
	}
	r, release, err := g.reminders(ctx, s, e)
	if err != nil || r == nil {
		s.close()
		return nil, nil, err
	}
	r.Letters.Templates = set
	return r, func() { release(); s.close() }, nil
}

// reminders builds the run on an open session; release ends what it holds.
func (g *globals) reminders(ctx context.Context, s *session, e errand) (*run.Remind, func(), error) {
	c, err := s.settings.Config(config.NeedOdoo | config.NeedMail)
	if err != nil {
		return nil, nil, err
	}
	warn(s.log, s.settings)
	if e.mails && !c.Reminders.Enabled {
		return nil, nil, g.switchedOff(s.settings, "reminders.enabled", "reminders are")
	}
	zone, err := s.zone(c)
	if err != nil {
		return nil, nil, err
	}
	base, release, err := g.base(ctx, s, c, job{command: "remind", dry: e.dry}, e.part)
	if err != nil {
		return nil, nil, err
	}
	server, err := mailServer(c.SMTP)
	if err != nil {
		release()
		return nil, nil, err
	}
	r := &run.Remind{
		Base:    base,
		Courier: g.courier(s, c, server, e.dry),
		Letters: &run.Letters{
			From: c.Mail.From, ReplyTo: c.Mail.ReplyTo, EnvelopeFrom: c.Mail.EnvelopeFrom, Language: c.Mail.Language,
			Zone: zone,
		},
		Policy: reminderPolicy(c, zone),
	}
	return r, func() { server.Close(); release() }, nil
}

func (g *globals) courier(s *session, c config.Config, server ledger.Sender, dry bool) *ledger.Courier {
	courier := &ledger.Courier{
		Book: s.gateway, Sender: server, Notes: run.Notes{},
		Token: ledger.NewToken(), Domain: c.Mail.From.Domain(), Connections: c.SMTP.Connections, Clock: g.env.Clock,
	}
	if dry {
		courier.Book, courier.Sender = &ledger.DryBook{Clock: s.gateway.Now}, ledger.DrySender{}
	}
	return courier
}

func reminderPolicy(c config.Config, zone *time.Location) remind.Policy {
	return remind.Policy{
		Days: c.Reminders.Days, CatchUp: c.Reminders.CatchUpDays, StopOnReply: c.Reminders.StopOnReply, Zone: zone,
	}
}

// switchedOff says so and where, which is no error.
func (g *globals) switchedOff(settings *config.Settings, key, what string) error {
	value, err := settings.Value(key)
	if err != nil {
		return err
	}
	if !g.quiet {
		g.say("%s switched off (%s); nothing is done\n", what, value.Source)
	}
	return nil
}

// mailServer returns the way to the mail server; it does not connect yet.
func mailServer(c config.SMTP) (*smtp.Sender, error) {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return smtp.New(smtp.Options{
		Host: c.Host, Port: c.Port, TLS: smtp.TLSMode(c.TLS), CAFile: c.CAFile,
		User: c.User, Password: c.Password.Reveal, LocalName: host,
		Timeout: c.Timeout, Connections: c.Connections,
	})
}
