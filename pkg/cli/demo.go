package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/sandbox"
)

func newDemoCmd(g *globals) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole job against an embedded Odoo and mailbox",
		Long: "Show the whole job on a sandbox: a stand-in for Odoo with a small company's pipeline, and a mailbox, both\n" +
			"inside this process. No server is needed, and no mail leaves this host.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.runDemo(cmd.Context(), dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "where to put the configuration and the mails; a new temporary folder by default")
	return cmd
}

// demoStep is a command of the demonstration and what it shows.
type demoStep struct {
	says string
	args []string
}

func demoSteps(mails string) []demoStep {
	return []demoStep{
		{"First a look: what would be mailed, and why not to the others. The mails are saved as a gallery.", []string{"remind", "--save-mails", mails}},
		{"Now for real: each mail is claimed in Odoo, sent, and confirmed there.", []string{"remind"}},
		{"Run again, as cron would: nobody gets anything twice.", []string{"remind"}},
		{"What is 30 days old and has had its last reminder is archived.", []string{"archive"}},
		{"That can be taken back, open activities included.", []string{"archive", "undo", "last"}},
		{"What was put back is not archived again.", []string{"archive"}},
	}
}

func (g *globals) runDemo(ctx context.Context, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "crm-tool-demo-"); err != nil {
			return &outputError{err: err}
		}
	}
	odoo, mailbox, err := startSandbox(g.env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mailbox.Close(), odoo.Close()) }()
	file := filepath.Join(dir, "config.yaml")
	if err := writeDemoConfig(file, odoo, mailbox); err != nil {
		return &outputError{err: err}
	}
	if err := g.print("This is the sandbox: a stand-in for Odoo 19 and a mailbox inside this process. No mail leaves this host.\n"); err != nil {
		return err
	}
	mails := filepath.Join(dir, "mails")
	for _, step := range demoSteps(mails) {
		if err := g.print("\n# %s\n$ crm-tool %s\n", step.says, strings.Join(step.args, " ")); err != nil {
			return err
		}
		inner := g.env
		inner.Args = step.args
		inner.Environ = []string{config.PathEnv + "=" + file, "NO_COLOR=" + g.env.getenv("NO_COLOR")}
		inner.Stderr = g.env.Stdout
		if err := execute(ctx, &globals{env: inner}); err != nil {
			return fmt.Errorf("crm-tool %s: %w", strings.Join(step.args, " "), err)
		}
	}
	return g.print("\nThe mailbox got %d mails, for the clients and in copy for their salespeople. Look at them in a browser:\n  %s\n"+
		"The configuration of this demonstration:\n  %s\n",
		len(mailbox.Messages()), filepath.Join(mails, "index.html"), file)
}

// startSandbox starts the stand-in, filled with a company's pipeline, and the
// mailbox.
func startSandbox(env Env) (*sandbox.Odoo, *sandbox.Mailbox, error) {
	odoo, err := sandbox.NewOdoo(sandbox.OdooOptions{Clock: env.Clock, AliasDomain: "northwind-office.example"})
	if err != nil {
		return nil, nil, err
	}
	if err := odoo.Seed(); err != nil {
		return nil, nil, err
	}
	if _, err := odoo.Start(); err != nil {
		return nil, nil, err
	}
	mailbox, err := sandbox.NewMailbox(sandbox.MailboxOptions{TLS: sandbox.NoTLS})
	if err != nil {
		return nil, nil, errors.Join(err, odoo.Close())
	}
	return odoo, mailbox, nil
}

func writeDemoConfig(file string, odoo *sandbox.Odoo, mailbox *sandbox.Mailbox) error {
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
`, odoo.URL(), sandbox.Database, sandbox.BotLogin, sandbox.BotPassword, host, port)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(content), 0o600)
}
