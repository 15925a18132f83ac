package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// yamlValue writes a canonical value as YAML on one line, in the quotes that
// the value before it had. It is valid within braces and brackets too.
func yamlValue(k Key, canonical string, style yaml.Style) string {
	switch k.Kind {
	case Days:
		return "[" + strings.ReplaceAll(canonical, ",", ", ") + "]"
	case Rules:
		return yamlList(canonical)
	case Pairs:
		return yamlPairs(canonical)
	case Bands:
		return yamlBands(canonical)
	case Switch, Bool, Number, Share, Duration, Choice:
		return canonical
	case Text, URL, Mailbox, Path, Hidden:
	}
	isPrintable := !strings.ContainsFunc(canonical, func(r rune) bool { return !unicode.IsPrint(r) })
	switch {
	case style == yaml.SingleQuotedStyle && isPrintable:
		return "'" + strings.ReplaceAll(canonical, "'", "''") + "'"
	case style == yaml.DoubleQuotedStyle || !isPlain(canonical):
		return doubleQuoted(canonical)
	}
	return canonical
}

// yamlList writes a canonical list of words.
func yamlList(canonical string) string {
	if canonical == noRules {
		return "[]"
	}
	words := strings.Split(canonical, ",")
	for i, word := range words {
		if !isPlain(word) {
			words[i] = doubleQuoted(word)
		}
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// yamlPairs writes a canonical list of pairs as a list of mappings.
func yamlPairs(canonical string) string {
	if canonical == "" {
		return "[]"
	}
	pairs := strings.Split(canonical, ",")
	for i, pair := range pairs {
		kind, name, _ := strings.Cut(pair, "=")
		pairs[i] = "{activity_type: " + doubleQuoted(kind) + ", questionnaire: " + doubleQuoted(name) + "}"
	}
	return "[" + strings.Join(pairs, ", ") + "]"
}

// isPlain reports whether a text may stand without quotes. It is careful, as
// other programs read the file with other rules: those of YAML 1.1 take yes for
// true.
func isPlain(text string) bool {
	harmless := regexp.MustCompile(`^[A-Za-z0-9/._]([A-Za-z0-9/._@+=<>()~-]|:[A-Za-z0-9/]| +[A-Za-z0-9/._@+=<>()~])*$`)
	if _, err := parseBool(text); err == nil || strings.EqualFold(text, "y") || strings.EqualFold(text, "n") {
		return false
	}
	var document yaml.Node
	if !harmless.MatchString(text) || yaml.Unmarshal([]byte(text), &document) != nil {
		return false
	}
	node := document.Content[0]
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!str" && node.Value == text
}

// doubleQuoted writes a text in double quotes, what is not printable as escapes.
func doubleQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
