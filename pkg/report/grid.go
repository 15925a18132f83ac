package report

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// TableOptions say where a table is shown.
type TableOptions struct {
	// Width is the width of the terminal in columns; longer texts are cut. 0
	// means a pipe or a file, which gets plain texts, cut only if they are endless.
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
			page[i][j] = cell{text: text, whole: o.Whole}.short()
		}
	}
	return g.page(page)
}

// trailingSpaces stand after the last column.
var trailingSpaces = regexp.MustCompile(`(?m) +$`)

// cell is a text and how it is shown.
type cell struct {
	// text is cleaned, see short.
	text string
	// whole wraps a text that is too long, instead of cutting it.
	whole bool
	// color begins an SGR sequence (ECMA-48) of a terminal; "" is none.
	color string
}

// short cleans a cell's text, which may contain anything, and limits it.
func (c cell) short() cell {
	most := textMost
	if c.whole {
		most = causeMost
	}
	c.text = Short(c.text, most)
	return c
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
			g.widths[i] = max(g.widths[i], twwidth.Width(row[i].text))
		}
	}
	widths := g.fit()

	// A buffer, because tablewriter does not report a failed write.
	var b strings.Builder
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
	return g.out.write(trailingSpaces.ReplaceAllLiteralString(b.String(), ""))
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

// texts returns the cells of a row as they are shown.
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

// sentence returns a line below the table. For a terminal, it is broken between
// words.
func (g *grid) sentence(text string) string {
	if g.options.Width > 0 {
		text = strings.Join(wrap(text, g.options.Width), "\n")
	}
	return text + "\n"
}

// look returns the options of the table: plain for a pipe, with lines between the
// columns and below the header on a terminal.
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
