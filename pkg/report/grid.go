package report

import (
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// TableOptions say where a table is shown.
type TableOptions struct {
	// Width is the width of the terminal in columns; longer texts are cut. 0
	// means a pipe or a file, which gets plain and complete texts.
	Width int
	// Color allows colours.
	Color bool
	// Whole makes [WriteRows] wrap long texts instead of cutting them.
	Whole bool
}

// ellipsis ends a text that was cut.
const ellipsis = "…"

// narrowest is the smallest width of a column that is cut. A terminal that is too
// narrow for it breaks the lines itself.
const narrowest = 10

// WriteRows writes a table that looks like the reports. Every row has as many cells
// as the header. Without rows it writes nothing.
func WriteRows(w io.Writer, header []string, rows [][]string, o TableOptions) error {
	g := newGrid(&output{w: w}, header, o)
	page := make([][]cell, len(rows))
	for i, row := range rows {
		page[i] = make([]cell, len(row))
		for j, text := range row {
			page[i][j] = cell{text: text, whole: o.Whole}
		}
	}
	return g.page(page)
}

// cell is a text and how it is shown.
type cell struct {
	// text may contain anything; it is cleaned before it is shown.
	text string
	// whole wraps a text that is too long, instead of cutting it.
	whole bool
	// color begins an SGR sequence (ECMA-48) of a terminal; "" is none.
	color string
}

// grid writes a table in pages. Its columns never become narrower, so that the
// pages line up as well as they can without knowing the later ones.
type grid struct {
	out     *output
	header  []string
	options TableOptions
	widths  []int
	begun   bool
}

func newGrid(out *output, header []string, o TableOptions) *grid {
	return &grid{out: out, header: header, options: o, widths: make([]int, len(header))}
}

// page writes rows, with the header above the first page.
func (g *grid) page(rows [][]cell) error {
	if len(rows) == 0 {
		return g.out.err
	}
	for i, title := range g.header {
		g.widths[i] = max(g.widths[i], twwidth.Width(title))
	}
	for _, row := range rows {
		for i := range row {
			row[i].text = clean(row[i].text)
			g.widths[i] = max(g.widths[i], twwidth.Width(row[i].text))
		}
	}
	widths := g.fit()

	var b strings.Builder
	if !g.begun {
		g.begun = true
		header := make([]cell, len(g.header))
		for i, title := range g.header {
			header[i] = cell{text: twwidth.Truncate(title, widths[i])}
		}
		g.row(&b, header, widths)
		g.rule(&b, widths)
	}
	for _, row := range rows {
		g.row(&b, row, widths)
	}
	return g.out.write(b.String())
}

// row writes a row, which takes several lines when one of its cells is wrapped.
func (g *grid) row(b *strings.Builder, row []cell, widths []int) {
	margin, separator := "", "  "
	if g.options.Width > 0 {
		margin, separator = " ", " │ "
	}
	cells, height := make([][]string, len(row)), 1
	for i, c := range row {
		cells[i] = c.lines(widths[i])
		height = max(height, len(cells[i]))
	}
	for n := range height {
		parts := make([]string, len(row))
		for i, c := range row {
			text := ""
			if n < len(cells[i]) {
				text = cells[i][n]
			}
			parts[i] = padded(text, c.color, widths[i], g.options)
		}
		b.WriteString(strings.TrimRight(margin+strings.Join(parts, separator), " ") + "\n")
	}
}

// rule writes the line below the header on a terminal.
func (g *grid) rule(b *strings.Builder, widths []int) {
	if g.options.Width <= 0 {
		return
	}
	parts := make([]string, len(widths))
	for i, w := range widths {
		parts[i] = strings.Repeat("─", w+2)
	}
	b.WriteString(strings.Join(parts, "┼") + "\n")
}

// lines returns the text as it is shown in a column.
func (c cell) lines(width int) []string {
	switch {
	case twwidth.Width(c.text) <= width:
		return []string{c.text}
	case c.whole:
		return wrap(c.text, width)
	}
	return []string{twwidth.Truncate(c.text, width, ellipsis)}
}

// padded returns a text in a colour, with spaces up to the width of its column.
func padded(text, parameter string, width int, o TableOptions) string {
	return colored(text, parameter, o) + strings.Repeat(" ", max(0, width-twwidth.Width(text)))
}

// fit returns the widths of the columns, the widest ones reduced until all of them
// fit. The first column names the row; it is reduced when no other can be.
func (g *grid) fit() []int {
	widths := slices.Clone(g.widths)
	if g.options.Width <= 0 {
		return widths
	}
	total := -1 // A cell has a space at either end, and a rule before the next one.
	for _, w := range widths {
		total += w + 3
	}
	for ; total > g.options.Width; total-- {
		i := 0
		if others := widths[1:]; len(others) > 0 && slices.Max(others) > narrowest {
			i = 1 + slices.Index(others, slices.Max(others))
		}
		if widths[i] <= narrowest {
			break
		}
		widths[i]--
	}
	return widths
}

// sentence returns a line below the table. For a terminal, it is broken between
// words.
func (g *grid) sentence(text string) string {
	if g.options.Width > 0 {
		text = strings.Join(wrap(text, g.options.Width), "\n")
	}
	return text + "\n"
}
