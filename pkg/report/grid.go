package report

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// TableOptions say where a table is shown.
type TableOptions struct {
	// Width is the width of the terminal, in columns; texts that are too long
	// for it are cut. 0 is for a pipe or a file: plain and complete.
	Width int
	// Color permits the colours of a terminal.
	Color bool
	// Whole wraps the texts of WriteRows that are too long, instead of cutting
	// them.
	Whole bool
}

// ellipsis stands for what was cut off.
const ellipsis = "…"

// narrowest is the width below which no column is cut. A terminal that is
// still too narrow breaks the lines itself.
const narrowest = 10

// WriteRows writes a table of any kind, in the look of the reports. Every row
// has as many cells as the header. Without rows nothing is written.
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

// cell is a text with its looks.
type cell struct {
	// text may hold anything; it is cleaned before it is shown.
	text string
	// whole keeps a text that is too long: it is wrapped, not cut.
	whole bool
	// color begins an SGR sequence (ECMA-48) of a terminal; "" is none.
	color string
}

// grid writes a table in pages. Its columns never become narrower, so the
// pages are in line as far as that can be without knowing the later ones.
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

// page writes rows, below the header when they are the first ones.
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

	// The table goes through a buffer because tablewriter does not tell of a
	// failed write.
	var b bytes.Buffer
	table := tablewriter.NewTable(&b, g.look(widths)...)
	if !g.begun {
		table.Header(g.header)
		g.begun = true
	}
	for _, row := range rows {
		if err := table.Append(g.texts(row, widths)); err != nil {
			return err
		}
	}
	if err := table.Render(); err != nil {
		return err
	}
	return g.out.write(trimLines(b.Bytes()))
}

// gap is the number of columns that stand between two cells.
func (g *grid) gap() int {
	if g.options.Width > 0 {
		return 3 // a rule between two spaces
	}
	return 2
}

// fit returns the columns' widths, the widest ones cut down until all of them
// have room. The first one names the row, and is cut when no other can be.
func (g *grid) fit() []int {
	widths := slices.Clone(g.widths)
	if g.options.Width <= 0 {
		return widths
	}
	total := g.gap()*(len(widths)-1) + 2 // a space at either end
	for _, w := range widths {
		total += w
	}
	for ; total > g.options.Width; total-- {
		i := widest(widths[1:]) + 1
		if i == len(widths) || widths[i] <= narrowest {
			i = 0
		}
		if widths[i] <= narrowest {
			break
		}
		widths[i]--
	}
	return widths
}

// widest returns which of some widths is the largest, the first of several; it
// is 0 when there are none.
func widest(widths []int) int {
	found := 0
	for i, w := range widths {
		if w > widths[found] {
			found = i
		}
	}
	return found
}

// texts returns what is shown of a row.
func (g *grid) texts(row []cell, widths []int) []string {
	texts := make([]string, len(row))
	for i, c := range row {
		text := c.text
		switch {
		case twwidth.Width(text) <= widths[i]:
		case c.whole:
			text = strings.Join(wrap(text, widths[i]), "\n")
		default:
			text = twwidth.Truncate(text, widths[i], ellipsis)
		}
		texts[i] = colored(text, c.color, g.options)
	}
	return texts
}

// sentence returns what stands below the table, with a line end; on a terminal
// it is broken between words.
func (g *grid) sentence(text string) string {
	if g.options.Width > 0 {
		text = strings.Join(wrap(text, g.options.Width), "\n")
	}
	return text + "\n"
}

// look is plain for a pipe; on a terminal there are rules between the columns
// and below the header.
func (g *grid) look(widths []int) []tablewriter.Option {
	padding := tw.Padding{Left: tw.Space, Right: tw.Space, Overwrite: true}
	separator := tw.On
	if g.options.Width <= 0 {
		padding = tw.Padding{Left: tw.Empty, Right: "  ", Overwrite: true}
		separator = tw.Off
	}
	columns := tw.NewMapper[int, int]()
	for i, w := range widths {
		columns.Set(i, w+len(padding.Left)+len(padding.Right))
	}
	section := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Padding:    tw.CellPadding{Global: padding},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
	}
	return []tablewriter.Option{
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: separator, ShowFooterLine: tw.Off},
				Separators: tw.Separators{ShowHeader: tw.Off, ShowFooter: tw.Off, BetweenRows: tw.Off, BetweenColumns: separator},
			},
		})),
		tablewriter.WithHeaderConfig(section),
		tablewriter.WithRowConfig(section),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithColumnWidths(columns),
	}
}

// trimLines takes away the spaces that fill up the last column.
func trimLines(table []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(table) {
		b.Write(bytes.TrimRight(line, " \n"))
		b.WriteByte('\n')
	}
	return b.Bytes()
}
