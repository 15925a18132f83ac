package scorecard

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// monthLine is a line of the summary's months.
type monthLine struct {
	Line
	month time.Time
}

func newMonths(s Summary) ([]monthLine, error) {
	months := make([]monthLine, len(s.ByMonth))
	for i, l := range s.ByMonth {
		month, err := time.Parse("2006-01", l.Name)
		if err != nil {
			return nil, fmt.Errorf("month %q is not written as YYYY-MM", l.Name)
		}
		months[i] = monthLine{Line: l, month: month}
	}
	return months, nil
}

// rateByMonth returns the chart of the response rate, with its data.
func rateByMonth(w words, months []monthLine, total Line) monthly {
	points := make([]point, len(months))
	var highest float64
	for i, m := range months {
		points[i] = point{month: m.month, has: m.HasRate, value: m.Rate, label: w.percent(m.Rate), basis: m.Sent}
		points[i].tip = w.RateTip.Fill(rateTip{w.monthName(m.month), points[i].label, w.integer(m.Answered), w.integer(m.Sent)})
		highest = max(highest, m.Rate)
	}
	s := rateScale(highest, w)
	c := newChart("rate", w.RateByMonth, points, w, s)
	c.bars(points, s)
	c.frame(points, w, s, total.Rate, w.percent(total.Rate), w.FewSent)
	result := monthly{Chart: c, Headers: []string{w.Month, w.Sent, w.Answered, w.Rate}}
	for _, m := range months {
		rate := orMissing(m.HasRate, w.percent(m.Rate))
		result.Rows = append(result.Rows, []string{w.monthAndYear(m.month), w.integer(m.Sent), w.integer(m.Answered), rate})
	}
	return result
}

// scoreByMonth returns the chart of the mean score, with its data, which include
// the Net Promoter Score if there is one.
func scoreByMonth(w words, months []monthLine, total Line) monthly {
	points := make([]point, len(months))
	for i, m := range months {
		points[i] = point{month: m.month, has: m.HasScore, value: m.MeanScore, label: w.score(m.MeanScore), basis: m.Scored}
		points[i].tip = w.ScoreTip.Fill(scoreTip{w.monthName(m.month), points[i].label, w.integer(m.Scored)})
	}
	s := scoreScale(points, w)
	c := newChart("score", w.ScoreByMonth, points, w, s)
	c.line(points, s)
	c.frame(points, w, s, total.MeanScore, w.score(total.MeanScore), w.FewAnswers)
	result := monthly{Chart: c, Headers: []string{w.Month, w.Scored, w.Score}}
	if total.HasNPS {
		result.Headers = append(result.Headers, "NPS")
	}
	for _, m := range months {
		cells := []string{w.monthAndYear(m.month), w.integer(m.Scored), orMissing(m.HasScore, w.score(m.MeanScore))}
		if total.HasNPS {
			cells = append(cells, orMissing(m.HasNPS, w.signed(m.NPS)))
		}
		result.Rows = append(result.Rows, cells)
	}
	return result
}

// rateScale ends at the first round share above the highest bar, and at 1 when
// there is no bar.
func rateScale(highest float64, w words) scale {
	s := scale{top: 1, step: 0.25, write: w.percent}
	switch {
	case highest <= 0:
	case highest <= 0.2:
		s.top, s.step = 0.2, 0.05
	case highest <= 0.4:
		s.top, s.step = 0.4, 0.1
	case highest <= 0.6:
		s.top, s.step = 0.6, 0.2
	case highest <= 0.8:
		s.top, s.step = 0.8, 0.2
	}
	return s
}

// scoreScale leaves out the lower half when it would be empty. That is fair for
// dots: they show a value by their position, and not by a length as bars do.
func scoreScale(points []point, w words) scale {
	s := scale{bottom: 50, top: 100, step: 10, write: func(v float64) string { return w.integer(int(v)) }}
	for _, p := range points {
		if p.has && p.value < s.bottom {
			s.bottom, s.step = 0, 20
		}
	}
	return s
}

func newChart(id, title string, points []point, w words, s scale) chart {
	return chart{ID: id, Title: title, Grid: s.grid(), Months: monthLabels(points, w)}
}

// frame adds what bars and lines have in common, after the marks are drawn.
func (c *chart) frame(points []point, w words, s scale, mean float64, overall string, pale phrase.Text[amount]) {
	c.Description = describe(points, w, overall)
	if len(c.Marks) > 1 {
		c.Mean = &gridLine{Y: s.y(mean), Label: overall + " " + w.Overall}
	}
	for _, m := range c.Marks {
		if m.Pale {
			c.Note = w.counted(pale, few)
		}
	}
}
