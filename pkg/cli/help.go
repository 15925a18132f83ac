package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// readable is the longest line of prose in a help text, however wide the
// terminal is.
const readable = 100

func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Tell about a command, or about a topic such as exit-codes",
		Example: "  crm-tool help remind settle\n  crm-tool help exit-codes",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return &usageError{err: err}
			}
			if len(rest) > 0 {
				return strayArgument(about, rest[0])
			}
			about.InitDefaultHelpFlag()
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

// helpText is all about a command, for a terminal of that width; 0 is for a
// pipe.
func helpText(cmd *cobra.Command, width int) string {
	prose := proseWidth(width)
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	b.WriteString(reflow(about, prose))
	if cmd.IsAdditionalHelpTopicCommand() {
		return b.String()
	}
	b.WriteString("\nUsage:\n")
	if cmd.Runnable() && !IsGroup(cmd) {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", cmd.CommandPath())
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	b.WriteString(commandList(cmd))
	writeFlags(&b, "Flags", cmd.NonInheritedFlags(), cmd.HasParent(), width)
	writeFlags(&b, "Flags of every command", cmd.Root().PersistentFlags(), true, width)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMore about one of them: %s COMMAND --help\n", cmd.CommandPath())
	}
	return b.String()
}

// IsGroup tells whether a command does nothing but hold others.
func IsGroup(cmd *cobra.Command) bool { return cmd.Annotations[groupAnnotation] != "" }

// commandList lists the commands below a command in their sections, and the
// topics of the help.
func commandList(cmd *cobra.Command) string {
	var b strings.Builder
	widest := 0
	for _, c := range cmd.Commands() {
		widest = max(widest, len(c.Name()))
	}
	list := func(title string, belongs func(*cobra.Command) bool) {
		for _, c := range cmd.Commands() {
			if c.Hidden || !belongs(c) {
				continue
			}
			if title != "" {
				b.WriteString("\n" + title + "\n")
				title = ""
			}
			fmt.Fprintf(&b, "  %-*s  %s\n", widest, c.Name(), c.Short)
		}
	}
	for _, s := range cmd.Groups() {
		list(s.Title, func(c *cobra.Command) bool { return c.GroupID == s.ID })
	}
	list("Commands:", func(c *cobra.Command) bool { return c.GroupID == "" && c.IsAvailableCommand() })
	list("Topics of crm-tool help:", func(c *cobra.Command) bool { return c.IsAdditionalHelpTopicCommand() })
	return b.String()
}

func writeFlags(b *strings.Builder, title string, flags *pflag.FlagSet, show bool, width int) {
	if text := flags.FlagUsagesWrapped(width); show && text != "" {
		fmt.Fprintf(b, "\n%s:\n%s", title, text)
	}
}

// proseWidth is how long lines of prose are on a terminal of that width; 0 is
// for a pipe.
func proseWidth(width int) int {
	if width > 0 {
		return min(width, readable)
	}
	return readable
}

// reflow fills the paragraphs of a text anew. One that has an indented line is
// left as it is.
func reflow(text string, width int) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n ") {
			b.WriteString(paragraph + "\n")
			continue
		}
		for _, line := range filled(paragraph, width) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// filled breaks a text into lines between its words.
func filled(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
