// Package notation says how the values of settings are written: a number, a
// duration, a URL, a list of days, a tag for a score.
//
// The functions named Parse turn a text without blanks around it into a value, and
// [Format] turns the value into its canonical text, which parses to the same value.
// The functions named Check refuse values of the right form that make no sense.
//
// An error continues a sentence that begins with the setting, as in "has no unit".
// A message about a URL never shows a login in it.
package notation

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// CheckLine rejects a text that could break a line of a mail, a log or the file.
func CheckLine(text string) error {
	switch {
	case strings.HasPrefix(text, "\ufeff"):
		return errors.New("begins with a byte order mark (BOM): save it as UTF-8 without one")
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return errors.New("is UTF-16 text: save it as UTF-8")
	case !utf8.ValidString(text):
		return errors.New("is not UTF-8 text")
	}
	if strings.ContainsAny(text, "\r\n") {
		return errors.New("must be one line")
	}
	isBad := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || r == '\ufeff' || r == '\ufffe' || r == '\uffff'
	}
	if strings.ContainsFunc(text, isBad) {
		return errors.New("contains a control character")
	}
	return nil
}

// Format returns the canonical text of a value.
func Format(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Duration:
		return formatDuration(v)
	case []int:
		return formatList(v, strconv.Itoa)
	case []calendar.Period:
		return formatList(v, calendar.Period.String)
	case []FeedbackRule:
		return formatList(v, func(r FeedbackRule) string { return r.ActivityType + "=" + r.Questionnaire })
	case []ScoreTag:
		return formatList(v, func(t ScoreTag) string { return t.bounds() + "=" + t.Tag })
	case []string:
		if len(v) == 0 {
			return NoRules
		}
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}
