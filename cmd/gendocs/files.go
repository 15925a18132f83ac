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
	// Each shell looks for its file under this name.
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

// described returns a command and all below it that have pages. Hidden commands
// have none, and the topics of the help are on the first page.
func described(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, s := range command.Sections(cmd) {
		for _, c := range s.Commands {
			all = append(all, described(c)...)
		}
	}
	return all
}

// pageName returns the path of a command with hyphens: crm-tool-config-set.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// paragraphs returns the description of a command.
func paragraphs(cmd *cobra.Command) []string {
	if cmd.Long == "" {
		return []string{cmd.Short + "."}
	}
	return strings.Split(strings.TrimSpace(cmd.Long), "\n\n")
}

// isPreformatted says whether a paragraph stays as it is.
func isPreformatted(paragraph string) bool {
	return strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n ")
}

// option is a flag as the pages show it.
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

// examples returns the lines of a command's examples. What follows two blanks
// explains the line, and becomes a shell comment.
func examples(cmd *cobra.Command) []string {
	lines := strings.Split(strings.TrimRight(cmd.Example, "\n"), "\n")
	remark := regexp.MustCompile(`(\S {2,})(\S)`)
	for i, line := range lines {
		lines[i] = remark.ReplaceAllString(strings.TrimPrefix(line, "  "), "$1# $2")
	}
	return lines
}
