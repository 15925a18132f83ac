package questionnaire

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/spelling"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// A reader walks through a file and collects what is wrong with it.
type reader struct {
	file  string
	found *overlay.Faults
}

// A mapping holds the fields of a questionnaire, question, choice or scale.
type mapping struct {
	// top is the line in which it begins.
	top   int
	nodes map[string]*yaml.Node
}

// line returns the line of a field, or else the first line of the mapping.
func (m *mapping) line(name string) int {
	if node := m.nodes[name]; node != nil {
		return node.Line
	}
	return m.top
}

// mapping reads the fields of a node, or returns nil when it has none. what is
// the mapping's name in messages, known are the names of its fields.
func (r *reader) mapping(node *yaml.Node, what string, known ...string) *mapping {
	if node.Kind != yaml.MappingNode {
		r.fault(node.Line, "%s must have fields: %s", what, strings.Join(known, ", "))
		return nil
	}
	m := mapping{top: node.Line, nodes: map[string]*yaml.Node{}}
	for _, f := range yamlfile.Fields(node) {
		switch {
		case f.Problem != "":
			r.fault(f.Key.Line, "%s %s", cmp.Or(f.Name, what), f.Problem)
		case !slices.Contains(known, f.Name):
			r.fault(f.Key.Line, "%s has no field %.40q%s", what, f.Name, spelling.Instead(f.Name, known))
		case !yamlfile.IsNull(f.Value):
			m.nodes[f.Name] = f.Value
		}
	}
	return &m
}

// list reads a list with a length from least to most.
func (r *reader) list(fields *mapping, name string, least, most int) []*yaml.Node {
	node := fields.nodes[name]
	switch {
	case node == nil:
		r.fault(fields.top, "%s is missing", name)
		return nil
	case node.Kind != yaml.SequenceNode:
		r.fault(node.Line, "%s must be a list", name)
		return nil
	case len(node.Content) < least || len(node.Content) > most:
		r.fault(node.Line, "%s must have %d to %d entries, not %d", name, least, most, len(node.Content))
	}
	return node.Content[:min(len(node.Content), most)]
}

// scalar returns a value as it is written. It is empty for a value that is
// missing or wrong; a wrong one is reported.
func (r *reader) scalar(fields *mapping, name string) string {
	node := fields.nodes[name]
	if node == nil {
		return ""
	}
	text, err := yamlfile.Text(node)
	if err != nil {
		r.fault(node.Line, "%s %w", name, err)
	}
	return text
}

// need says what a text must be.
type need int

const (
	// optional texts are one line, or empty.
	optional need = iota
	// mandatory texts are one line.
	mandatory
	// paragraphs are any number of lines.
	paragraphs
)

// text reads a text and makes it one line, or drops its empty lines when it may
// have several lines. Odoo returns such a text unchanged.
func (r *reader) text(fields *mapping, name string, needs need) string {
	before := len(*r.found)
	parts := []string{r.scalar(fields, name)}
	if needs == paragraphs {
		parts = strings.Split(parts[0], "\n")
	}
	var lines []string
	for _, part := range parts {
		if line := strings.Join(strings.FieldsFunc(part, breakable), " "); line != "" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "\n")
	switch i := strings.IndexFunc(text, unseen); {
	case len(*r.found) > before:
		return ""
	case text == "" && needs == mandatory:
		r.fault(fields.line(name), "%s is missing", name)
	case utf8.RuneCountInString(text) > maxText:
		r.fault(fields.line(name), "%s has %d characters; %d are allowed", name, utf8.RuneCountInString(text), maxText)
	case i >= 0:
		c, _ := utf8.DecodeRuneInString(text[i:])
		r.fault(fields.line(name), "%s holds a character that cannot be seen: %U", name, c)
	}
	return text
}

// breakable is true for the spaces at which a line may end. No-break spaces
// keep French punctuation beside its word.
func breakable(c rune) bool { return unicode.IsSpace(c) && c != '\u00a0' && c != '\u202f' }

// unseen is true for control characters, characters that change the direction
// of the text after them, byte order marks and broken encoding. The marks that
// Arabic and Hebrew need change no direction and are allowed.
func unseen(c rune) bool {
	switch c {
	case '\n', '\u200e', '\u200f', '\u061c':
		return false
	case '\ufeff', '\ufffe', '\uffff', utf8.RuneError:
		return true
	default:
		return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
	}
}
