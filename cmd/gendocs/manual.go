package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
)

// manual returns the page of a command for man(1), in the macros of man(7). It
// has no date: the same commands give the same page.
func manual(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString(".\\\" Made from the command itself by go generate ./...\n")
	fmt.Fprintf(&b, ".TH %s 1 \"\" crm-tool \"Manual of crm-tool\"\n", strings.ToUpper(roff(pageName(cmd))))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(cmd)), inline(cmd.Short))
	b.WriteString(".SH SYNOPSIS\n")
	for i, line := range command.UsageLines(cmd) {
		if i > 0 {
			b.WriteString(".br\n")
		}
		fmt.Fprintf(&b, "\\fB%s\\fR%s\n", roff(cmd.CommandPath()), roff(strings.TrimPrefix(line, cmd.CommandPath())))
	}
	b.WriteString(".SH DESCRIPTION\n")
	for _, paragraph := range paragraphs(cmd) {
		if isPreformatted(paragraph) {
			verbatim(&b, paragraph)
			continue
		}
		fmt.Fprintf(&b, ".PP\n%s\n", inline(strings.Join(strings.Fields(paragraph), " ")))
	}
	for _, s := range command.Sections(cmd) {
		title := strings.ToUpper(s.Title)
		if title == "" {
			title = "COMMANDS"
		}
		fmt.Fprintf(&b, ".SH %s\n", title)
		for _, c := range s.Commands {
			fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s.\n", roff(pageName(c)), inline(c.Short))
		}
	}
	flags, title := cmd.NonInheritedFlags(), "OPTIONS"
	if !cmd.HasParent() {
		flags, title = cmd.PersistentFlags(), "OPTIONS OF EVERY COMMAND"
	}
	fmt.Fprintf(&b, ".SH %s\n", title)
	for _, o := range options(flags) {
		fmt.Fprintf(&b, ".TP\n\\fB%s\\fR", strings.ReplaceAll(roff(strings.Join(o.names, ", ")), ", ", "\\fR, \\fB"))
		if o.value != "" {
			fmt.Fprintf(&b, " \\fI%s\\fR", roff(o.value))
		}
		fmt.Fprintf(&b, "\n%s\n", inline(o.does))
	}
	if cmd.Example != "" {
		b.WriteString(".SH EXAMPLES\n")
		verbatim(&b, strings.Join(examples(cmd), "\n"))
	}
	writeEnd(&b, cmd)
	return b.String()
}

// writeEnd writes the exit statuses on the first page, and references on the
// others.
func writeEnd(b *strings.Builder, cmd *cobra.Command) {
	if cmd.HasParent() {
		b.WriteString(".SH SEE ALSO\n")
		if cmd.Parent().HasParent() {
			fmt.Fprintf(b, ".BR %s (1),\n", roff(pageName(cmd.Parent())))
		}
		fmt.Fprintf(b, ".BR %s (1),\nfor the options of every command and the exit status\n", roff(pageName(cmd.Root())))
		return
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, s := range exit.Statuses() {
		left := "No mail has left."
		if s.Mails {
			left = "Mails may have left."
		}
		meaning := strings.ToUpper(s.Meaning[:1]) + s.Meaning[1:]
		fmt.Fprintf(b, ".TP\n\\fB%d\\fR\n%s. %s\n", s.Code, inline(meaning), left)
	}
}

func verbatim(b *strings.Builder, text string) {
	b.WriteString(".PP\n.RS 4\n.nf\n")
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(roff(line) + "\n")
	}
	b.WriteString(".fi\n.RE\n")
}

// inline escapes a line, and prints what is between backticks in bold.
func inline(text string) string {
	return regexp.MustCompile("`([^`]*)`").ReplaceAllString(roff(text), `\fB$1\fR`)
}

// roff escapes a line of text. A hyphen in a command must stay one: people copy
// it.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
