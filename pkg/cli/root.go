package cli

import (
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// globals are the flags that every command has, and what the process gave.
type globals struct {
	env        Env
	configFile string
	quiet      bool
	verbose    bool
	logFormat  string
	noColor    bool
	// status is where somebody is told how far a run is; nil for nowhere.
	status *statusLine
	// unprinted is why a help text was not written.
	unprinted error
}

func (g *globals) bind(flags *pflag.FlagSet) {
	flags.StringVar(&g.configFile, "config", "", "configuration `FILE`; see crm-tool config path")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "print nothing unless something failed")
	flags.BoolVarP(&g.verbose, "verbose", "v", false, "tell what is done, and all of an error")
	flags.Var(&choice{value: &g.logFormat, allowed: []string{"text", "json"}}, "log-format", "form of messages")
	flags.BoolVar(&g.noColor, "no-color", false, "no colours, also with NO_COLOR set")
}

// logger writes messages to standard error.
func (g *globals) logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelWarn}
	switch {
	case g.verbose:
		options.Level = slog.LevelDebug
	case g.quiet:
		options.Level = slog.LevelError
	}
	if g.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(visible{g.env.Stderr}, options))
	}
	return slog.New(slog.NewTextHandler(visible{g.env.Stderr}, options))
}

func (g *globals) color() bool {
	return g.env.Width > 0 && !g.noColor && g.env.getenv("NO_COLOR") == ""
}

// newRoot returns the whole tree. Every call makes a new one: cobra's commands
// keep the state of their flags.
func newRoot(g *globals) *cobra.Command {
	root := group("crm-tool", "Follow up the opportunities of an Odoo CRM", rootExample)
	root.Long = rootHelp
	for _, s := range sections(g) {
		root.AddGroup(&cobra.Group{ID: s.title, Title: s.title + ":"})
		for _, cmd := range s.commands {
			cmd.GroupID = s.title
			root.AddCommand(cmd)
		}
	}
	help := newHelpCmd()
	help.GroupID = settingUp
	root.SetHelpCommand(help)
	root.AddCommand(&cobra.Command{Use: "exit-codes", Short: "What the exit status means", Long: exitHelp(g.env.Width)})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { g.unprinted = g.print("%s", helpText(cmd, g.env.Width)) })
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.SetIn(g.env.Stdin)
	root.SetOut(g.env.Stdout)
	root.SetErr(g.env.Stderr)
	g.bind(root.PersistentFlags())
	finish(root, len(g.env.Args) > 0 && g.env.Args[0] == cobra.ShellCompRequestCmd)
	return root
}

const rootHelp = `crm-tool follows up the opportunities of an Odoo CRM. It mails each client reminders, with the salesperson in CC,
asks for an opinion once an activity is done, writes the answers onto the opportunity, and archives what has become old.

It is made for cron, systemd and Kubernetes: every command is one run that may be repeated at any time. Run again, at
the same time on two hosts, or after a crash, runs end in the same state, and each mail leaves once. What was done
stands in Odoo; nothing else is kept.`

const rootExample = `  crm-tool demo                 see the whole job, without any server
  crm-tool init                 set it up for your Odoo and mail server
  crm-tool remind --dry-run     who would get a reminder, and why others would not`

// settingUp is the section of what is done once, and of help.
const settingUp = "Setting up"

// section is a part of the list of commands.
type section struct {
	title    string
	commands []*cobra.Command
}

// sections returns the commands as the help shows them.
func sections(g *globals) []section {
	return []section{
		{"Runs", []*cobra.Command{newRemindCmd(g), newArchiveCmd(g), newFeedbackCmd(g)}},
		{"Looking", []*cobra.Command{newPreviewCmd(g), newExplainCmd(g), newRunsCmd(g)}},
		{"Settings and mails", []*cobra.Command{newConfigCmd(g), newTemplatesCmd(g)}},
		{settingUp, []*cobra.Command{newInitCmd(g), newSetupCmd(g), newDemoCmd(g), newCompletionCmd(g), newVersionCmd(g)}},
	}
}

// groupAnnotation marks a command that only holds others.
const groupAnnotation = "group"

// group returns a command that only holds others. cobra would print its help
// and succeed when the name of a subcommand is mistyped.
func group(use, short, example string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example,
		Annotations: map[string]string{groupAnnotation: "true"},
		Args:        cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return strayArgument(cmd, args[0])
		},
	}
	cmd.AddCommand(commands...)
	return cmd
}
