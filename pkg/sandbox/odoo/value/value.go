// Package value reads and compares values as PostgreSQL and Python do: times, patterns
// of LIKE, numbers, what is absent.
package value

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

// Number returns a numeric value; 0 for everything else.
func Number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
	}
	return 0
}

// ID returns an id, 0 when there is none.
func ID(v any) int64 {
	id, _ := v.(int64)
	return id
}

// Default sets those values that are absent.
func Default(values, defaults map[string]any) {
	for name, v := range defaults {
		if values[name] == nil {
			values[name] = v
		}
	}
}

// Optional is nil for an empty text.
func Optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}
