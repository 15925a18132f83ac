// Package demo shows the whole job of crm-tool on a sandbox: a stand-in for
// Odoo with a small company's pipeline, and a mailbox, both inside this process.
// No mail leaves the host.
//
// The commands that it shows are run by the program itself, as a person at a
// shell would run them. Before, it runs the program on days of the past, which nobody
// sees, so that reports have months to show.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/config"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// Options say where the demonstration leaves its files, and how it ends.
type Options struct {
	// Dir gets the configuration, the mails and the page; empty for a new
	// temporary folder.
	Dir string
	// Serve keeps the sandbox open until the context ends.
	Serve bool
}

// stopping is the client of the demonstration's pipeline who asks for no more
// mails.
const stopping = "rosa@vidal-legal.example"

// demonstration is a sandbox that the commands are shown on.
type demonstration struct {
	*console.Console

	// run runs the program.
	run     func(context.Context, console.Env) error
	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	clock   *clock
	// config, mails and page are the files and folders that it leaves.
	config, mails, page, reminders string
	// answered is the client who has answered.
	answered Client
}

// step is a command and what it shows.
type step struct {
	says string
	args []string
	// before is what happens in the company before it; nil for nothing.
	before func(context.Context) error
}

func (d *demonstration) steps() []step {
	return []step{
		{says: "First a look: what would be mailed, and why not to the others. The mails are saved as a gallery.", args: []string{"remind", "--save-mails", d.mails}},
		{says: "Now for real: each mail is claimed in Odoo, sent, and confirmed there.", args: []string{"remind"}},
		{
			says: "A client has answered: please stop. Run again, as cron would: nobody gets anything twice, that client is opted out, and a note tells their salesperson.",
			args: []string{"remind"}, before: d.askToStop,
		},
		{says: "Who asked to stop, and since when. No command mails them, for any of their opportunities.", args: []string{"optout", "list"}},
		{says: "What is 30 days old and has had its last reminder is archived.", args: []string{"archive"}},
		{says: "That can be taken back, open activities included.", args: []string{"archive", "undo", "last"}},
		{says: "What was put back is not archived again.", args: []string{"archive"}},
		{
			says: "A meeting and a call were just marked done in Odoo: their clients are asked for their opinion.", args: []string{"feedback", "send"},
			before: func(context.Context) error { return d.odoo.FinishActivities() },
		},
		{
			says: "One of them has answered: the answers are written onto their opportunity.", args: []string{"feedback", "collect"},
			before: d.answerOne,
		},
		{says: "What clients think, as tables and as a page for a meeting.", args: []string{"feedback", "report", "--html", d.page}},
		{says: "What became of the reminders.", args: []string{"remind", "report", "--html", d.reminders}},
	}
}

func (d *demonstration) askToStop(context.Context) error {
	reply, err := Reply(d.mailbox, stopping, d.Clock(), "Thank you, we have found some. Please stop sending me these mails.")
	if err != nil {
		return err
	}
	return d.odoo.Receive(reply)
}

func (d *demonstration) answerOne(ctx context.Context) error {
	clients, err := Clients(d.mailbox)
	if err != nil {
		return err
	}
	if len(clients) == 0 {
		return errors.New("no client was asked for an opinion")
	}
	d.answered = clients[len(clients)-1]
	return d.answered.Answer(ctx, 0, "Thank you, that was time well spent.")
}

// Run shows each command. run is what runs the program with an environment.
func Run(ctx context.Context, c *console.Console, o Options, run func(context.Context, console.Env) error) (err error) {
	temporary := o.Dir == ""
	if temporary {
		if o.Dir, err = os.MkdirTemp("", "crm-tool-demo-"); err != nil {
			return &console.OutputError{Err: err}
		}
	}
	d := &demonstration{
		Console: c, run: run, clock: &clock{now: c.Clock},
		config: filepath.Join(o.Dir, "config.yaml"), mails: filepath.Join(o.Dir, "mails"), page: filepath.Join(o.Dir, "feedback.html"),
		reminders: filepath.Join(o.Dir, "reminders.html"),
	}
	if d.odoo, d.mailbox, err = startSandbox(d.clock.Now); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.mailbox.Close(), d.odoo.Close()) }()
	if err := livePast(ctx, d, o.Dir); err != nil {
		return err
	}
	if err := WriteConfig(d.config, d.odoo, d.mailbox); err != nil {
		return &console.OutputError{Err: err}
	}
	const welcome = "This is the sandbox: a stand-in for Odoo 19 and a mailbox inside this process. No mail leaves this host. " +
		"The company in it has used crm-tool for five months."
	if err := d.Print("%s", d.Prose(welcome)); err != nil {
		return err
	}
	for _, step := range d.steps() {
		if err := d.show(ctx, step); err != nil {
			return err
		}
	}
	if err := d.Print("\n%s", d.results()); err != nil {
		return err
	}
	if o.Serve {
		if err := d.serve(ctx); err != nil {
			return err
		}
	}
	return d.Print("\n%s", d.Prose(ending(o.Dir, temporary)))
}

