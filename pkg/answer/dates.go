package answer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// date is a date in a text.
type date struct {
	start, end       int
	year, month, day int
	// open is true if day and month could be the other way round.
	open bool
}

// orders returns the dates that a date can mean.
func (d date) orders() []date {
	if !d.open {
		return []date{d}
	}
	return []date{d, d.swapped()}
}

// swapped returns the date with day and month the other way round.
func (d date) swapped() date {
	d.day, d.month = d.month, d.day
	return d
}

// ordered settles whether the day or the month comes first in the dates of a
// sentence: one of them may show it, and only English has both.
func (a absence) ordered(all []date, text string) []date {
	dayFirst := !slices.ContainsFunc(fold(text), func(word string) bool { return slices.Contains(a.words.english, word) })
	monthFirst := false
	for _, d := range all {
		dayFirst = dayFirst || d.open && d.day > 12
		monthFirst = monthFirst || d.open && d.month > 12
	}
	for i, d := range all {
		switch {
		case !d.open || dayFirst == monthFirst:
		case monthFirst:
			all[i] = d.swapped()
			all[i].open = false
		default:
			all[i].open = false
		}
	}
	return all
}

// years returns the years that a date can be of, if it was written in this year.
func (d date) years(this int) []int {
	switch {
	case d.year == 0:
		return []int{this, this + 1}
	case d.year < 100:
		return []int{this - this%100 + d.year}
	}
	return []int{d.year}
}

// form is a way to write a date. The groups of its pattern are named d, m, y, or
// name for a month in words.
type form struct {
	pattern *regexp.Regexp
	months  [][]string
	// open is true if Americans write the month first in this form.
	open bool
	// bare is true if it can also be a time of day.
	bare bool
}

// forms returns how dates are written, by the sections of return.txt.
func forms(file map[string][]string) []form {
	all, allNames := monthNames(file["months"])
	few, fewNames := monthNames(file["months before a day"])
	ordinal, joint := anyOf(file["after the number of a day"], ""), anyOf(file["between day and month"], " ")
	year := `(?:,? ?` + anyOf(file["before a year"], " ") + `(?P<y>20\d\d)\b)?`
	return []form{
		{pattern: regexp.MustCompile(`\b(?P<y>20\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)\b`)},
		{pattern: regexp.MustCompile(`\b(?P<d>\d\d?)` + ordinal + `[.°]? ?` + joint + `-?(?:` + allNames + `)\b\.?` + year), months: all},
		{pattern: regexp.MustCompile(`\b(?:` + fewNames + `)\.? (?:the )?(?P<first>\d\d?(?:st|nd|rd|th)? ?(?:-|to|through|until) ?)?(?P<d>\d\d?)(?:st|nd|rd|th)?\b` + year), months: few},
		{pattern: regexp.MustCompile(`\b(?P<d>\d\d?)-(?P<m>\d\d?)-(?P<y>20\d\d)\b`)},
		{pattern: regexp.MustCompile(`\b(?P<d>\d\d?)\. ?(?P<m>\d\d?)\.(?: ?(?P<y>20\d\d)\b|(?P<yy>\d\d)\b)?`)},
		{pattern: regexp.MustCompile(`\b(?P<d>\d\d?)\.(?P<m>\d\d)\b`), bare: true},
		{pattern: regexp.MustCompile(`\b(?P<d>\d\d?)/(?P<m>\d\d?)(?:/(?P<y>20\d\d|\d\d))?\b`), open: true},
	}
}

// anyOf returns a pattern for one of several words, or none. A space is behind those
// that do not end with an apostrophe.
func anyOf(words []string, space string) string {
	var patterns []string
	for _, word := range words {
		pattern := regexp.QuoteMeta(word)
		if !strings.HasSuffix(word, "'") {
			pattern += space
		}
		patterns = append(patterns, pattern)
	}
	return "(?:" + strings.Join(patterns, "|") + ")?"
}

