package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/config"
)

func newCompletionCmd(g *globals) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that makes a shell complete commands, flags and settings",
		Long: "Print the script that makes a shell complete commands, flags, their values, and settings. SHELL is one of " +
			strings.Join(shells, ", ") + ".",
		Example: "  crm-tool completion bash > /etc/bash_completion.d/crm-tool\n" +
			"  crm-tool completion zsh > \"${fpath[1]}/_crm-tool\"\n" +
			"  crm-tool completion fish > ~/.config/fish/completions/crm-tool.fish\n" +
			"  source <(crm-tool completion bash)    for this shell alone",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var shell string
			if err := (&choice{value: &shell, allowed: shells}).Set(args[0]); err != nil {
				return &usageError{err: fmt.Errorf("there is no completion for %q: %w", args[0], err)}
			}
			script, err := Completion(cmd.Root(), shell)
			if err != nil {
				return err
			}
			return g.print("%s", script)
		},
		ValidArgsFunction: cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp),
	}
}

// Completion returns the script that makes a shell complete the command line:
// bash, zsh, fish or powershell.
func Completion(root *cobra.Command, shell string) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch shell {
	case "bash":
		err = root.GenBashCompletionV2(&b, true)
	case "zsh":
		err = root.GenZshCompletion(&b)
	case "fish":
		err = root.GenFishCompletion(&b, true)
	case "powershell":
		err = root.GenPowerShellCompletionWithDesc(&b)
	default:
		err = fmt.Errorf("there is no completion for %q", shell)
	}
	return b.Bytes(), err
}

// finish gives every command of the tree what all of them have: errors of
// usage for wrong arguments, and completions that follow from the flags and
// the usage line. A shell that asks for completions shows what flags do as it
// stands: without the quotes that mark the word for the value.
func finish(cmd *cobra.Command, completing bool) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil || exitCode(err) == exitUsage {
				return err
			}
			return &usageError{err: err}
		}
	}
	if cmd.ValidArgsFunction == nil && !takesFiles(cmd.Use) {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) { completeFlag(cmd, f) })
	cmd.PersistentFlags().VisitAll(func(f *pflag.Flag) { completeFlag(cmd, f) })
	for _, c := range cmd.Commands() {
		finish(c, completing)
	}
	if completing {
		unquote := func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) }
		cmd.Flags().VisitAll(unquote)
		cmd.PersistentFlags().VisitAll(unquote)
	}
}

// takesFiles tells whether a usage line asks for a file or a folder.
func takesFiles(use string) bool {
	return strings.Contains(use, "FILE") || strings.Contains(use, "DIR")
}

// completeFlag completes the value of a flag: one of a closed set, a file, or
// nothing that a shell could know.
func completeFlag(cmd *cobra.Command, f *pflag.Flag) {
	placeholder, _ := pflag.UnquoteUsage(f)
	complete := cobra.NoFileCompletions
	if set, ok := f.Value.(*choice); ok {
		complete = cobra.FixedCompletions(set.allowed, cobra.ShellCompDirectiveNoFileComp)
	}
	switch placeholder {
	case "FILE":
		return // Shells complete files by themselves.
	case "DIR":
		complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	}
	// It can fail only for a flag that does not exist or has completions.
	_ = cmd.RegisterFlagCompletionFunc(f.Name, complete)
}

// completeSetting completes the name of a setting and, where the command takes
// one, its value.
func completeSetting(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	switch {
	case len(args) == 0:
		for _, key := range config.Keys() {
			found = append(found, cobra.CompletionWithDesc(key.Name, key.Doc))
		}
	case len(args) == 1 && strings.Contains(cmd.Use, "VALUE"):
		key, err := config.ResolveKey(args[0])
		if err == nil && key.Kind == config.Path {
			return nil, cobra.ShellCompDirectiveDefault
		}
		found = key.Values()
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}
