package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// ParseValue checks a value for a key and returns its canonical form, which file
// and Odoo hold: "off" becomes "false", and "30, 7" becomes "7,30". The canonical
// form parses to itself. The error is a [Problem] without a place.
func ParseValue(name, text string) (string, error) {
	k, err := find(name)
	if err != nil {
		return "", err
	}
	_, canonical, err := k.parse(text)
	if err != nil {
		return "", Problem{Key: name, Value: k.show(text), Cause: err.Error()}
	}
	return canonical, nil
}

// parse returns the value for [Config] and its canonical text. The errors never
// quote a secret.
func (k Key) parse(text string) (value any, canonical string, err error) {
	if k.Kind == Password {
		// A secret may begin or end with a blank. It does not end with the
		// newline that editors and pipes add.
		text = strings.TrimRight(text, "\r\n")
	} else {
		text = strings.TrimSpace(text)
	}
	if err := checkLine(text); err != nil {
		return nil, "", err
	}
	mayBeEmpty := []Kind{Text, URL, Mailbox, Path, Password, Hours, Periods, ActivityRules, ScoreTags}
	if text == "" && !slices.Contains(mayBeEmpty, k.Kind) {
		return nil, "", errors.New("has no value")
	}
	value, err = k.convert(text)
	if err != nil {
		return nil, "", err
	}
	if k.check != nil && text != "" {
		if err := k.check(value); err != nil {
			return nil, "", err
		}
	}
	if canonical = format(value); k.Kind == Password {
		canonical = text
	}
	return value, canonical, nil
}

// checkLine rejects a text that could break a line of a mail, a log or the file.
func checkLine(text string) error {
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

func (k Key) convert(text string) (any, error) {
	switch k.Kind {
	case Text, Path:
		return text, nil
	case Password:
		return NewSecret(text), nil
	case Choice:
		return parseChoice(text, k.Choices)
	case URL:
		return parseURL(text)
	case Mailbox:
		return parseMailbox(text)
	case Switch, Bool:
		return parseBool(text)
	case Number:
		return parseNumber(text)
	case Decimal:
		return parseDecimal(text)
	case Fraction:
		return parseFraction(text)
	case Duration:
		return parseDuration(text)
	case Days:
		return parseDays(text)
	case Hours:
		return parseHours(text)
	case Periods:
		return parsePeriods(text)
	case Rules:
		return parseRules(text)
	case ActivityRules:
		return parseList(text, "activity types with questionnaires, as in Meeting=nps,Call=none", parseActivityRule)
	case ScoreTags:
		return parseList(text, "scores with tags, as in below 50=Unhappy client,from 80=Happy client", parseScoreTag)
	}
	return nil, fmt.Errorf("is of an unknown kind: %s", k.Kind)
}

// format returns the canonical text of a value.
func format(value any) string {
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
			return noRules
		}
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}

func formatList[T any](items []T, text func(T) string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = text(item)
	}
	return strings.Join(texts, ",")
}

// noRules stands for an empty list of rules, because an empty text would stand
// for the default.
const noRules = "none"

// formatDuration leaves out zero seconds: 4m instead of Go's 4m0s.
func formatDuration(d time.Duration) string {
	if minutes, ok := strings.CutSuffix(d.String(), "m0s"); ok {
		return minutes + "m"
	}
	return d.String()
}

func parseChoice(text string, choices []string) (string, error) {
	word := strings.ToLower(text)
	if !slices.Contains(choices, word) {
		cause := "must be one of " + strings.Join(choices, ", ")
		if near := nearest(word, choices); near != "" {
			cause += "; did you mean " + near + "?"
		}
		return "", errors.New(cause)
	}
	return word, nil
}

func parseURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		text = scheme + "://" + strings.TrimRight(rest, "/")
	}
	return text, checkURL(text)
}