// monthNames returns the names of each month, and a pattern of them all, the
// longest first, so that none is taken for the beginning of another.
func monthNames(rows []string) (months [][]string, pattern string) {
	var names []string
	for _, row := range rows {
		var month []string
		for name := range strings.FieldsSeq(row) {
			stem, isStem := strings.CutSuffix(name, "*")
			for _, spelling := range spellings(stem) {
				month = append(month, spelling)
				if isStem {
					spelling += `[a-z]*`
				}
				names = append(names, spelling)
			}
		}
		months = append(months, month)
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return months, "(?P<name>" + strings.Join(names, "|") + ")"
}

// monthOf returns the number of a month with a name.
func monthOf(months [][]string, name string) int {
	best, length := 0, 0
	for i, month := range months {
		for _, known := range month {
			if (known == name || len(known) > 5 && strings.HasPrefix(name, known)) && len(known) > length {
				best, length = i+1, len(known)
			}
		}
	}
	return best
}

// dates returns the dates in a text, in their order.
func (a absence) dates(text string) []date {
	var all []date
	for _, f := range a.words.forms {
		for _, at := range f.pattern.FindAllStringSubmatchIndex(text, -1) {
			d := f.read(text, at)
			taken := slices.ContainsFunc(all, func(other date) bool { return d.start < other.end && other.start < d.end })
			if !taken && d.day > 0 && d.month > 0 && standsFree(text, d) && (!f.bare || !a.isTime(text[d.end:])) {
				all = append(all, d)
			}
		}
	}
	slices.SortFunc(all, func(x, y date) int { return x.start - y.start })
	return a.ordered(all, text)
}

// read returns the date of a match.
func (f form) read(text string, at []int) date {
	d := date{start: at[0], end: at[1], open: f.open}
	ranges := false
	for i, name := range f.pattern.SubexpNames() {
		if i == 0 || at[2*i] < 0 {
			continue
		}
		value := text[at[2*i]:at[2*i+1]]
		switch name {
		case "d":
			d.day = number(value)
			if ranges {
				d.start = at[2*i]
			}
		case "first":
			ranges = true
		case "m":
			d.month = number(value)
		case "y", "yy":
			d.year = number(value)
		case "name":
			d.month = monthOf(f.months, value)
		}
	}
	return d
}

// standsFree returns whether a date is no part of a longer number, such as one to
// call.
func standsFree(text string, d date) bool {
	before, after := text[:d.start], text[d.end:]
	beforeNumber := strings.TrimRight(before, "./+")
	if len(beforeNumber) < len(before) && (strings.HasSuffix(before, "+") || endsInDigit(beforeNumber)) {
		return false
	}
	rest := strings.TrimLeft(after, "./:")
	return len(rest) == len(after) || rest == "" || !isDigit(rest[0]) || len(after)-len(rest) > 1
}

// isTime returns whether what follows makes a number a time of day.
func (a absence) isTime(after string) bool {
	words := fold(after[:min(len(after), 20)])
	return len(words) > 0 && slices.Contains(a.words.hours, words[0])
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func endsInDigit(text string) bool { return text != "" && isDigit(text[len(text)-1]) }

// number reads digits; 0 if they are none.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// plain returns a text in lower case and without accents, with its punctuation.
func plain(text string) string {
	text = norm.NFKD.String(strings.ToValidUTF8(text, " "))
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		case unicode.Is(unicode.Pd, r):
			b.WriteByte('-')
		case isApostrophe(r):
			b.WriteByte('\'')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteString(spelled(unicode.ToLower(r)))
		}
	}
	return b.String()
}

// maxAbbreviation is the number of letters of a word after which a point may not
// end the sentence: "Dec.", "Mon.".
const maxAbbreviation = 4

// statements cuts a text into sentences. The points of dates do not end one.
func statements(text string) []string {
	var all []string
	start, word := 0, 0
	for i, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			continue
		case r == '!', r == '?', r == '.' && i-word > maxAbbreviation && !endsInDigit(text[:i]) && (i+1 == len(text) || text[i+1] == ' '):
			all = append(all, text[start:i])
			start = i + 1
		}
		word = i + len(string(r))
	}
	return append(all, text[start:])
}
