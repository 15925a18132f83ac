package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// globals are the flags that every command has, and what the process gave.
type globals struct {
	env        Env
	configFile string
	quiet      bool
	verbose    bool
	logFormat  string
	noColor    bool
}

func (g *globals) bind(flags *pflag.FlagSet) {
	flags.StringVar(&g.configFile, "config", "", "configuration `FILE`")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "print nothing unless something failed")
	flags.BoolVarP(&g.verbose, "verbose", "v", false, "tell what is done, and all of an error")
	flags.Var(&choice{value: &g.logFormat, allowed: []string{"text", "json"}}, "log-format", "form of messages: text or json")
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
		return slog.New(slog.NewJSONHandler(g.env.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(g.env.Stderr, options))
}

func (g *globals) color() bool {
	return g.env.Width > 0 && !g.noColor && g.env.getenv("NO_COLOR") == ""
}

// newRoot returns the whole tree. Every call makes a new one: cobra's commands
// keep the state of their flags.
func newRoot(g *globals) *cobra.Command {
	root := group("crm-tool", "Follow up the opportunities of an Odoo CRM", "",
		newRemindCmd(g),
		newArchiveCmd(g),
		newFeedbackCmd(g),
		newConfigCmd(g),
		newTemplatesCmd(g),
		newRunsCmd(g),
		newSetupCmd(g),
		newDemoCmd(g),

		newVersionCmd(g),
		&cobra.Command{Use: "exit-codes", Short: "What the exit status means", Long: exitHelp()},
	)
	root.Long = "crm-tool mails reminders for the opportunities of an Odoo CRM.\n\n" +
		"It is made for cron and Kubernetes: every command is one idempotent run. Run again, at the same time on\n" +
		"two hosts, or after a crash, runs end in the same state, and each mail leaves once."
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.SetIn(g.env.Stdin)
	root.SetOut(g.env.Stdout)
	root.SetErr(g.env.Stderr)
	g.bind(root.PersistentFlags())
	return root
}

// group returns a command that only holds others. cobra would print its help
// and succeed when the name of a subcommand is mistyped.
func group(use, short, example string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example,
		Args: cobra.ArbitraryArgs,
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

// strayArgument explains an argument that is no command, by the likeliest
// meaning or by where to look.
func strayArgument(cmd *cobra.Command, arg string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if near := config.Nearest(arg, names); near != "" {
		return &usageError{err: fmt.Errorf("%s has no command %q; did you mean %s?", cmd.CommandPath(), arg, near)}
	}
	return &usageError{err: fmt.Errorf("%s has no command %q; see %s --help", cmd.CommandPath(), arg, cmd.CommandPath())}
}

// flagError turns an error of pflag into a usageError.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return &usageError{err: err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := config.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return &usageError{err: fmt.Errorf("%w; did you mean --%s?", err, near)}
	}
	return &usageError{err: fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
}

// exactly is cobra.ExactArgs with an error that shows the right form.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return &usageError{err: fmt.Errorf("%s takes %d arguments, not %d; write: %s", cmd.CommandPath(), n, len(args), cmd.UseLine())}
	}
}

// choice is a flag with a closed set of values; the first is the default.
type choice struct {
	value   *string
	allowed []string
}

var _ pflag.Value = (*choice)(nil)

// String returns the value.
func (c *choice) String() string {
	if c.value == nil || *c.value == "" {
		return ""
	}
	return *c.value
}

// Set checks the value.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("choose one of %s", strings.Join(c.allowed, ", "))
	}
	*c.value = s
	return nil
}

// Type names the values in the help.
func (c *choice) Type() string { return strings.Join(c.allowed, "|") }