// results says where to look at what the demonstration has made.
func (d *demonstration) results() string {
	result := fmt.Sprintf("The mailbox got %d mails, for the clients and in copy for their salespeople. Look at the reminders in a browser:",
		len(d.mailbox.Messages()))
	return fmt.Sprintf("%s  %s\nThe pages for a meeting:\n  %s\n  %s\nThe configuration of this demonstration:\n  %s\n",
		d.Prose(result), filepath.Join(d.mails, "index.html"), d.page, d.reminders, d.config)
}

// ending says what is still there after the demonstration.
func ending(dir string, temporary bool) string {
	text := "Nothing runs any more: the stand-in for Odoo and the mailbox are gone, and the configuration connects to nothing. " +
		"What is left is the folder " + dir + " with the mails, the pages and the configuration."
	if temporary {
		text += "\n\nTo remove it:\n  rm -r " + dir
	}
	return text
}

// show runs one command of the demonstration as somebody at a shell would.
func (d *demonstration) show(ctx context.Context, s step) error {
	command := "crm-tool " + strings.Join(s.args, " ")
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return fmt.Errorf("before %s: %w", command, err)
		}
	}
	if err := d.Print("\n%s$ %s\n", d.comment(s.says), command); err != nil {
		return err
	}
	inner := d.Env
	inner.Args = s.args
	inner.Environ = []string{config.PathEnv + "=" + d.config, "NO_COLOR=" + d.Getenv("NO_COLOR")}
	inner.Stderr, inner.ErrWidth = d.Stdout, 0
	if err := d.run(ctx, inner); err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

// comment writes a text as a shell's comment.
func (d *demonstration) comment(text string) string {
	lines := strings.TrimSuffix(console.Reflow(text, max(0, d.Width-2)), "\n")
	return "# " + strings.ReplaceAll(lines, "\n", "\n# ") + "\n"
}

// serve keeps the sandbox open until a signal comes, and that is no error.
func (d *demonstration) serve(ctx context.Context) error {
	clients, err := Clients(d.mailbox)
	if err != nil {
		return err
	}
	var open strings.Builder
	for _, c := range clients {
		if c != d.answered {
			fmt.Fprintf(&open, "  %s\n    %s\n", c.Address, c.Link)
		}
	}
	still := fmt.Sprintf("Still running, until Ctrl-C: the stand-in for Odoo at %s and the mailbox at %s. "+
		"Every command works on them in another terminal, with --config or this variable:", d.odoo.URL(), d.mailbox.Addr())
	if err := d.Print("\n%s  export %s=%s\nAnswer as a client, in a browser:\n%s"+
		"and collect the answers in another terminal:\n  crm-tool feedback collect --config %s\n",
		d.Prose(still), config.PathEnv, d.config, open.String(), d.config); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// startSandbox starts the stand-in, filled with a company's pipeline, and the
// mailbox.
func startSandbox(clock func() time.Time) (*sandboxodoo.Server, *sandboxsmtp.Mailbox, error) {
	odoo, err := sandboxodoo.New(sandboxodoo.Options{Clock: clock, AliasDomain: "northwind-office.example"})
	if err != nil {
		return nil, nil, err
	}
	if err := odoo.SeedPipeline(); err != nil {
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

// WriteConfig writes a configuration file for a sandbox.
func WriteConfig(file string, odoo *sandboxodoo.Server, mailbox *sandboxsmtp.Mailbox) error {
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
