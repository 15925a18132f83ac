package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/doctor"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/cli/scheduling"
	"github.com/crm-tool/crm-tool/pkg/cli/texts"
)

// Tree returns the commands of the program, to be described. They cannot be
// run: there is no process behind them.
func Tree() *cobra.Command {
	root := newRoot(&job.Host{Console: console.New(console.Env{})})
	root.InitDefaultHelpCmd()
	return root
}

// newRoot returns the whole tree. Each call makes a new one: cobra's commands
// keep the state of their flags.
func newRoot(h *job.Host) *cobra.Command {
	root, help := command.Group("crm-tool"), newHelpCmd(h)
	for _, s := range []command.Section{
		{Title: "Runs", Commands: []*cobra.Command{newRemindCmd(h), newArchiveCmd(h), newFeedbackCmd(h), newOptOutCmd(h), newSnoozeCmd(h)}},
		{Title: "Previews and history", Commands: []*cobra.Command{newPreviewCmd(h), newExplainCmd(h), newRunsCmd(h)}},
		{Title: "Settings and mails", Commands: []*cobra.Command{newConfigCmd(h), texts.NewCmd(h)}},
		{Title: "Setting up", Commands: []*cobra.Command{
			newInitCmd(h), newSetupCmd(h), doctor.NewCmd(h), scheduling.NewCmd(h), newDemoCmd(h), newCompletionCmd(h), newVersionCmd(h), help,
		}},
	} {
		root.AddGroup(&cobra.Group{ID: s.Title, Title: s.Title + ":"})
		for _, cmd := range s.Commands {
			cmd.GroupID = s.Title
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommand(help)
	describe(root)
	addTopics(root, h.Width)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(command.FlagError)
	flags := root.PersistentFlags()
	flags.StringVar(&h.ConfigFile, "config", "", "configuration `FILE`; see crm-tool config path")
	flags.BoolVarP(&h.Quiet, "quiet", "q", false, "print nothing unless something failed")
	flags.BoolVarP(&h.Verbose, "verbose", "v", false, "log each step, and print errors in full")
	flags.Var(command.NewChoice(&h.LogFormat, "text", "json"), "log-format", "format of messages")
	flags.BoolVar(&h.NoColor, "no-color", false, "no colours; setting NO_COLOR does the same")
	bindVersion(h, root)
	command.Finish(root, len(h.Args) > 0 && slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, h.Args[0]))
	return root
}
