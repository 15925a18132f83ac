package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
)

// markdown returns the page of a command in the reference.
func markdown(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString("<!-- Made from the command itself by go generate ./... -->\n\n")
	fmt.Fprintf(&b, "# %s\n", cmd.CommandPath())
	for _, paragraph := range paragraphs(cmd) {
		if isPreformatted(paragraph) {
			fence(&b, "", paragraph)
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", prose(strings.Join(strings.Fields(paragraph), " ")))
	}
	b.WriteString("\n## Usage\n")
	fence(&b, "", strings.Join(command.UsageLines(cmd), "\n"))
	if cmd.Example != "" {
		b.WriteString("\n## Examples\n")
		fence(&b, "sh", strings.Join(examples(cmd), "\n"))
	}
	writeCommands(&b, cmd)
	if cmd.HasParent() {
		writeOptions(&b, "Flags", options(cmd.NonInheritedFlags()))
		fmt.Fprintf(&b, "\nIt also has the [flags of every command](%s.md#flags-of-every-command).\n", pageName(cmd.Root()))
		return b.String()
	}
	writeOptions(&b, "Flags of every command", options(cmd.PersistentFlags()))
	writeExitStatuses(&b)
	return b.String()
}

func writeCommands(b *strings.Builder, cmd *cobra.Command) {
	level := "##"
	if all := command.Sections(cmd); len(all) > 0 && all[0].Title != "" {
		b.WriteString("\n## Commands\n")
		level = "###"
	}
	for _, s := range command.Sections(cmd) {
		title := s.Title
		if title == "" {
			title = "Commands"
		}
		fmt.Fprintf(b, "\n%s %s\n\n| command | does |\n| --- | --- |\n", level, title)
		for _, top := range s.Commands {
			for _, c := range described(top) {
				fmt.Fprintf(b, "| [%s](%s.md) | %s |\n", c.CommandPath(), pageName(c), inCell(prose(c.Short)))
			}
		}
	}
}

func writeOptions(b *strings.Builder, title string, all []option) {
	fmt.Fprintf(b, "\n## %s\n\n| flag | meaning |\n| --- | --- |\n", title)
	for _, o := range all {
		form := strings.Join(o.names, ", ")
		if o.value != "" {
			form += " " + o.value
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", inCell(form), inCell(prose(o.does)))
	}
}

func writeExitStatuses(b *strings.Builder) {
	b.WriteString("\n## Exit status\n\n| status | meaning | may mails have left? |\n| --- | --- | --- |\n")
	for _, s := range exit.Statuses() {
		mails := "no"
		if s.Mails {
			mails = "yes"
		}
		fmt.Fprintf(b, "| %d | %s | %s |\n", s.Code, inCell(prose(s.Meaning)), mails)
	}
}

func fence(b *strings.Builder, language, text string) {
	fmt.Fprintf(b, "\n```%s\n%s\n```\n", language, text)
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

// inCell escapes what would end a table cell.
func inCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
