package cli

import (
	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
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
	root := command.Group("crm-tool", "Follow up the opportunities of an Odoo CRM", rootExample)
	root.Long = rootHelp
	for _, s := range sections(h) {
		root.AddGroup(&cobra.Group{ID: s.title, Title: s.title + ":"})
		for _, cmd := range s.commands {
			cmd.GroupID = s.title
			root.AddCommand(cmd)
		}
	}
	help := newHelpCmd()
	help.GroupID = settingUp
	root.SetHelpCommand(help)
	root.AddCommand(&cobra.Command{Use: "exit-codes", Short: "What the exit status means", Long: exit.Help(h.Width)})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(command.FlagError)
	flags := root.PersistentFlags()
	flags.StringVar(&h.ConfigFile, "config", "", "configuration `FILE`; see crm-tool config path")
	flags.BoolVarP(&h.Quiet, "quiet", "q", false, "print nothing unless something failed")
	flags.BoolVarP(&h.Verbose, "verbose", "v", false, "log each step, and print errors in full")
	flags.Var(command.NewChoice(&h.LogFormat, "text", "json"), "log-format", "format of messages")
	flags.BoolVar(&h.NoColor, "no-color", false, "no colours; setting NO_COLOR does the same")
	command.Finish(root, len(h.Args) > 0 && h.Args[0] == cobra.ShellCompRequestCmd)
	return root
}

const rootHelp = `crm-tool follows up the opportunities of an Odoo CRM. It mails reminders to clients, with the salesperson in CC, asks
for feedback once an activity is done, writes the answers onto the opportunity, and archives old opportunities.

It is made for cron, systemd and Kubernetes: every command is one run, and may be repeated at any time. Run again, on
two hosts at once, or after a crash, it ends in the same state, and each mail is sent once. What was done is recorded
in Odoo.`

const rootExample = `  crm-tool demo                 see every command at work, without any server
  crm-tool init                 set it up for your Odoo and mail server
  crm-tool remind --dry-run     who would get a reminder, and why others would not`

// settingUp is the section of commands that are run once, and of help.
const settingUp = "Setting up"

// section is a part of the list of commands.
type section struct {
	title    string
	commands []*cobra.Command
}

// sections returns the commands as the help shows them.
func sections(h *job.Host) []section {
	return []section{
		{"Runs", []*cobra.Command{newRemindCmd(h), newArchiveCmd(h), newFeedbackCmd(h)}},
		{"Previews and history", []*cobra.Command{newPreviewCmd(h), newExplainCmd(h), newRunsCmd(h)}},
		{"Settings and mails", []*cobra.Command{newConfigCmd(h), newTemplatesCmd(h)}},
		{settingUp, []*cobra.Command{newInitCmd(h), newSetupCmd(h), newDemoCmd(h), newCompletionCmd(h), newVersionCmd(h)}},
	}
}
