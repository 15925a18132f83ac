package report

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Section is a part of a page: a title, and rows below it.
type Section struct {
	Title string
	Rows  []Row
}

// Row has cells, which line up with the cells of the section's other rows, and
// paragraphs beside them, which are wrapped.
type Row struct {
	Cells []string
	Text  []string
}

// bold is an SGR parameter (ECMA-48).
const bold = "1"

// leastText is the smallest width of the paragraphs. A narrower terminal breaks
// them itself.
const leastText = 24

// WritePage writes a page for a person: sections with an empty line between
// them. A pipe gets each paragraph on one line.
func WritePage(w io.Writer, sections []Section, o TableOptions) error {
	var b strings.Builder
	for i, s := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(colored(Short(s.Title, textMost), bold, o) + "\n")
		s.write(&b, o)
	}
	return (&output{w: w}).write(b.String())
}

const pageIndent = "  "

func (s Section) write(b *strings.Builder, o TableOptions) {
	widths := s.widths()
	beside := len(pageIndent)
	for _, w := range widths {
		beside += w + len(pageIndent)
	}
	for _, row := range s.Rows {
		line := pageIndent
		for i, w := range widths {
			text := ""
			if i < len(row.Cells) {
				text = Short(row.Cells[i], textMost)
			}
			fill := strings.Repeat(" ", w-twwidth.Width(text))
			line += colored(text, color(Outcome(text)), o) + fill + pageIndent
		}
		for _, text := range lines(row.Text, beside, o.Width) {
			if line == "" {
				line = strings.Repeat(" ", beside)
				if o.Width > 0 && beside+twwidth.Width(text) > o.Width {
					line = pageIndent + pageIndent
				}
			}
			b.WriteString(strings.TrimRight(line+text, " ") + "\n")
			line = ""
		}
	}
}

// widths returns the widths of the section's columns.
func (s Section) widths() []int {
	var widths []int
	for _, row := range s.Rows {
		for i, text := range row.Cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], twwidth.Width(Short(text, textMost)))
		}
	}
	return widths
}

// lines breaks paragraphs so that they fit beside the cells. A single word, such as
// a Message-ID, stays whole so that it can be copied; it goes below the cells when
// it does not fit beside them. There is at least one line.
func lines(paragraphs []string, beside, width int) []string {
	var all []string
	for _, p := range paragraphs {
		text := []string{Short(p, causeMost)}
		if width > 0 && strings.Contains(text[0], " ") {
			text = wrap(text[0], max(width-beside, leastText))
		}
		all = append(all, text...)
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

// colored returns the text in a colour, if colours are allowed.
func colored(text, parameter string, o TableOptions) string {
	if parameter == "" || text == "" || !o.Color {
		return text
	}
	return "\x1b[" + parameter + "m" + text + "\x1b[0m"
}
