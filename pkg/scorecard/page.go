package scorecard

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // for the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	style template.CSS
)

// Page is what the page for a meeting shows.
type Page struct {
	// Texts are those of [LoadTexts].
	Texts *Texts
	// Language is the reader's, as Odoo (fr_FR) or a browser (fr-FR) names it;
	// the texts are in that language or else in English.
	Language string
	// Organization is shown above the title; it may be empty.
	Organization string
	// Made is when the figures were read; the page shows the date in the
	// report's zone.
	Made   time.Time
	Report Report
}

// WritePage writes one self-contained HTML file: it loads nothing, runs no script,
// follows the reader's light or dark mode, and prints on A4. It returns an error
// when a month of the report is not written as 2006-01, or the output cannot be
// written.
func WritePage(w io.Writer, p Page) error {
	words := p.Texts.in(p.Language)
	v := view{
		words: words, Policy: policy(), Style: style, Lang: words.tag.String(), Organization: p.Organization,
		Made: words.Made.Fill(onDay{words.dates.Date(calendar.Of(p.Made, p.Report.span().Zone))}),
	}
	if err := p.Report.show(&v); err != nil {
		return err
	}
	t, err := template.New("page.html").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

// policy returns the page's Content-Security-Policy, which allows this style sheet
// and nothing else.
func policy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; " +
		"style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// few is the number of mails or answers below which a figure is pale: it rests on
// little.
const few = 5

func pale(basis int) bool { return 0 < basis && basis < few }

// view is the data of page.html: what the report shows, as texts.
type view struct {
	words words

	Policy       string
	Style        template.CSS
	Lang         string
	Organization string
	Title        string
	Period       string
	Made         string
	// Empty is shown instead of all that follows, if it is not empty itself.
	Empty   string
	Cards   []card
	Parts   *parts
	ByMonth string
	Charts  []chart
	Tables  []table
	Notes   []string
}

// card is one figure at the top.
type card struct {
	Title, Value string
	// Unit may be empty.
	Unit, Note string
}

// parts is a bar of parts, which is 100 wide.
type parts struct {
	Title, Name, Description string
	Parts                    []part
}

type part struct {
	Class, Name, Range string
	Count, Share       string
	X, Width           coordinate
}

// table compares lines of the report.
type table struct {
	ID, Title string
	Heads     []string
	Rows      []tableRow
	// Shares says that most cells have a share and a count. A small page has room for
	// the shares.
	Shares bool
}

type tableRow struct {
	Name  string
	Cells []cell
}

// add adds a line; unnamed replaces a name that is missing.
func (t *table) add(name, unnamed string, cells ...cell) {
	t.Rows = append(t.Rows, tableRow{cmp.Or(name, unnamed), cells})
}

// cell is a figure. Bar is how long the bar before it is, of 100; nil for none.
type cell struct {
	Text string
	Bar  *coordinate
	// Figure is true for one that is worked out of others, and that may be Pale.
	Figure, Pale bool
	// Count is the count behind a share; empty for none.
	Count string
}

// plain is a cell with a count.
func plain(text string) cell { return cell{Text: text} }

// bar is a cell with a figure and a bar that is long for a share of 1.
func bar(text string, has bool, share float64, basis int) cell {
	c := cell{Text: text, Figure: true, Pale: pale(basis)}
	if has {
		c.Bar = new(coordinate(100 * share))
	}
	return c
}

// month is a line of a report's months.
type month[L any] struct {
	Line  L
	Month time.Time
}

// monthsOf reads the names of months.
func monthsOf[L line](lines []L) ([]month[L], error) {
	months := make([]month[L], len(lines))
	for i, l := range lines {
		at, err := time.Parse(monthLayout, l.label())
		if err != nil {
			return nil, fmt.Errorf("month %q is not written as YYYY-MM", l.label())
		}
		months[i] = month[L]{l, at}
	}
	return months, nil
}

// period returns when the mails were sent, or nothing when that is unknown.
func (w words) period(s Span, oneDay phrase.Text[onDay], days phrase.Text[fromTo]) string {
	switch s.First {
	case calendar.Date{}:
		return ""
	case s.Last:
		return oneDay.Fill(onDay{w.dates.Date(s.First)})
	}
	return days.Fill(fromTo{w.dates.Date(s.First), w.dates.Date(s.Last)})
}
