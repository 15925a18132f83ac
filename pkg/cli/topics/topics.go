// Package topics has the topics of the help that are made from the code: the
// variables of the environment, the settings of the configuration file, and what mail
// templates may use. A new setting, field or function appears in them by itself.
//
// A [Topic] is data. Help shows it as [Topic.Text]; the reference and the manual pages
// are made from its parts.
package topics

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
)

// Topic is a page of the help about no single command.
type Topic struct {
	// Name is what crm-tool help takes.
	Name string
	// Short is what the topic says, in one line without a full stop.
	Short string
	// Parts makes the page.
	Parts func() []Part
}

// Part is a part of a topic: paragraphs, and below them a list.
type Part struct {
	// Title is empty for the first part.
	Title string
	// Text has paragraphs with blank lines between them; those that are indented
	// stay as they are.
	Text string
	Rows []Row
}

// Row is a name, and what it means.
type Row struct{ Name, Meaning string }

// All returns the topics in the order of the help.
func All() []Topic {
	return []Topic{
		{"environment", "The variables of the environment that crm-tool reads", environment},
		{"configuration", "Where settings come from, and which there are", configuration},
		{"templates", "What mail templates are called, and what they may use", templates},
	}
}

// Find returns the topic of a name; false if there is none.
func Find(name string) (Topic, bool) {
	for _, t := range All() {
		if t.Name == name {
			return t, true
		}
	}
	return Topic{}, false
}

const (
	// widest is the longest line, however wide the terminal is.
	widest = 80
	// beside is the widest column of names that have long meanings beside them; those of
	// longer names stand below, indented by below.
	beside = 28
	below  = 6
)

// Text returns the topic for a terminal with that many columns; 0 is for a pipe.
func (t Topic) Text(width int) string {
	if width <= 0 || width > widest {
		width = widest
	}
	var b strings.Builder
	b.WriteString(t.Short + ".\n")
	for _, p := range t.Parts() {
		if p.Title != "" {
			fmt.Fprintf(&b, "\n%s:\n", p.Title)
		}
		if p.Text != "" {
			b.WriteString("\n" + console.Reflow(p.Text, width))
		}
		if len(p.Rows) > 0 && p.Text != "" {
			b.WriteString("\n")
		}
		writeRows(&b, p.Rows, width)
	}
	return b.String()
}

// writeRows writes names and, beside or below them, their meanings.
func writeRows(b *strings.Builder, rows []Row, width int) {
	longest, line := 0, 0
	for _, r := range rows {
		longest = max(longest, utf8.RuneCountInString(r.Name))
	}
	for _, r := range rows {
		line = max(line, longest+4+utf8.RuneCountInString(r.Meaning))
	}
	for _, r := range rows {
		indent := below
		start := "  " + r.Name + "\n" + strings.Repeat(" ", indent)
		if longest <= beside || line <= width {
			indent = longest + 4
			start = fmt.Sprintf("  %-*s  ", longest, r.Name)
		}
		lines := console.Lines(r.Meaning, width-indent)
		b.WriteString(start + strings.Join(lines, "\n"+strings.Repeat(" ", indent)) + "\n")
	}
}
