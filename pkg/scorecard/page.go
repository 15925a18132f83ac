package scorecard

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
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
	data, err := newView(p)
	if err != nil {
		return err
	}
	data.Policy, data.Style = policy(), style
	t, err := template.New("page.html").Funcs(data.functions()).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
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

// few is the number of questionnaires or answers below which a figure is pale: it
// rests on little.
const few = 5

func pale(basis int) bool { return 0 < basis && basis < few }

// functions are those of page.html, in which they write figures.
func (w words) functions() template.FuncMap {
	return template.FuncMap{
		"integer":    w.integer,
		"counted":    w.counted,
		"percent":    w.percent,
		"rate":       w.rate,
		"score":      w.score,
		"nps":        w.nps,
		"shortMonth": w.dates.InShortMonth,
		"pale":       pale,
		// bar returns the length of a bar that is 100 long for the most.
		"bar": func(value, most float64) coordinate { return coordinate(value * (100 / most)) },
	}
}

// view is the data of page.html: the texts, and what they are about.
type view struct {
	words
	Policy       string
	Style        template.CSS
	Lang         string
	Organization string
	Period       string
	Made         string
	Total        Line
	AnsweredNote string
	// Groups are parts of a bar; there are none without a Net Promoter Score.
	Groups     []group
	GroupsNote string
	Months     []month
	Charts     []chart
	Tables     []table
	// FewNote explains pale figures; empty when there are none.
	FewNote string
}

// month is a line of the summary's months.
type month struct {
	Line
	Month time.Time
}

// group is a part of the bar that shows how many clients would recommend the
// company. The bar is 100 wide.
type group struct {
	Class, Name, Range string
	Count              int
	Share              float64
	X, Width           coordinate
}

// table compares lines of the summary.
type table struct {
	ID, Title, Head string
	// Unnamed replaces a name that is missing.
	Unnamed string
	Lines   []Line
}

func newView(p Page) (view, error) {
	w, s := p.Texts.in(p.Language), p.Summary
	v := view{
		words:        w,
		Lang:         w.tag.String(),
		Organization: p.Organization,
		Made:         w.Made.Fill(onDay{w.dates.Date(calendar.Of(p.Made, s.Zone))}),
		Total:        s.Total,
	}
	if s.Total.Sent == 0 {
		return v, nil
	}
	v.Period = period(w, s)
	v.AnsweredNote = w.AnsweredOf.Fill(answeredOf{w.integer(s.Total.Answered), w.integer(s.Total.Sent)})
	for _, l := range s.ByMonth {
		at, err := time.Parse("2006-01", l.Name)
		if err != nil {
			return view{}, fmt.Errorf("month %q is not written as YYYY-MM", l.Name)
		}
		v.Months = append(v.Months, month{l, at})
	}
	if len(v.Months) > 0 {
		v.Charts = append(v.Charts, rateByMonth(w, v.Months, s.Total))
	}
	if len(v.Months) > 0 && s.Total.HasScore {
		v.Charts = append(v.Charts, scoreByMonth(w, v.Months, s.Total))
	}
	v.addGroups()
	v.Tables = []table{
		{"salespeople", w.BySalesperson, w.Salesperson, w.NoSalesperson, s.BySalesperson},
		{"types", w.ByActivityType, w.ActivityType, w.NoActivityType, s.ByActivityType},
	}
	for _, l := range slices.Concat(s.BySalesperson, s.ByActivityType) {
		if pale(l.Sent) || pale(l.Scored) || pale(l.Recommendations()) {
			v.FewNote = w.counted(w.FewExplained, few)
		}
	}
	return v, nil
}

func (v *view) addGroups() {
	if !v.Total.HasNPS {
		return
	}
	v.Groups = []group{
		{Class: "detractors", Name: v.Detractors, Range: "0–6", Count: v.Total.Detractors},
		{Class: "passives", Name: v.Passives, Range: "7–8", Count: v.Total.Passives},
		{Class: "promoters", Name: v.Promoters, Range: "9–10", Count: v.Total.Promoters},
	}
	var from float64
	for i := range v.Groups {
		g := &v.Groups[i]
		g.Share = float64(g.Count) / float64(v.Total.Recommendations())
		g.X, g.Width = coordinate(100*from), coordinate(100*g.Share)
		from += g.Share
	}
	v.GroupsNote = v.NPSDescribed.Fill(groups{v.integer(v.Total.Detractors), v.integer(v.Total.Passives), v.integer(v.Total.Promoters)})
}

// period returns when the questionnaires were sent, or nothing when that is
// unknown.
func period(w words, s Summary) string {
	switch s.First {
	case calendar.Date{}:
		return ""
	case s.Last:
		return w.OneDay.Fill(onDay{w.dates.Date(s.First)})
	}
	return w.Period.Fill(fromTo{w.dates.Date(s.First), w.dates.Date(s.Last)})
}
