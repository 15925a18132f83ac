// Package sqltext reads texts as PostgreSQL reads them, which are times and patterns of
// LIKE, compares values by its operators, and writes dates as Python does.
package sqltext

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Time reads a time or a date in a zone; with lenient also the form of
// ISO 8601 with a zone of its own.
func Time(s string, zone *time.Location, lenient bool) (time.Time, error) {
	if len(s) == len(time.DateOnly) {
		return time.ParseInLocation(time.DateOnly, s, zone)
	}
	t, err := time.ParseInLocation(time.DateTime, s, zone)
	if err != nil && lenient {
		t, err = time.Parse(time.RFC3339, s)
	}
	return t.UTC(), err
}

// Like returns the test for a pattern of SQL's LIKE; a backslash takes
// the meaning from the character that follows it.
func Like(pattern string) func(string) bool {
	if n := len(pattern) - 1; n > 0 && pattern == strings.Repeat("_", n)+"%" {
		return func(s string) bool { return utf8.RuneCountInString(s) >= n }
	}
	expression, escaped := `(?s)^`, false
	for _, c := range pattern {
		switch {
		case c == '\\' && !escaped:
			escaped = true
			continue
		case c == '%' && !escaped:
			expression += ".*"
		case c == '_' && !escaped:
			expression += "."
		default:
			expression += regexp.QuoteMeta(string(c))
		}
		escaped = false
	}
	return regexp.MustCompile(expression + "$").MatchString
}

// InOrder says whether an order of two values, as of cmp.Compare, is the one that an
// operator asks for, such as <=.
func InOrder(op string, order int) bool {
	return order < 0 && op[0] == '<' || order > 0 && op[0] == '>' || order == 0 && len(op) == 2
}

// PythonYear writes a date as Python's strftime does, which leaves out the zeros
// before a year.
func PythonYear(date string) string { return strings.TrimLeft(date, "0") }
