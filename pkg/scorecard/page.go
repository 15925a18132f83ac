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
	// summary's zone.
	Made    time.Time
	Summary Summary
}

// WritePage writes one self-contained HTML file: it loads nothing, runs no script,
// follows the reader's light or dark mode, and prints on A4. It returns an error
// when a month of the summary is not written as 2006-01, or the output cannot be
// written.
func WritePage(w io.Writer, p Page) error {
	t, err := template.New("page.html").Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	data, err := newView(p)
	if err != nil {
		return err
	}
	data.Policy, data.Style = policy(), style
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
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

// view is the data of page.html.
type view struct {
	words
	Policy       string
	Style        template.CSS
	Lang         string
	Organization string
	Period       string
	Made         string
	Cards        []card
	Recommended  *recommended
	Months       []monthly
	Tables       []table
	// HasScore and HasNPS are false when their columns would be empty.
	HasScore bool
	HasNPS   bool
	Notes    []string
}

// card is a headline figure.
type card struct {
	Label string
	Value string
	// Unit follows the value in small print.
	Unit string
	Note string
}

// monthly is a chart with its data.
type monthly struct {
	Chart   chart
	Headers []string
	Rows    [][]string
}

// table compares lines of the summary.
type table struct {
	ID    string
	Title string
	Head  string
	Rows  []row
}

type row struct {
	Name     string
	Sent     string
	Answered string
	Rate     cell
	Score    cell
	NPS      cell
}

// cell is a figure with its bar.
type cell struct {
	Text string
	// Bar is the bar's length from 0 to 100; nil for no bar.
	Bar  *coordinate
	Pale bool
}

func newView(p Page) (view, error) {
	w, s := p.Texts.in(p.Language), p.Summary
	v := view{
		words:        w,
		Lang:         w.tag.String(),
		Organization: p.Organization,
		Made:         w.Made.Fill(onDay{w.date(calendar.Of(p.Made, s.Zone))}),
		HasScore:     s.Total.HasScore,
		HasNPS:       s.Total.HasNPS,
	}
	if s.Total.Sent == 0 {
		return v, nil
	}
	v.Period = period(w, s)
	months, err := newMonths(s)
	if err != nil {
		return view{}, err
	}
	v.Cards = cards(w, s.Total)
	v.Recommended = newRecommended(w, s.Total)
	if len(months) > 0 {
		v.Months = append(v.Months, rateByMonth(w, months, s.Total))
	}
	if len(months) > 0 && s.Total.HasScore {
		v.Months = append(v.Months, scoreByMonth(w, months, s.Total))
	}
	v.Tables = []table{
		newTable(w, "salespeople", w.BySalesperson, w.Salesperson, w.NoSalesperson, s.BySalesperson),
		newTable(w, "types", w.ByActivityType, w.ActivityType, w.NoActivityType, s.ByActivityType),
	}
	v.Notes = notes(w, v)
	return v, nil
}

// period returns when the questionnaires were sent, or nothing when that is
// unknown.
func period(w words, s Summary) string {
	switch s.First {
	case calendar.Date{}:
		return ""
	case s.Last:
		return w.OneDay.Fill(onDay{w.date(s.First)})
	}
	return w.Period.Fill(fromTo{w.date(s.First), w.date(s.Last)})
}

func cards(w words, total Line) []card {
	list := []card{
		{Label: w.ResponseRate, Value: w.percent(total.Rate), Note: w.AnsweredOf.Fill(answeredOf{w.integer(total.Answered), w.integer(total.Sent)})},
		{Label: w.MeanScore, Value: missing, Note: w.NotScored},
	}
	if total.HasScore {
		list[1] = card{
			Label: w.MeanScore, Value: w.score(total.MeanScore), Unit: w.OutOf100,
			Note: w.counted(w.ScoredAnswers, total.Scored),
		}
	}
	if total.HasNPS {
		list = append(list, card{
			Label: w.NPS, Value: w.signed(total.NPS),
			Note: w.counted(w.Recommendations, recommendations(total)),
		})
	}
	return list
}

// notes explain the figures that the page shows.
func notes(w words, v view) []string {
	list := []string{w.ByMonthNote}
	if v.HasScore {
		list = append(list, w.ScoreNote)
	}
	if v.HasNPS {
		list = append(list, w.NPSNote)
	}
	for _, t := range v.Tables {
		for _, r := range t.Rows {
			if r.Rate.Pale || r.Score.Pale || r.NPS.Pale {
				return append(list, w.counted(w.FewExplained, few))
			}
		}
	}
	return list
}

func newTable(w words, id, title, head, unnamed string, lines []Line) table {
	t := table{ID: id, Title: title, Head: head}
	for _, l := range lines {
		r := row{Name: cmp.Or(l.Name, unnamed), Sent: w.integer(l.Sent), Answered: w.integer(l.Answered)}
		r.Rate = cell{Text: orMissing(l.HasRate, w.percent(l.Rate)), Pale: l.HasRate && l.Sent < few}
		r.Score = cell{Text: orMissing(l.HasScore, w.score(l.MeanScore)), Pale: l.HasScore && l.Scored < few}
		r.NPS = cell{Text: orMissing(l.HasNPS, w.signed(l.NPS)), Pale: l.HasNPS && recommendations(l) < few}
		if l.HasRate {
			r.Rate.Bar = new(coordinate(100 * l.Rate))
		}
		if l.HasScore {
			r.Score.Bar = new(coordinate(l.MeanScore))
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
