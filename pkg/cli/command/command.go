// Package command holds what all commands have in common on top of cobra: how
// arguments are checked, what wrong ones are answered with, flags that take one
// of a few values, the layout of help texts, and the completion in shells.
//
// It knows no command of crm-tool: what a command is like follows from its
// usage line, its flags and its annotations.
package command

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupAnnotation marks a command that only holds others.
const groupAnnotation = "group"

// Group returns a command that only holds others. cobra alone would print its
// help and succeed when a subcommand is mistyped.
func Group(use string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:         use,
		Annotations: map[string]string{groupAnnotation: "true"},
		Args:        Subcommands,
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// isGroup says whether a command only holds others.
func isGroup(cmd *cobra.Command) bool { return cmd.Annotations[groupAnnotation] != "" }

// Finish completes a tree of commands. For a shell that asks for completions, flags
// get theirs, which follow from their values and usage lines, and their descriptions
// lose the quotes around placeholders.
func Finish(cmd *cobra.Command, completing bool) {
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	each := func(visit func(*pflag.Flag)) {
		cmd.Flags().VisitAll(visit)
		cmd.PersistentFlags().VisitAll(visit)
	}
	for _, c := range cmd.Commands() {
		Finish(c, completing)
	}
	if !completing {
		return
	}
	// Cobra keeps what completes a flag for ever, and with it all that the flag belongs to.
	each(func(f *pflag.Flag) {
		completeFlag(cmd, f)
		_, f.Usage = pflag.UnquoteUsage(f)
	})
}
