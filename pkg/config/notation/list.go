package notation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// NoRules stands for an empty list of rules, because an empty text would stand
// for the default.
const NoRules = "none"

// ParseRules reads won,stage:New and [won, stage:New], and none.
func ParseRules(text string) ([]string, error) {
	if text == NoRules {
		return []string{}, nil
	}
	rules, err := splitList(text)
	if rules == nil {
		rules = []string{}
	}
	return rules, err
}

// CheckKeep checks the form of the rules that keep opportunities from being
// archived. Whether Odoo has these names is found out when they are used.
func CheckKeep(rules []string) error {
	for _, rule := range rules {
		kind, name, named := strings.Cut(rule, ":")
		known := slices.Contains([]string{"won", "unanswered", "open-activity"}, rule) || named && (kind == "stage" || kind == "tag") && strings.TrimSpace(name) != ""
		if !known {
			return fmt.Errorf("must list won, unanswered, open-activity, stage:NAME or tag:NAME, not %q", rule)
		}
	}
	return nil
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

func formatList[T any](items []T, text func(T) string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = text(item)
	}
	return strings.Join(texts, ",")
}
