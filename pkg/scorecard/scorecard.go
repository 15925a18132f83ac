// Package scorecard writes the feedback report: how many questionnaires were
// sent and answered, and how the clients judged, as a table, as CSV, as a JSON
// document, and as a page for a meeting.
//
// It takes figures that are summed up already and is pure but for the
// io.Writer that it is handed. Names come from strangers: no format lets them
// act on a terminal, a spreadsheet or a browser. The page names no client.
package scorecard

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// nobody stands for the salesperson that an opportunity does not have, and for
// an activity type without a name, where a person reads.
const nobody = "(none)"

// section is a part of the report, under the name that CSV has for it.
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

// WriteTable writes the report for a person: a table for each section that has
// lines, and the total as the last line. It returns a [*report.WriteError] when
// the output cannot be written.
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
	return writeString(w, Headline(s)+"\n")
}

// Headline says in one line what was answered:
//
//	feedback report: 40 sent, 12 answered (30%), mean score 81.5, NPS +25
func Headline(s Summary) string {
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
	row := []string{l.Name, strconv.Itoa(l.Sent), strconv.Itoa(l.Answered), "", "", ""}
	if l.Name == "" {
		row[0] = nobody
	}
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

// WriteCSV writes one line for each line of the summary, the total first; the
// column section says what it is about (total, month, salesperson or
// activity_type). Rates go from 0 to 1; a figure that there is not is an empty
// cell. It returns a [*report.WriteError] when the output cannot be written.
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
	return []string{
		section,
		l.Name,
		strconv.Itoa(l.Sent),
		strconv.Itoa(l.Answered),
		csvFigure(rate(l)),
		strconv.Itoa(l.Scored),
		csvFigure(meanScore(l)),
		strconv.Itoa(l.Promoters),
		strconv.Itoa(l.Passives),
		strconv.Itoa(l.Detractors),
		csvFigure(nps(l)),
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
	Total          jsonFigures   `json:"total"`
	BySalesperson  []jsonSection `json:"by_salesperson"`
	ByActivityType []jsonSection `json:"by_activity_type"`
	ByMonth        []jsonSection `json:"by_month"`
}

type jsonSection struct {
	Name string `json:"name"`
	jsonFigures
}

type jsonFigures struct {
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

// WriteJSON writes the report as one JSON document in the frame of all reports.
// Rates go from 0 to 1; a figure or date that there is not is null. It returns
// a [*report.WriteError] when the output cannot be written.
func WriteJSON(w io.Writer, h report.Head, s Summary, t report.Tail) error {
	return report.WriteDocument(w, h, jsonSummary{
		Timezone:       s.Zone.String(),
		First:          jsonDate(s.First),
		Last:           jsonDate(s.Last),
		Total:          jsonFiguresOf(s.Total),
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

// jsonLines returns a list in any case, which may be empty.
func jsonLines(lines []Line) []jsonSection {
	list := make([]jsonSection, len(lines))
	for i, l := range lines {
		list[i] = jsonSection{Name: l.Name, jsonFigures: jsonFiguresOf(l)}
	}
	return list
}

func jsonFiguresOf(l Line) jsonFigures {
	return jsonFigures{
		Sent:       l.Sent,
		Answered:   l.Answered,
		Rate:       rate(l),
		Scored:     l.Scored,
		MeanScore:  meanScore(l),
		Promoters:  l.Promoters,
		Passives:   l.Passives,
		Detractors: l.Detractors,
		NPS:        nps(l),
	}
}

// Programs get more digits than people, and not those that an addition in
// another order would change.

func rate(l Line) *float64      { return figure(l.HasRate, l.Rate, 4) }
func meanScore(l Line) *float64 { return figure(l.HasScore, l.MeanScore, 2) }
func nps(l Line) *float64       { return figure(l.HasNPS, l.NPS, 2) }

func figure(has bool, value float64, digits int) *float64 {
	if !has {
		return nil
	}
	return new(rounded(value, digits))
}

// rounded rounds half away from zero, as people do, and knows no negative zero.
func rounded(value float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(value*scale)/scale + 0
}
