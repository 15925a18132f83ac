// Package scorecard writes the feedback report as a table, as CSV, as JSON and as a
// page for a meeting: how many questionnaires were sent and answered, and how
// clients scored.
//
// A [Tally] adds up the figures. The package is pure except for the io.Writer. Names
// come from strangers: in no format can they act on a terminal, a spreadsheet or a
// browser. The page names no client. Its texts are files, see [LoadTexts].
package scorecard

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// nobody is shown instead of a missing salesperson, and for an activity type
// without a name.
const nobody = "(none)"

// section is a part of the report, with its name in CSV.
type section struct {
	name  string
	title string
	lines []Line
}

func sections(s Summary) []section {
	return []section{
		{"month", "MONTH", s.ByMonth},
		{"salesperson", "SALESPERSON", s.BySalesperson},
		{"activity_type", "ACTIVITY TYPE", s.ByActivityType},
	}
}

// WriteTable writes the report for a person: a table for each section with lines,
// and the total as the last line. It returns a [*report.WriteError] when the output
// cannot be written.
func WriteTable(w io.Writer, s Summary, o report.TableOptions) error {
	for _, part := range sections(s) {
		if len(part.lines) == 0 {
			continue
		}
		rows := make([][]string, len(part.lines))
		for i, l := range part.lines {
			rows[i] = tableRow(l)
		}
		header := []string{part.title, "SENT", "ANSWERED", "RATE", "SCORE", "NPS"}
		if err := report.WriteRows(w, header, rows, o); err != nil {
			return err
		}
		if err := writeString(w, "\n"); err != nil {
			return err
		}
	}
	return writeString(w, headline(s)+"\n")
}

// headline returns the total in one line:
//
//	feedback report: 40 sent, 12 answered (30%), mean score 81.5, NPS +25
func headline(s Summary) string {
	var b strings.Builder
	row := tableRow(s.Total)
	fmt.Fprintf(&b, "feedback report: %s sent, %s answered", row[1], row[2])
	if s.Total.HasRate {
		fmt.Fprintf(&b, " (%s)", row[3])
	}
	if s.Total.HasScore {
		fmt.Fprintf(&b, ", mean score %s", row[4])
	}
	if s.Total.HasNPS {
		fmt.Fprintf(&b, ", NPS %s", row[5])
	}
	return b.String()
}

func tableRow(l Line) []string {
	row := []string{cmp.Or(l.Name, nobody), strconv.Itoa(l.Sent), strconv.Itoa(l.Answered), "", "", ""}
	if l.HasRate {
		row[3] = fmt.Sprintf("%.0f%%", rounded(100*l.Rate, 0))
	}
	if l.HasScore {
		row[4] = fmt.Sprintf("%.1f", rounded(l.MeanScore, 1))
	}
	if l.HasNPS {
		row[5] = strconv.Itoa(int(rounded(l.NPS, 0)))
		if rounded(l.NPS, 0) > 0 {
			row[5] = "+" + row[5]
		}
	}
	return row
}

func writeString(w io.Writer, s string) error {
	if _, err := io.WriteString(w, s); err != nil {
		return &report.WriteError{Err: err}
	}
	return nil
}

// WriteCSV writes one line for each line of the summary, the total first. The
// column section is total, month, salesperson or activity_type. Rates go from 0 to
// 1; a missing figure is an empty cell. It returns a [*report.WriteError] when the
// output cannot be written.
func WriteCSV(w io.Writer, s Summary) error {
	rows := [][]string{csvRow("total", s.Total)}
	for _, part := range sections(s) {
		for _, l := range part.lines {
			rows = append(rows, csvRow(part.name, l))
		}
	}
	return report.WriteCSV(w, []string{
		"section", "name", "sent", "answered", "rate", "scored", "mean_score", "promoters", "passives", "detractors", "nps",
	}, rows)
}

func csvRow(section string, l Line) []string {
	f := figuresOf(l)
	return []string{
		section, l.Name, strconv.Itoa(f.Sent), strconv.Itoa(f.Answered), csvFigure(f.Rate), strconv.Itoa(f.Scored), csvFigure(f.MeanScore),
		strconv.Itoa(f.Promoters), strconv.Itoa(f.Passives), strconv.Itoa(f.Detractors), csvFigure(f.NPS),
	}
}

func csvFigure(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

// The types below fix the order of the fields.

type jsonSummary struct {
	Timezone       string        `json:"timezone"`
	First          *string       `json:"first"`
	Last           *string       `json:"last"`
	Total          figures       `json:"total"`
	BySalesperson  []jsonSection `json:"by_salesperson"`
	ByActivityType []jsonSection `json:"by_activity_type"`
	ByMonth        []jsonSection `json:"by_month"`
}

type jsonSection struct {
	Name string `json:"name"`
	figures
}

type figures struct {
	Sent       int      `json:"sent"`
	Answered   int      `json:"answered"`
	Rate       *float64 `json:"rate"`
	Scored     int      `json:"scored"`
	MeanScore  *float64 `json:"mean_score"`
	Promoters  int      `json:"promoters"`
	Passives   int      `json:"passives"`
	Detractors int      `json:"detractors"`
	NPS        *float64 `json:"nps"`
}

// WriteJSON writes the report as one JSON document, see [report.WriteDocument].
// Rates go from 0 to 1; a missing figure or date is null. It returns a
// [*report.WriteError] when the output cannot be written.
func WriteJSON(w io.Writer, h report.Head, s Summary, t report.Tail) error {
	return report.WriteDocument(w, h, jsonSummary{
		Timezone:       s.Zone.String(),
		First:          jsonDate(s.First),
		Last:           jsonDate(s.Last),
		Total:          figuresOf(s.Total),
		BySalesperson:  jsonLines(s.BySalesperson),
		ByActivityType: jsonLines(s.ByActivityType),
		ByMonth:        jsonLines(s.ByMonth),
	}, t)
}

func jsonDate(d calendar.Date) *string {
	if d == (calendar.Date{}) {
		return nil
	}
	return new(d.String())
}

// jsonLines returns an empty list, and not null, when there are no lines.
func jsonLines(lines []Line) []jsonSection {
	list := make([]jsonSection, len(lines))
	for i, l := range lines {
		list[i] = jsonSection{Name: l.Name, figures: figuresOf(l)}
	}
	return list
}

// figuresOf gives programs more digits than people, but not the last ones, which
// depend on the order of an addition.
func figuresOf(l Line) figures {
	return figures{
		Sent:       l.Sent,
		Answered:   l.Answered,
		Rate:       figure(l.HasRate, l.Rate, 4),
		Scored:     l.Scored,
		MeanScore:  figure(l.HasScore, l.MeanScore, 2),
		Promoters:  l.Promoters,
		Passives:   l.Passives,
		Detractors: l.Detractors,
		NPS:        figure(l.HasNPS, l.NPS, 2),
	}
}

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