func parseMailbox(text string) (address.Address, error) {
	if text == "" {
		return address.Address{}, nil
	}
	all, err := address.Parse(text)
	if invalid, ok := errors.AsType[*address.InvalidError](err); ok {
		return address.Address{}, errors.New("is not an e-mail address: " + invalid.Reason)
	}
	if err != nil {
		return address.Address{}, errors.New("is not an e-mail address")
	}
	if len(all) != 1 {
		return address.Address{}, errors.New("must be one address")
	}
	return all[0], nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "true", "yes":
		return true, nil
	case "off", "false", "no":
		return false, nil
	}
	return false, errors.New("must be on or off, true or false, yes or no")
}

func parseNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errors.New("is not a whole number")
	}
	// To YAML 1.1 this is an octal number, to people it is not.
	if digits := strings.TrimLeft(text, "+-"); len(digits) > 1 && digits[0] == '0' {
		return 0, fmt.Errorf("must not begin with a zero: write %d", n)
	}
	return n, nil
}

func parseFraction(text string) (float64, error) {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		if n, err := strconv.ParseFloat(strings.TrimSpace(percent), 64); err == nil {
			return 0, fmt.Errorf("must be a share: write %s", format(n/100))
		}
	}
	return parseDecimal(text)
}

func parseDecimal(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || strings.ContainsAny(text, "xX_") {
		return 0, errors.New("is not a number, as in 0.2")
	}
	return n, nil
}

func parseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("has no unit: write %ss for seconds or %sm for minutes", text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("is not a duration, as in 30s or 2m")
	}
	return d, nil
}

// splitList returns the elements of a list with or without brackets.
func splitList(text string) ([]string, error) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if text, ok = strings.CutSuffix(inner, "]"); !ok {
			return nil, errors.New("has no closing bracket")
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	parts := strings.Split(text, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	return parts, nil
}

// parseRules reads won,stage:New and [won, stage:New], and none.
func parseRules(text string) ([]string, error) {
	if text == noRules {
		return []string{}, nil
	}
	rules, err := splitList(text)
	if rules == nil {
		rules = []string{}
	}
	return rules, err
}

// parseList reads a list of items of one form. want says which in messages.
func parseList[T any](text, want string, parse func(item string) (T, bool)) ([]T, error) {
	parts, err := splitList(text)
	items := make([]T, len(parts))
	for i, part := range parts {
		item, ok := parse(part)
		if !ok {
			return nil, fmt.Errorf("must be %s: %q is not", want, part)
		}
		items[i] = item
	}
	return items, err
}

// parseActivityRule reads Meeting=nps.
func parseActivityRule(item string) (FeedbackRule, bool) {
	kind, name, _ := strings.Cut(item, "=")
	r := FeedbackRule{ActivityType: strings.TrimSpace(kind), Questionnaire: strings.TrimSpace(name)}
	return r, r.ActivityType != "" && r.Questionnaire != ""
}

// parseHours reads 08:00-18:00.
func parseHours(text string) (calendar.Hours, error) {
	if text == "" {
		return calendar.Hours{}, nil
	}
	h, err := calendar.ParseHours(text)
	if err != nil {
		return h, fmt.Errorf("must be hours as in 08:00-18:00: %w", err)
	}
	return h, nil
}

// parsePeriods reads dates and spans of dates.
func parsePeriods(text string) ([]calendar.Period, error) {
	parts, err := splitList(text)
	if err != nil {
		return nil, err
	}
	periods := make([]calendar.Period, 0, len(parts))
	for _, part := range parts {
		p, err := calendar.ParsePeriod(part)
		if err != nil {
			return nil, fmt.Errorf("must be dates as in 2026-12-24..2027-01-02: %w", err)
		}
		periods = append(periods, p)
	}
	return periods, nil
}

// parseDays reads 7,15,30 and [7, 15, 30] and sorts the days.
func parseDays(text string) ([]int, error) {
	parts, err := splitList(text)
	if err != nil {
		return nil, err
	}
	days := []int{}
	for _, part := range parts {
		day, err := parseNumber(part)
		if err != nil {
			return nil, fmt.Errorf("must be days with commas between them, as in 7,15,30: %q %w", part, err)
		}
		days = append(days, day)
	}
	slices.Sort(days)
	return days, nil
}
