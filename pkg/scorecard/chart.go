package scorecard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The position of the plot in a chart, which is 560 wide and 258 high in page.html.
// A unit is about a pixel.
const (
	plotLeft   = 52
	plotRight  = 548
	plotTop    = 22
	plotBottom = 204

	widestBar   = 46
	barShare    = 0.62 // of a month's width
	cornerLimit = 4
)

// mostLabels is how many months can have a label. A small chart has room for
// narrowLabels: with more, every other one is hidden there.
const (
	mostLabels   = 12
	narrowLabels = 6
)

// coordinate is written with one decimal, finer than a pixel.
type coordinate float64

// String returns the coordinate as SVG expects it.
func (c coordinate) String() string { return strconv.FormatFloat(rounded(float64(c), 1), 'f', -1, 64) }

// point is what a chart shows of one month.
type point struct {
	month time.Time
	// value is drawn, label is written; without has there is neither.
	has   bool
	value float64
	label string
	// basis is the number of mails or answers behind the value.
	basis int
	tip   string
}

// chart shows one figure by month.
type chart struct {
	ID          string
	Title       string
	Description string
	Grid        []gridLine
	Months      []monthLabel
	Marks       []mark
	// Bars are drawn instead of dots. Line connects the dots of neighbouring
	// months.
	Bars bool
	Line []string
	// Mean is the line of the figure over all months; nil for one month.
	Mean *gridLine
	// Note explains pale marks; empty when there are none.
	Note string
	// Table has the figures of the months; its title is the chart's.
	Table table
}

// addMonth adds a line to the chart's table.
func (c *chart) addMonth(w words, at time.Time, figures ...string) {
	c.Table.add(w.dates.InShortMonth(at), "", eachLine(figures, plain)...)
}

type gridLine struct {
	Y     coordinate
	Label string
}

type monthLabel struct {
	X    coordinate
	Text string
	// Year is shown below each January, and below the first label unless the
	// next one is a January.
	Year string
	// Spare labels are hidden when the chart is small.
	Spare bool
}

// mark is one month's bar or dot.
type mark struct {
	X, Y coordinate
	// Bar is the bar's outline.
	Bar string
	// Label is empty when there is no room for it.
	Label  string
	LabelY coordinate
	Spare  bool
	Pale   bool
	Tip    string
}

// scale is a vertical axis with a line at each step.
type scale struct {
	bottom, top, step float64
	write             func(float64) string
}

func (s scale) y(value float64) coordinate {
	share := min(max((value-s.bottom)/(s.top-s.bottom), 0), 1)
	return coordinate(plotBottom - share*(plotBottom-plotTop))
}

func (s scale) grid() []gridLine {
	var lines []gridLine
	for v := s.bottom; v <= s.top+s.step/2; v += s.step {
		lines = append(lines, gridLine{Y: s.y(v), Label: s.write(v)})
	}
	return lines
}

// rateScale ends at the first round share above the highest bar, and at 1 when
// there is no bar.
func rateScale(points []point, w words) scale {
	var highest float64
	for _, p := range points {
		highest = max(highest, p.value)
	}
	for _, s := range []scale{{top: 0.2, step: 0.05}, {top: 0.4, step: 0.1}, {top: 0.6, step: 0.2}, {top: 0.8, step: 0.2}} {
		if 0 < highest && highest <= s.top {
			s.write = w.percent
			return s
		}
	}
	return scale{top: 1, step: 0.25, write: w.percent}
}

// slot returns the middle and the width of the i-th of n months.
func slot(i, n int) (middle, width float64) {
	width = float64(plotRight-plotLeft) / float64(n)
	return plotLeft + width*(float64(i)+0.5), width
}

