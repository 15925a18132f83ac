package config

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// index finds the lines. The parser also takes a lone carriage return and three
// characters of Unicode for the end of a line.
func (e *editor) index() {
	e.lines = []int{e.body}
	text := string(e.data)
	for i := e.body; i < len(text); i++ {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, "\r\n"):
			if len(e.lines) == 1 {
				e.newline = "\r\n"
			}
			i++
			e.lines = append(e.lines, i+1)
		case rest[0] == '\n' || rest[0] == '\r':
			e.lines = append(e.lines, i+1)
		case strings.HasPrefix(rest, "\u0085"):
			e.lines = append(e.lines, i+len("\u0085"))
		case strings.HasPrefix(rest, "\u2028"), strings.HasPrefix(rest, "\u2029"):
			e.lines = append(e.lines, i+len("\u2028"))
		}
	}
}

// offset is where a node begins. The parser counts columns in characters.
func (e *editor) offset(node *yaml.Node) int {
	at := e.lines[min(node.Line, len(e.lines))-1]
	for range node.Column - 1 {
		_, size := utf8.DecodeRune(e.data[at:])
		at += size
	}
	return at
}

// line is the index of the line that holds an offset.
func (e *editor) line(at int) int {
	return sort.SearchInts(e.lines, at+1) - 1
}

// lineStart is where the line begins that holds an offset.
func (e *editor) lineStart(at int) int { return e.lines[e.line(at)] }

// lineEnd is where the line after the one that holds an offset begins.
func (e *editor) lineEnd(at int) int {
	if next := e.line(at) + 1; next < len(e.lines) {
		return e.lines[next]
	}
	return len(e.data)
}

// span returns where a node begins and ends; the parser tells only the former.
func (e *editor) span(node *yaml.Node) (start, end int, bad *flaw) {
	start = e.offset(node)
	rest := e.data[start:]
	length := -1
	switch {
	case node.Kind == yaml.AliasNode:
		length = len("*" + node.Value)
	case node.Anchor != "" || node.Style&yaml.TaggedStyle != 0:
		return 0, 0, byHand(node, "has an anchor or a tag")
	case node.Kind == yaml.SequenceNode && node.Style == 0:
		// A list with one item a line always has an item.
		_, end, bad = e.span(node.Content[len(node.Content)-1])
		return start, end, bad
	case node.Kind == yaml.SequenceNode:
		length = flowLength(rest)
	case node.Kind == yaml.ScalarNode && node.Style == yaml.DoubleQuotedStyle:
		length = quotedLength(rest, '\\')
	case node.Kind == yaml.ScalarNode && node.Style == yaml.SingleQuotedStyle:
		length = quotedLength(rest, '\'')
	case node.Kind == yaml.ScalarNode && node.Style == 0 && bytes.HasPrefix(rest, []byte(node.Value)):
		// Plain text on one line is its own value.
		length = len(node.Value)
	}
	if length < 0 {
		return 0, 0, byHand(node, "is written over several lines")
	}
	return start, start + length, nil
}

// quotedLength is the length of a text in quotes. The escape character makes
// the one after it mean itself; in single quotes that is the quote.
func quotedLength(text []byte, escape byte) int {
	quote := text[0]
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == escape && (escape != quote || bytes.HasPrefix(text[i+1:], []byte{quote})):
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return -1
}

// flowLength is the length of a simple list in brackets: one without lists,
// quotes and remarks inside.
func flowLength(text []byte) int {
	end := bytes.IndexByte(text, ']')
	if end < 0 || bytes.ContainsAny(text[1:end], `["'#`) {
		return -1
	}
	return end + 1
}

func (e *editor) splice(start, end int, text string) {
	e.data = append(append(append([]byte{}, e.data[:start]...), text...), e.data[end:]...)
}

// addLines inserts whole lines at the beginning of a line or at the end of the
// file, whose last line may lack its end.
func (e *editor) addLines(at int, lines ...string) {
	text := strings.Join(lines, e.newline) + e.newline
	if at == len(e.data) && e.lines[len(e.lines)-1] != at {
		text = e.newline + text
	}
	e.splice(at, at, text)
}

// pair returns the key and value nodes of a name, nil when it is not there.
func pair(mapping *yaml.Node, name string) (key, value *yaml.Node) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// isAbsent reports whether nothing stands where a value could.
func isAbsent(node *yaml.Node) bool {
	return isNull(node) && node.Value == "" && node.Style == 0 && node.Anchor == ""
}
