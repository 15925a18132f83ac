package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/rule"
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
		return "", Problem{Key: name, Value: k.quote(text), Cause: err.Error()}
	}
	return canonical, nil
}

// CheckShared returns why a value must not be shared in Odoo, as a [Problem]; nil if it
// may be.
func CheckShared(name, text string) error {
	k, err := find(name)
	if err != nil {
		return err
	}
	e, problems := newEntry(k, text, Source{})
	if problems = append(problems, e.senders()...); len(problems) > 0 {
		return problems[0]
	}
	return nil
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
	if err := notation.CheckLine(text); err != nil {
		return nil, "", err
	}
	mayBeEmpty := []Kind{Text, URL, Link, Mailbox, Path, Password, Command, Hours, Periods, ActivityRules, ScoreTags}
	if text == "" && !slices.Contains(mayBeEmpty, k.Kind) {
		return nil, "", errors.New("has no value")
	}
	value, err = k.convert(text)
	if err != nil {
		return nil, "", err
	}
	if k.check.refuse != nil && text != "" {
		if err := k.check.refuse(value); err != nil {
			return nil, "", err
		}
	}
	if canonical = notation.Format(value); k.Kind == Password {
		canonical = text
	}
	return value, canonical, nil
}

func (k Key) convert(text string) (any, error) {
	switch k.Kind {
	case Text, Path, Command:
		return text, nil
	case Password:
		return NewSecret(text), nil
	case Choice:
		return parseChoice(text, k.Choices)
	case URL:
		return notation.ParseURL(text)
	case Link:
		return notation.ParseLink(text)
	case Mailbox:
		return notation.ParseMailbox(text)
	case Switch, Bool:
		return notation.ParseBool(text)
	case Number:
		return notation.ParseNumber(text)
	case Decimal:
		return notation.ParseDecimal(text)
	case Fraction:
		return notation.ParseFraction(text)
	case Duration:
		return notation.ParseDuration(text)
	case Days:
		return notation.ParseDays(text)
	case Hours:
		return notation.ParseHours(text)
	case Periods:
		return notation.ParsePeriods(text)
	case Rules:
		return notation.ParseRules(text)
	case ActivityRules:
		return notation.ParseFeedbackRules(text)
	case ScoreTags:
		return notation.ParseScoreTags(text)
	case OpportunityRules:
		return rule.Parse(text)
	}
	return nil, fmt.Errorf("is of an unknown kind: %s", k.Kind)
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
