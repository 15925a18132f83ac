package main

import (
	"bytes"
	"embed"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/topics"
)

// The templates of a command's pages, and of a topic's.
const (
	markdown      = "page.md.tmpl"
	topicMarkdown = "topic.md.tmpl"
	// The manual pages are for man(1), in the macros of man(7).
	manual      = "page.1.tmpl"
	topicManual = "topic.7.tmpl"
)

//go:embed *.tmpl
var forms embed.FS

// pages reads the templates. A page has no date: the same commands give the same
// page.
func pages() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"name": pageName, "topics": topics.All, "blocks": blocks, "paragraphs": paragraphs, "examples": examples, "options": options, "described": described,
		"usage": command.UsageLines, "sections": command.Sections, "statuses": exit.Statuses,
		"titled": func(cmd *cobra.Command) bool {
			return slices.ContainsFunc(command.Sections(cmd), func(s command.Section) bool { return s.Title != "" })
		},
		"arguments": func(cmd *cobra.Command) []string {
			lines := command.UsageLines(cmd)
			for i, line := range lines {
				lines[i] = strings.TrimPrefix(line, cmd.CommandPath())
			}
			return lines
		},
		"preformatted": func(paragraph string) bool {
			return strings.HasPrefix(paragraph, " ") || strings.Contains(paragraph, "\n ")
		},
		"flow":    func(paragraph string) string { return strings.Join(strings.Fields(paragraph), " ") },
		"lines":   func(text string) []string { return strings.Split(text, "\n") },
		"capital": func(text string) string { return strings.ToUpper(text[:1]) + text[1:] },
		"join":    strings.Join, "upper": strings.ToUpper,
		"prose": prose, "bars": bars, "cell": func(text string) string { return bars(prose(text)) },
		"roff": roff, "inline": inline,
	}).ParseFS(forms, "*.tmpl")
}

// page fills a template for a command or a topic.
func page(all *template.Template, form string, about any) ([]byte, error) {
	var b bytes.Buffer
	err := all.ExecuteTemplate(&b, form, about)
	return b.Bytes(), err
}

// pageName returns the path of a command with hyphens: crm-tool-config-set.
func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// described returns a command and all below it that have pages. Hidden commands
// have none, and topics of the help have pages of their own or are on the first page.
func described(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, s := range command.Sections(cmd) {
		for _, c := range s.Commands {
			all = append(all, described(c)...)
		}
	}
	return all
}

// paragraphs returns the description of a command.
func paragraphs(cmd *cobra.Command) []string {
	if cmd.Long == "" {
		return []string{cmd.Short + "."}
	}
	return blocks(cmd.Long)
}

// blocks returns the paragraphs of a text.
func blocks(text string) []string { return strings.Split(strings.TrimSpace(text), "\n\n") }

// examples returns the lines of a command's examples. What follows two blanks
// explains the line, and becomes a shell comment.
func examples(cmd *cobra.Command) []string {
	if cmd.Example == "" {
		return nil
	}
	lines := strings.Split(strings.TrimRight(cmd.Example, "\n"), "\n")
	remark := regexp.MustCompile(`(\S {2,})(\S)`)
	for i, line := range lines {
		lines[i] = remark.ReplaceAllString(strings.TrimPrefix(line, "  "), "$1# $2")
	}
	return lines
}

// option is a flag as the pages show it.
type option struct {
	// Names are the forms in which it is written: -o, --output.
	Names []string
	// Value stands for its value; empty for a flag without one.
	Value string
	Does  string
}

// options returns a command's own flags that are not hidden. The flags of the
// first command are those of every command.
func options(cmd *cobra.Command) []option {
	flags := cmd.NonInheritedFlags()
	if !cmd.HasParent() {
		flags = cmd.PersistentFlags()
	}
	var all []option
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		o := option{Names: []string{"--" + f.Name}}
		if f.Shorthand != "" {
			o.Names = []string{"-" + f.Shorthand, "--" + f.Name}
		}
		o.Value, o.Does = pflag.UnquoteUsage(f)
		all = append(all, o)
	})
	return all
}

// prose escapes what Markdown would take for markup. What is between backticks
// stays code.
func prose(text string) string {
	code := regexp.MustCompile("`[^`]*`|[<*]")
	return code.ReplaceAllStringFunc(text, func(match string) string {
		switch match {
		case "<":
			return "&lt;"
		case "*":
			return `\*`
		}
		return match
	})
}

// bars escapes what would end a cell of a Markdown table.
func bars(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// inline escapes a line for man(7), and prints what is between backticks in bold.
func inline(text string) string {
	return regexp.MustCompile("`([^`]*)`").ReplaceAllString(roff(text), `\fB$1\fR`)
}

// roff escapes a line of text for man(7). A hyphen in a command must stay one:
// people copy it.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
