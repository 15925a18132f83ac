// Package scorecard writes reports over a long time as a table, as CSV, as JSON and as
// a page for a meeting. There are two: [Feedback] says how many questionnaires were
// sent and answered, and how clients scored; [Reminders] says what became of reminders.
//
// A [FeedbackTally] or a [ReminderTally] adds up the figures. The package is pure
// except for the io.Writer. Names come from strangers: in no format can they act on a
// terminal, a spreadsheet or a browser. The page names no client. Its texts are files,
// see [LoadTexts].
package scorecard

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Report is what this package writes: a [Feedback] or a [Reminders].
type Report interface {
	// content returns the report's lines and its document for JSON.
	content() content
	// show adds to a page what this report shows there.
	show(v *view) error
	// span returns the time that the report is about.
	span() Span
}

// Span is the time that a report is about.
type Span struct {
	// Zone is the one of the dates and the months.
	Zone *time.Location
	// First and Last are the civil dates between which the mails were sent; zero when
	// there is none with a time.
	First calendar.Date
	Last  calendar.Date
}

// content is a report for all formats but the page.
type content struct {
	// columns are the headers of the tables, fields the names of the columns in CSV,
	// both without those that name a line.
	columns, fields []string
	sections        []section
	total           row
	// headline is the total in one line.
	headline string
	// document is for JSON.
	document any
}

// section is a part of the report, with its name in CSV.
type section struct {
	name  string
	title string
	// unnamed replaces a name that is missing, for people.
	unnamed string
	rows    []row
}

// row is a line of a report. cells are for people, values for programs.
type row struct {
	name   string
	cells  []string
	values []string
}

// nobody is shown instead of a missing salesperson, and for an activity type
// without a name.
const nobody = "(none)"

// eachLine makes something of each line. It returns an empty list, and not nil, when
// there are no lines.
func eachLine[L, T any](lines []L, of func(L) T) []T {
	list := make([]T, len(lines))
	for i, l := range lines {
		list[i] = of(l)
	}
	return list
}

// WriteTable writes a report for a person: a table for each section with lines, and
// the total as the last line. It returns a [*report.WriteError] when the output cannot
// be written.
func WriteTable(w io.Writer, r Report, o report.TableOptions) error {
	c := r.content()
	for _, part := range c.sections {
		if len(part.rows) == 0 {
			continue
		}
		header := append([]string{part.title}, c.columns...)
		rows := eachLine(part.rows, func(l row) []string { return append([]string{cmp.Or(l.name, part.unnamed)}, l.cells...) })
		if err := report.WriteRows(w, header, rows, o); err != nil {
			return err
		}
		if err := writeString(w, "\n"); err != nil {
			return err
		}
	}
	return writeString(w, c.headline+"\n")
}

func writeString(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return &report.WriteError{Err: err}
	}
	return nil
}

// WriteCSV writes one line for each line of a report, the total first. The column
// section says of which section it is: total, month, salesperson, and others. Shares go
// from 0 to 1; a missing figure is an empty cell. It returns a [*report.WriteError] when
// the output cannot be written.
func WriteCSV(w io.Writer, r Report) error {
	c := r.content()
	csvRow := func(section string, l row) []string { return append([]string{section, l.name}, l.values...) }
	rows := [][]string{csvRow("total", c.total)}
	for _, part := range c.sections {
		for _, l := range part.rows {
			rows = append(rows, csvRow(part.name, l))
		}
	}
	return report.WriteCSV(w, append([]string{"section", "name"}, c.fields...), rows)
}

// WriteJSON writes a report as one JSON document, see [report.WriteDocument]. Shares go
// from 0 to 1; a missing figure or date is null. It returns a [*report.WriteError] when
// the output cannot be written.
func WriteJSON(w io.Writer, h report.Head, r Report, t report.Tail) error {
	return report.WriteDocument(w, h, r.content().document, t)
}

// jsonSpan is how the document of a report begins.
type jsonSpan struct {
	Timezone string  `json:"timezone"`
	First    *string `json:"first"`
	Last     *string `json:"last"`
}

func (s Span) json() jsonSpan {
	return jsonSpan{Timezone: s.Zone.String(), First: jsonDate(s.First), Last: jsonDate(s.Last)}
}

func jsonDate(d calendar.Date) *string {
	if d == (calendar.Date{}) {
		return nil
	}
	return new(d.String())
}

// percent writes a share of 1 in whole percent.
func percent(share float64) string { return fmt.Sprintf("%.0f%%", rounded(100*share, 0)) }

func csvFigure(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

// figure gives programs more digits than people, but not the last ones, which depend
// on the order of an addition.
func figure(has bool, value float64, digits int) *float64 {
	if !has {
		return nil
	}
	return new(rounded(value, digits))
}

// rounded rounds half away from zero, as people do, and never returns negative
// zero.
func rounded(value float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(value*scale)/scale + 0
}