// draw draws the points, and a line at the mean, whose label is overall.
func (c *chart) draw(w words, points []point, s scale, mean float64, overall string) {
	c.Grid, c.Months, c.Description = s.grid(), monthLabels(points, w), describe(points, w, overall)
	var run []string // the dots of neighbouring months
	flush := func() {
		if len(run) > 1 {
			c.Line = append(c.Line, strings.Join(run, " "))
		}
		run = nil
	}
	anyPale := false
	for i, p := range points {
		if !p.has {
			flush()
			continue
		}
		middle, width := slot(i, len(points))
		m := newMark(middle, p, s, len(points))
		if c.Bars {
			m.Bar = column(middle, min(width*barShare, widestBar), float64(m.Y))
		} else {
			run = append(run, fmt.Sprintf("%s,%s", m.X, m.Y))
		}
		c.Marks = append(c.Marks, m)
		anyPale = anyPale || m.Pale
	}
	flush()
	if len(c.Marks) > 1 {
		c.Mean = &gridLine{Y: s.y(mean), Label: overall + " " + w.Overall}
	}
	if !anyPale {
		c.Note = ""
	}
}

func newMark(middle float64, p point, s scale, months int) mark {
	const above = 8
	y := s.y(p.value)
	m := mark{X: coordinate(middle), Y: y, LabelY: y - above, Pale: pale(p.basis), Tip: p.tip}
	if months <= mostLabels {
		m.Label = p.label
		m.Spare = months > narrowLabels && odd(p.month, 1)
	}
	return m
}

// column returns the outline of a column with rounded upper corners. A value of 0 is a
// thin line: clients were asked, and nobody answered.
func column(middle, width, top float64) string {
	top = min(top, plotBottom-1)
	left, right := coordinate(middle-width/2), coordinate(middle+width/2)
	r := coordinate(min(cornerLimit, width/2, plotBottom-top))
	y := coordinate(top)
	return fmt.Sprintf("M%s %d V%s Q%s %s %s %s H%s Q%s %s %s %s V%d Z",
		left, plotBottom, y+r, left, y, left+r, y, right-r, right, y, right, y+r, plotBottom)
}

// labelEvery returns the number of months from one label to the next, so that all
// labels fit. It divides a year, or is a number of whole years.
func labelEvery(months int) int {
	const year = 12
	for _, step := range []int{1, 2, 3, 6, year} {
		if months <= step*mostLabels {
			return step
		}
	}
	years := (months + year*mostLabels - 1) / (year * mostLabels)
	return year * years
}

// odd is true for every other month with a label. A January is among them only when
// only Januaries have labels.
func odd(m time.Time, step int) bool { return count(m)/step%2 == 1 }

// count numbers the months through all years.
func count(m time.Time) int { return m.Year()*12 + int(m.Month()) - 1 }

// monthLabels returns the names below the axis, as many as fit, always with the
// Januaries.
func monthLabels(points []point, w words) []monthLabel {
	var labels []monthLabel
	step := labelEvery(len(points))
	for i, p := range points {
		if count(p.month)%step != 0 {
			continue
		}
		middle, _ := slot(i, len(points))
		label := monthLabel{
			X:     coordinate(middle),
			Text:  w.dates.ShortMonths[p.month.Month()-1],
			Spare: len(points) > step*narrowLabels && odd(p.month, step),
		}
		january := p.month.Month() == time.January
		if january || len(labels) == 0 {
			label.Year = strconv.Itoa(p.month.Year())
		}
		if january && len(labels) == 1 {
			labels[0].Year = ""
		}
		labels = append(labels, label)
	}
	return labels
}

// describe returns what a chart shows in a sentence, for screen readers.
func describe(points []point, w words, overall string) string {
	shown := slices.DeleteFunc(slices.Clone(points), func(p point) bool { return !p.has })
	if len(shown) == 0 {
		return ""
	}
	byValue := func(a, b point) int { return cmp.Compare(a.value, b.value) }
	low, high := slices.MinFunc(shown, byValue), slices.MaxFunc(shown, byValue)
	switch {
	case len(shown) == 1:
		return w.OneMonthDescribed.Fill(oneMonth{low.label, w.dates.InMonth(low.month)})
	case low.label == high.label:
		return w.FlatDescribed.Fill(flat{low.label, overall})
	}
	return w.RangeDescribed.Fill(extremes{low.label, w.dates.InMonth(low.month), high.label, w.dates.InMonth(high.month), overall})
}
