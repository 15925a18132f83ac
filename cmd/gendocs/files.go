package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
)

// files returns every generated file by its path below docs.
func files(root *cobra.Command) (map[string][]byte, error) {
	made := map[string][]byte{}
	for _, cmd := range described(root) {
		cmd.InitDefaultHelpFlag()
		made["cli/"+pageName(cmd)+".md"] = []byte(markdown(cmd))
		made["man/"+pageName(cmd)+".1"] = []byte(manual(cmd))
	}
	// Each shell finds its file under this name.
	for shell, name := range map[string]string{
		"bash": "crm-tool.bash", "zsh": "_crm-tool", "fish": "crm-tool.fish", "powershell": "crm-tool.ps1",
	} {
		script, err := command.Completion(root, shell)
		if err != nil {
			return nil, err
		}
		made["completion/"+name] = script
	}
	return made, nil
}

// described returns a command and all below it that have pages: the hidden
// ones have none, and the topics of the help stand on the first page.
func described(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if isDescribed(c) {
			all = append(all, described(c)...)
		}
	}
	return all
}

// isDescribed tells whether a command has a page. The one that prints help is
// none that cobra would list.
func isDescribed(cmd *cobra.Command) bool {
	return cmd.IsAvailableCommand() || cmd.Name() == "help" && cmd.Runnable()
}

// pageName is the path of a command with hyphens: crm-tool-config-set.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// usageLines are the forms in which a command is written.
func usageLines(cmd *cobra.Command) []string {
	var lines []string
	if cmd.Runnable() && !command.IsGroup(cmd) {
		lines = append(lines, cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, cmd.CommandPath()+" COMMAND")
	}
	return lines
}

// paragraphs returns what is to be told about a command.
func paragraphs(cmd *cobra.Command) []string {
	if cmd.Long == "" {
		return []string{cmd.Short + "."}
	}
	return strings.Split(strings.TrimSpace(cmd.Long), "\n\n")
}

// isPreformatted tells whether a paragraph is to stay as it is.
func isPreformatted(paragraph string) bool {
	return strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n ")
}

// section is a part of the list of commands; the title may be empty.
type section struct {
	title    string
	commands []*cobra.Command
}

// sections returns the commands right below a command.
func sections(cmd *cobra.Command) []section {
	var all []section
	for _, g := range append(cmd.Groups(), &cobra.Group{}) {
		s := section{title: strings.TrimSuffix(g.Title, ":")}
		for _, c := range cmd.Commands() {
			if c.GroupID == g.ID && isDescribed(c) {
				s.commands = append(s.commands, c)
			}
		}
		if len(s.commands) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// option is a flag as it is shown.
type option struct {
	// names are the forms in which it is written: -o, --output.
	names []string
	// value stands for its value; empty for a flag without one.
	value string
	does  string
}

// options returns the flags of a set that are not hidden.
func options(flags *pflag.FlagSet) []option {
	var all []option
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		o := option{names: []string{"--" + f.Name}}
		if f.Shorthand != "" {
			o.names = []string{"-" + f.Shorthand, "--" + f.Name}
		}
		o.value, o.does = pflag.UnquoteUsage(f)
		all = append(all, o)
	})
	return all
}

// examples returns the lines of a command's examples. What stands behind some
// blanks tells what a command does, and becomes a comment of the shell.
func examples(cmd *cobra.Command) []string {
	lines := strings.Split(strings.TrimRight(cmd.Example, "\n"), "\n")
	remark := regexp.MustCompile(`(\S {2,})(\S)`)
	for i, line := range lines {
		lines[i] = remark.ReplaceAllString(strings.TrimPrefix(line, "  "), "$1# $2")
	}
	return lines
}
