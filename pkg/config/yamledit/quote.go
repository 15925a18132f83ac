package yamledit

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Inline writes a value on one line, in a form that is also valid within braces
// and brackets. A string (tag !!str) is quoted if its style says so or if it must
// be. Any other scalar is written as it is.
func Inline(value *yaml.Node) string { return inline(value, 0) }

// inline writes strings without a style of their own in the given one.
func inline(value *yaml.Node, style yaml.Style) string {
	switch {
	case value.Kind == yaml.SequenceNode:
		return "[" + joined(value.Content, ", ") + "]"
	case value.Kind == yaml.MappingNode:
		var fields []string
		for i := 0; i+1 < len(value.Content); i += 2 {
			fields = append(fields, Inline(value.Content[i])+": "+Inline(value.Content[i+1]))
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case value.Tag != "!!str":
		return value.Value
	case value.Style != 0:
		style = value.Style
	}
	text := value.Value
	isPrintable := !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	switch {
	case style == yaml.SingleQuotedStyle && isPrintable:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case style == yaml.DoubleQuotedStyle || !isPlain(text):
		return doubleQuoted(text)
	}
	return text
}

func joined(items []*yaml.Node, separator string) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = Inline(item)
	}
	return strings.Join(texts, separator)
}

func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// isPlain reports whether a text needs no quotes. It is careful,
// because other programs read the file with other rules: in YAML 1.1 yes is true.
func isPlain(text string) bool {
	harmless := regexp.MustCompile(`^[A-Za-z0-9/._]([A-Za-z0-9/._@+=<>()~-]|:[A-Za-z0-9/]| +[A-Za-z0-9/._@+=<>()~])*$`)
	boolean := regexp.MustCompile(`^(?i:y|yes|n|no|on|off|true|false)$`)
	var document yaml.Node
	if boolean.MatchString(text) || !harmless.MatchString(text) || yaml.Unmarshal([]byte(text), &document) != nil {
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
