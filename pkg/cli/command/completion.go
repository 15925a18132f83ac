package command

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Shells returns the names of the shells that [Completion] knows.
func Shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// Completion returns the script with which a shell completes the command line.
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

// Folders completes an argument with the names of folders.
func Folders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeFlag completes the value of a flag: one of its choices, a file, a
// folder, or nothing that a shell could know.
func completeFlag(cmd *cobra.Command, f *pflag.Flag) {
	placeholder, _ := pflag.UnquoteUsage(f)
	complete := cobra.NoFileCompletions
	if choice, ok := f.Value.(interface{ Choices() []string }); ok {
		complete = cobra.FixedCompletions(choice.Choices(), cobra.ShellCompDirectiveNoFileComp)
	}
	switch placeholder {
	case "FILE":
		return // Shells complete files by themselves.
	case "DIR":
		complete = Folders
	}
	// It fails only for a flag that does not exist or has completions already.
	_ = cmd.RegisterFlagCompletionFunc(f.Name, complete)
}
