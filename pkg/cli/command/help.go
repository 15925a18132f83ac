package command

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
)

// Help returns the help of a command for a terminal with that many columns; 0 is
// for a pipe.
func Help(cmd *cobra.Command, width int) string {
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	b.WriteString(console.Reflow(about, width))
	if cmd.IsAdditionalHelpTopicCommand() {
		return b.String()
	}
	b.WriteString("\nUsage:\n")
	for _, line := range UsageLines(cmd) {
		b.WriteString("  " + line + "\n")
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	b.WriteString(commandList(cmd))
	writeFlags(&b, "Flags", cmd.NonInheritedFlags(), cmd.HasParent(), width)
	writeFlags(&b, "Flags of every command", cmd.Root().PersistentFlags(), true, width)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMore about a command: %s COMMAND --help\n", cmd.CommandPath())
	}
	return b.String()
}

// UsageLines returns the forms in which a command is written.
func UsageLines(cmd *cobra.Command) []string {
	var lines []string
	if cmd.Runnable() && !isGroup(cmd) {
		lines = append(lines, cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, cmd.CommandPath()+" COMMAND")
	}
	return lines
}

// Section is a part of the list of commands.
type Section struct {
	// Title is empty for commands without a section.
	Title    string
	Commands []*cobra.Command
}

// Sections returns the subcommands that help lists. cobra would leave out the one
// that prints help.
func Sections(cmd *cobra.Command) []Section {
	var all []Section
	for _, g := range append(cmd.Groups(), &cobra.Group{}) {
		s := Section{Title: strings.TrimSuffix(g.Title, ":")}
		for _, c := range cmd.Commands() {
			if c.GroupID == g.ID && (c.IsAvailableCommand() || c.Name() == "help" && c.Runnable()) {
				s.Commands = append(s.Commands, c)
			}
		}
		if len(s.Commands) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// commandList lists the subcommands by section, and the topics of the help.
func commandList(cmd *cobra.Command) string {
	topics := Section{Title: "Help topics"}
	widest := 0
	for _, c := range cmd.Commands() {
		widest = max(widest, len(c.Name()))
		if c.IsAdditionalHelpTopicCommand() {
			topics.Commands = append(topics.Commands, c)
		}
	}
	var b strings.Builder
	for _, s := range append(Sections(cmd), topics) {
		if len(s.Commands) > 0 {
			fmt.Fprintf(&b, "\n%s:\n", cmp.Or(s.Title, "Commands"))
		}
		for _, c := range s.Commands {
			fmt.Fprintf(&b, "  %-*s  %s\n", widest, c.Name(), c.Short)
		}
	}
	return b.String()
}

func writeFlags(b *strings.Builder, title string, flags *pflag.FlagSet, show bool, width int) {
	if text := flags.FlagUsagesWrapped(width); show && text != "" {
		fmt.Fprintf(b, "\n%s:\n%s", title, text)
	}
}
