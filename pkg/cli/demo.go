package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/config"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// demoFlags are the flags of `demo`.
type demoFlags struct {
	dir   string
	serve bool
}

func newDemoCmd(g *globals) *cobra.Command {
	flags := &demoFlags{}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole job against an embedded Odoo and mailbox",
		Long: "Show the whole job on a sandbox: a stand-in for Odoo with a small company's pipeline, and a mailbox, both\n" +
			"inside this process. No server is needed, and no mail leaves this host.",
		Example: "  crm-tool demo\n" +
			"  crm-tool demo --serve    stay open afterwards, and answer a questionnaire in your browser",
		Args: command.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.runDemo(cmd.Context(), flags)
		},
	}
	cmd.Flags().StringVar(&flags.dir, "dir", "", "where to put the configuration and the mails; a new temporary folder by default")
	cmd.Flags().BoolVar(&flags.serve, "serve", false, "keep the sandbox open afterwards, until Ctrl-C")
	return cmd
}

// demonstration is a sandbox that the commands are shown on.
type demonstration struct {
	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	// config, mails and page are files and folders that it leaves.
	config, mails, page string
	// answered is the client who has answered.
	answered asked
}

// demoStep is a command of the demonstration and what it shows.
type demoStep struct {
	says string
	args []string
	// before is what happens in the company before it; nil for nothing.
	before func(context.Context) error
}

func (d *demonstration) steps() []demoStep {
	return []demoStep{
		{says: "First a look: what would be mailed, and why not to the others. The mails are saved as a gallery.", args: []string{"remind", "--save-mails", d.mails}},
		{says: "Now for real: each mail is claimed in Odoo, sent, and confirmed there.", args: []string{"remind"}},
		{says: "Run again, as cron would: nobody gets anything twice.", args: []string{"remind"}},
		{says: "What is 30 days old and has had its last reminder is archived.", args: []string{"archive"}},
		{says: "That can be taken back, open activities included.", args: []string{"archive", "undo", "last"}},
		{says: "What was put back is not archived again.", args: []string{"archive"}},
		{
			says: "A meeting and a call were just marked done in Odoo: their clients are asked for their opinion.", args: []string{"feedback", "send"},
			before: func(context.Context) error { return d.odoo.FinishActivities() },
		},
		{
			says: "One of them has answered: the answers are written onto her opportunity.", args: []string{"feedback", "collect"},
			before: d.answerOne,
		},
		{says: "What clients think, as tables and as a page for a meeting.", args: []string{"feedback", "report", "--html", d.page}},
	}
}

// answerOne lets one of the clients who were asked answer.
func (d *demonstration) answerOne(ctx context.Context) error {
	clients, err := clientsAsked(d.mailbox)
	if err != nil {
		return err
	}
	if len(clients) == 0 {
		return errors.New("no client was asked for his opinion")
	}
	d.answered = clients[len(clients)-1]
	return d.answered.answer(ctx)
}

func (g *globals) runDemo(ctx context.Context, flags *demoFlags) (err error) {
	dir := flags.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "crm-tool-demo-"); err != nil {
			return &console.OutputError{Err: err}
		}
	}
	odoo, mailbox, err := startSandbox(g.Env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mailbox.Close(), odoo.Close()) }()
	d := &demonstration{
		odoo: odoo, mailbox: mailbox,
		config: filepath.Join(dir, "config.yaml"), mails: filepath.Join(dir, "mails"), page: filepath.Join(dir, "feedback.html"),
	}
	if err := writeDemoConfig(d.config, odoo, mailbox); err != nil {
		return &console.OutputError{Err: err}
	}
	const welcome = "This is the sandbox: a stand-in for Odoo 19 and a mailbox inside this process. No mail leaves this host."
	if err := g.Print("%s", g.Prose(welcome)); err != nil {
		return err
	}
	for _, step := range d.steps() {
		if err := g.show(ctx, d, step); err != nil {
			return err
		}
	}
	result := fmt.Sprintf("The mailbox got %d mails, for the clients and in copy for their salespeople. Look at the reminders in a browser:",
		len(mailbox.Messages()))
	if err := g.Print("\n%s  %s\n"+
		"The page for a meeting:\n  %s\nThe configuration of this demonstration:\n  %s\n",
		g.Prose(result), filepath.Join(d.mails, "index.html"), d.page, d.config); err != nil || !flags.serve {
		return err
	}
	return g.serveDemo(ctx, d)
}

// show runs one command of the demonstration as somebody at a shell would.
func (g *globals) show(ctx context.Context, d *demonstration, step demoStep) error {
	command := "crm-tool " + strings.Join(step.args, " ")
	if step.before != nil {
		if err := step.before(ctx); err != nil {
			return fmt.Errorf("before %s: %w", command, err)
		}
	}
	if err := g.Print("\n%s$ %s\n", g.Prose("# "+step.says), command); err != nil {
		return err
	}
	inner := g.Env
	inner.Args = step.args
	inner.Environ = []string{config.PathEnv + "=" + d.config, "NO_COLOR=" + g.Getenv("NO_COLOR")}
	inner.Stderr, inner.ErrWidth = g.Stdout, 0
	if err := execute(ctx, &globals{Console: console.New(inner)}); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

// serveDemo keeps the sandbox open until a signal comes, which is its proper
// end.
func (g *globals) serveDemo(ctx context.Context, d *demonstration) error {
	clients, err := clientsAsked(d.mailbox)
	if err != nil {
		return err
	}
	var open strings.Builder
	for _, c := range clients {
		if c != d.answered {
			fmt.Fprintf(&open, "  %s\n    %s\n", c.client, c.link)
		}
	}
	if err := g.Print("\nThe sandbox stays open until Ctrl-C. Answer as a client, in a browser:\n%s"+
		"and collect the answers in another terminal:\n  crm-tool feedback collect --config %s\n", open.String(), d.config); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// startSandbox starts the stand-in, filled with a company's pipeline, and the
// mailbox.
func startSandbox(env Env) (*sandboxodoo.Server, *sandboxsmtp.Mailbox, error) {
	odoo, err := sandboxodoo.New(sandboxodoo.Options{Clock: env.Clock, AliasDomain: "northwind-office.example"})
	if err != nil {
		return nil, nil, err
	}
	if err := odoo.Seed(); err != nil {
		return nil, nil, err
	}
	if _, err := odoo.Start(); err != nil {
		return nil, nil, err
	}
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
	if err != nil {
		return nil, nil, errors.Join(err, odoo.Close())
	}
	return odoo, mailbox, nil
}

func writeDemoConfig(file string, odoo *sandboxodoo.Server, mailbox *sandboxsmtp.Mailbox) error {
	host, port, _ := strings.Cut(mailbox.Addr(), ":")
	content := fmt.Sprintf(`# The sandbox of crm-tool demo; it ends with the demonstration.
odoo:
  url: %s
  database: %s
  user: %s
  password: %s
smtp:
  host: %s
  port: %s
  tls: none
mail:
  from: Northwind Office <sales@northwind-office.example>
state_dir: none
`, odoo.URL(), sandboxodoo.Database, sandboxodoo.BotLogin, sandboxodoo.BotPassword, host, port)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o600)
}
