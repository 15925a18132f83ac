package questionnaire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// document returns the root of the one document in a file.
func document(file string, raw []byte) (*yaml.Node, *FileError) {
	switch {
	case len(raw) > maxFile:
		return nil, &FileError{File: file, Err: errTooBig}
	case !utf8.Valid(raw):
		return nil, &FileError{File: file, Err: errNotUTF8}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var first, second yaml.Node
	if err := decoder.Decode(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &FileError{File: file, Err: errEmpty}
		}
		return nil, syntaxError(file, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &FileError{File: file, Line: second.Line, Err: errDocument}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(file, err)
	}
	return first.Content[0], nil
}

var syntaxLine = regexp.MustCompile(`^line ([0-9]+): (.*)$`)

// syntaxError reads the parser's message, which tells the line in its text
// alone.
func syntaxError(file string, err error) *FileError {
	line, message := 0, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	return &FileError{File: file, Line: line, Err: fmt.Errorf("is not valid YAML: %s", message)}
}

// reader walks through a file and collects what is wrong with it.
type reader struct {
	file  string
	found faults
}

// mapping is the fields of a questionnaire, question, choice or scale.
type mapping struct {
	// top is the line in which it begins.
	top   int
	nodes map[string]*yaml.Node
}

// line is that of a field, or else the one in which the mapping begins.
func (m *mapping) line(name string) int {
	if node := m.nodes[name]; node != nil {
		return node.Line
	}
	return m.top
}

// mapping reads names and values; nil when there are none. what is a word for
// it, known are the names it may have.
func (r *reader) mapping(node *yaml.Node, what string, known ...string) *mapping {
	if node.Kind != yaml.MappingNode {
		r.fault(node.Line, "%s is written as names with values: %s", what, strings.Join(known, ", "))
		return nil
	}
	m := mapping{top: node.Line, nodes: map[string]*yaml.Node{}}
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		first, twice := lines[key.Value]
		switch {
		case !contains(known, key):
			r.unknown(key, what, known)
		case twice:
			r.fault(key.Line, "%s stands already in line %d", key.Value, first)
		default:
			lines[key.Value] = key.Line
			if !isNull(value) {
				m.nodes[key.Value] = value
			}
		}
	}
	return &m
}

func contains(known []string, key *yaml.Node) bool {
	for _, name := range known {
		if key.Kind == yaml.ScalarNode && key.Value == name {
			return true
		}
	}
	return false
}

func (r *reader) unknown(key *yaml.Node, what string, known []string) {
	if key.Kind != yaml.ScalarNode {
		r.fault(key.Line, "%s has fields with names alone: %s", what, strings.Join(known, ", "))
		return
	}
	if near := spelling.Nearest(key.Value, known); near != "" {
		r.fault(key.Line, "%s has no field %.40q; did you mean %s?", what, key.Value, near)
		return
	}
	r.fault(key.Line, "%s has no field %.40q; its fields are %s", what, key.Value, strings.Join(known, ", "))
}

// list reads a list of at least least and at most most elements.
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
		r.fault(node.Line, "%s must be %d to %d, and not %d", name, least, most, len(node.Content))
	}
	return node.Content[:min(len(node.Content), most)]
}

// scalar returns a value as it is written, because YAML would read 0123 as 83.
// It is empty for what is missing or was put among the faults.
func (r *reader) scalar(fields *mapping, name string) string {
	node := fields.nodes[name]
	switch {
	case node == nil:
		return ""
	case node.Kind == yaml.AliasNode:
		r.fault(node.Line, "%s is a YAML alias; write it out, and put a text that begins with * in quotes", name)
	case node.Kind != yaml.ScalarNode:
		r.fault(node.Line, "%s must be one value; put a text with : or # or that begins with [ or { in quotes", name)
	case node.Style&yaml.TaggedStyle != 0:
		r.fault(node.Line, "%s has a YAML tag; put a text that begins with ! in quotes", name)
	default:
		return node.Value
	}
	return ""
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

// text reads a text and makes it one line, or without empty lines when it may
// have several: so it comes back from Odoo as it went there.
func (r *reader) text(fields *mapping, name string, needs need) string {
	before := len(r.found)
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
	case len(r.found) > before:
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

// breakable is true for the spaces at which a line may end; no-break spaces
// hold French punctuation and its word together.
func breakable(c rune) bool { return unicode.IsSpace(c) && c != '\u00a0' && c != '\u202f' }

// unseen is true for control characters, those that turn the reading direction
// of what follows, byte order marks and broken encoding. Arabic and Hebrew do
// with the marks that turn nothing.
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

// isNull reports whether a value is absent: nothing, ~ or null.
func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}
