package answer

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

//go:embed return.txt
var returnText string

// maxAbsence is the number of days after which an absence is no longer believed.
const maxAbsence = 180

// returnWords is what return.txt says.
type returnWords struct {
	back                               []phrase
	until, after, between              []string
	untilBehind, afterBehind           []string
	negations, fillers, hours, english []string
	forms                              []form
}

var returns = sync.OnceValue(func() returnWords { //nolint:gochecknoglobals // A constant that Go has no form for.
	file := sections(returnText)
	folded := func(name string) []string {
		var rows []string
		for _, row := range file[name] {
			rows = append(rows, strings.Join(fold(row), " "))
		}
		return rows
	}
	w := returnWords{
		until: folded("until"), after: folded("after"), between: folded("between two dates"),
		untilBehind: folded("until, after the date"), afterBehind: folded("after, after the date"),
		negations: folded("not"), fillers: folded("fillers"), hours: folded("hours"), english: folded("english"),
		forms: forms(file),
	}
	for _, row := range file["back"] {
		w.back = append(w.back, newLists().parse(row))
	}
	return w
})

// absence is the time from which a notice is read.
type absence struct {
	received calendar.Date
	words    returnWords
}

// day returns the day of return that a text names last.
func (a absence) day(text string) (day calendar.Date, found bool) {
	for _, part := range statements(plain(text)) {
		dates := a.dates(part)
		for i, d := range dates {
			from, until := 0, len(part)
			if i > 0 {
				from = dates[i-1].end
			}
			if i+1 < len(dates) {
				until = dates[i+1].start
			}
			offset, ok := a.role(part[from:d.start], part[d.end:until], i > 0)
			if !ok {
				continue
			}
			if back, ok := a.settle(d, offset); ok {
				day, found = back, true
			}
		}
	}
	return day, found
}

// role returns how many days after a date somebody is back, by the text between
// it and the date before, and the one after it; false if the date says nothing about that.
func (a absence) role(before, after string, second bool) (days int, ok bool) {
	words := fold(before)
	if isRange(words, second, a.words.between) || strings.HasSuffix(strings.TrimSpace(before), "-") && (second || endsInNumber(words)) {
		return 1, true
	}
	returns := contains(a.words.back, newSentence(before))
	last := words
	for len(last) > 0 && slices.Contains(a.words.fillers, last[len(last)-1]) && !endsWith(last, a.words.until) {
		last = last[:len(last)-1]
	}
	next, _, _ := strings.Cut(strings.TrimLeft(after, " ).,"), " ")
	next = strings.Join(fold(next), " ")
	switch {
	case endsWith(last, a.words.until):
		if returns && slices.ContainsFunc(words, func(word string) bool { return slices.Contains(a.words.negations, word) }) {
			return 0, true
		}
		return 1, true
	case endsWith(last, a.words.after), slices.Contains(a.words.untilBehind, next), slices.Contains(a.words.afterBehind, next):
		return 1, true
	case returns:
		return 0, true
	}
	if i := strings.IndexAny(after, ",;"); i >= 0 {
		after = after[:i]
	}
	return 0, contains(a.words.back, newSentence(after))
}

// isRange returns whether a date ends a range: it comes after another date, or a
// day, and a word such as "to".
func isRange(words []string, second bool, between []string) bool {
	for _, joint := range between {
		rest, found := withoutEnd(words, joint)
		if found && (second && len(rest) == 0 || endsInNumber(rest)) {
			return true
		}
	}
	return false
}

// endsInNumber returns whether the last word is the number of a day.
func endsInNumber(words []string) bool {
	if len(words) == 0 {
		return false
	}
	digits := strings.TrimRightFunc(words[len(words)-1], unicode.IsLetter)
	return digits != "" && len(digits) <= 2 && number(digits) >= 1 && number(digits) <= 31
}

// withoutEnd takes a phrase off the end of words.
func withoutEnd(words []string, phrase string) (rest []string, found bool) {
	end := strings.Fields(phrase)
	n := len(words) - len(end)
	if n < 0 || !slices.Equal(words[n:], end) {
		return words, false
	}
	return words[:n], true
}

// endsWith returns whether words end with one of several phrases.
func endsWith(words, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(phrase string) bool {
		_, found := withoutEnd(words, phrase)
		return found
	})
}

// settle returns the day of return that lies so many days after a date: the next
// such day if the date has no year.
func (a absence) settle(d date, days int) (calendar.Date, bool) {
	var possible []calendar.Date
	for _, order := range d.orders() {
		for _, year := range order.years(a.received.Year) {
			day, ok := civil(year, order.month, order.day)
			if !ok {
				continue
			}
			day = day.AddDays(days)
			if since := day.DaysSince(a.received); since > 0 && since <= maxAbsence && !slices.Contains(possible, day) {
				possible = append(possible, day)
			}
		}
	}
	if len(possible) != 1 {
		return calendar.Date{}, false
	}
	return possible[0], true
}

// civil returns a date that exists.
func civil(year, month, day int) (calendar.Date, bool) {
	d := calendar.Of(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), time.UTC)
	return d, d.Year == year && int(d.Month) == month && d.Day == day
}
