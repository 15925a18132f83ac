package cli

import "github.com/spf13/cobra"

// Tree returns the commands of the program, to be described. They cannot be
// run: nothing of a process is behind them.
func Tree() *cobra.Command {
	root := newRoot(&globals{})
	root.InitDefaultHelpCmd()
	return root
}
