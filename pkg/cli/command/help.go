package command

import (
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
		fmt.Fprintf(&b, "\nMore about a command: %s COMMAND --help\n", cmd.CommandPath())
	}
	return b.String()
}

// commandList lists the subcommands by section, and the topics of the help.
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
	list("Help topics:", func(c *cobra.Command) bool { return c.IsAdditionalHelpTopicCommand() })
	return b.String()
}

func writeFlags(b *strings.Builder, title string, flags *pflag.FlagSet, show bool, width int) {
	if text := flags.FlagUsagesWrapped(width); show && text != "" {
		fmt.Fprintf(b, "\n%s:\n%s", title, text)
	}
}
