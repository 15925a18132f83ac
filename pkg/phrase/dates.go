package phrase

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// DatesKind is the kind of [Dates].
const DatesKind = "dates"

// Dates writes dates in a language.
type Dates struct {
	Months      [12]string  `text:"months"`
	ShortMonths [12]string  `text:"short_months"`
	Day         Text[Day]   `text:"day"`
	Month       Text[Month] `text:"month"`
}

// Day is what a text for a day may show.
type Day struct {
	Day   int
	Month string
	Year  int
}

// Month is what a text for a month may show.
type Month struct {
	Month string
	Year  int
}

// Date writes out a day: 3 November 2026, 1er novembre 2026.
func (d Dates) Date(date calendar.Date) string {
	return d.Day.Fill(Day{date.Day, d.Months[date.Month-1], date.Year})
}

// InMonth writes out the month of a day: November 2026.
func (d Dates) InMonth(at time.Time) string {
	return d.Month.Fill(Month{d.Months[at.Month()-1], at.Year()})
}

// InShortMonth writes it for a narrow place: Nov 2026, nov. 2026.
func (d Dates) InShortMonth(at time.Time) string {
	return d.Month.Fill(Month{d.ShortMonths[at.Month()-1], at.Year()})
}
