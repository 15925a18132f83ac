package cli

import (
	"embed"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/cli/topics"
)

//go:embed help/*.txt
var helpTexts embed.FS

// describe gives a command, and those below it, the texts of their files: one
// line that says what the command does, more about it, and examples.
func describe(cmd *cobra.Command) {
	text, err := helpTexts.ReadFile(helpFile(cmd))
	if err != nil {
		panic(err) // The files are built in.
	}
	about, examples, _ := strings.Cut(strings.TrimRight(string(text), "\n"), "\n\nExamples:\n")
	cmd.Short, cmd.Long, _ = strings.Cut(about, "\n\n")
	cmd.Example = examples
	for _, c := range cmd.Commands() {
		describe(c)
	}
}

// helpFile returns the name of a command's file: help/archive-undo.txt.
func helpFile(cmd *cobra.Command) string {
	return "help/" + strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "crm-tool "), " ", "-") + ".txt"
}

// addTopics adds the topics of the help, but for one that has the name of a command:
// crm-tool help shows it below the help of that command.
func addTopics(root *cobra.Command, width int) {
	root.AddCommand(&cobra.Command{Use: "exit-codes", Short: "What the exit status means", Long: exit.Help(width)})
	for _, t := range topics.All() {
		if cmd, _, err := root.Find([]string{t.Name}); err != nil || cmd == root {
			root.AddCommand(&cobra.Command{Use: t.Name, Short: t.Short})
		}
	}
}

// helpText returns the help of a command or a topic for a terminal with that many
// columns; 0 is for a pipe.
func helpText(cmd *cobra.Command, width int) string {
	if t, ok := topics.Find(cmd.Name()); ok && cmd.IsAdditionalHelpTopicCommand() {
		return t.Text(width)
	}
	return command.Help(cmd, width)
}

func newHelpCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "help [COMMAND]",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return &exit.UsageError{Err: err}
			}
			if err := command.Subcommands(about, rest); err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			t, ok := topics.Find(strings.Join(args, " "))
			if ok && about.IsAvailableCommand() {
				return h.Print("%s\n%s", command.Help(about, h.Width), t.Text(h.Width))
			}
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []cobra.Completion
			for _, c := range about.Commands() {
				if !c.Hidden {
					names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}
