package yamledit

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// index finds where lines begin. To the parser a lone carriage return and three
// Unicode characters end a line, too.
func (e *editor) index() {
	e.lines = []int{e.body}
	text := string(e.text)
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

// offset returns where a node begins. The parser counts columns in characters.
func (e *editor) offset(node *yaml.Node) int {
	at := e.lines[min(node.Line, len(e.lines))-1]
	for range node.Column - 1 {
		_, size := utf8.DecodeRune(e.text[at:])
		at += size
	}
	return at
}

// line returns the index of the line that holds an offset.
func (e *editor) line(at int) int {
	return sort.SearchInts(e.lines, at+1) - 1
}

// lineStart returns where the line of an offset begins.
func (e *editor) lineStart(at int) int { return e.lines[e.line(at)] }

// lineEnd returns where the line after the one of an offset begins.
func (e *editor) lineEnd(at int) int {
	if next := e.line(at) + 1; next < len(e.lines) {
		return e.lines[next]
	}
	return len(e.text)
}

// span returns where a node begins and ends. The parser tells only the start.
func (e *editor) span(node *yaml.Node) (start, end int, err error) {
	start = e.offset(node)
	rest := e.text[start:]
	length := -1
	switch {
	case node.Kind == yaml.AliasNode:
		length = len("*" + node.Value)
	case node.Anchor != "" || node.Style&yaml.TaggedStyle != 0:
		return 0, 0, byHand(node, "has an anchor or a tag")
	case node.Kind == yaml.SequenceNode && node.Style == 0:
		// A list with one item a line always has an item.
		_, end, err = e.span(node.Content[len(node.Content)-1])
		return start, end, err
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

// quotedLength returns the length of a text in quotes. The character after an
// escape character stands for itself; in single quotes the quote escapes.
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

// flowLength returns the length of a list in brackets that has no lists, quotes
// and comments inside.
func flowLength(text []byte) int {
	end := bytes.IndexByte(text, ']')
	if end < 0 || bytes.ContainsAny(text[1:end], `["'#`) {
		return -1
	}
	return end + 1
}

func (e *editor) splice(start, end int, text string) {
	e.text = append(append(append([]byte{}, e.text[:start]...), text...), e.text[end:]...)
}

// addLines inserts whole lines at the beginning of a line or at the end of the
// file, whose last line may lack its end.
func (e *editor) addLines(at int, lines []string) {
	text := strings.Join(lines, e.newline) + e.newline
	if at == len(e.text) && e.lines[len(e.lines)-1] != at {
		text = e.newline + text
	}
	e.splice(at, at, text)
}

// isAbsent reports whether there is nothing where a value could be.
func isAbsent(node *yaml.Node) bool {
	return yamlfile.IsNull(node) && node.Value == "" && node.Style == 0 && node.Anchor == ""
}
