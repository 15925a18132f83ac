// Package yamlfile reads YAML files that people write by hand.
//
// It is stricter than YAML where YAML surprises people. A file is one document
// in UTF-8. [Text] returns what is written: 0123 is not 83, and yes is not true.
// Duplicate keys, merge keys, keys that are not plain names and tags are errors.
//
// What a file means is left to the caller, who walks through it with [Parse],
// [Fields] and [Text]. Errors have the line and quote no value, because the file
// may hold passwords.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/plaintext"
)

// Error is something wrong with the form of a file, with its line.
type Error = plaintext.Error

// Parse returns the root of the only document in a file, or nil when the file
// holds nothing but blanks and comments. The error is an [*Error] with the one
// cause, in the line where a person finds it.
func Parse(data []byte) (*yaml.Node, error) {
	if err := plaintext.Check(data); err != nil {
		return nil, err
	}
	if at := bytes.IndexFunc(bytes.TrimPrefix(data, []byte(mark)), isControl); at >= 0 {
		return nil, &Error{Line: plaintext.Line(data, at), Cause: "has a control character; delete it"}
	}
	root, bad := parse(data)
	if bad == nil {
		return root, nil
	}
	if isSyntax(bad) {
		bad = locate(data, bad)
	}
	return nil, bad
}

func isSyntax(e *Error) bool { return strings.HasPrefix(e.Cause, invalid) }

const (
	// mark is the byte order mark, which may begin a file.
	mark = "\ufeff"
	// invalid begins the cause of an error of the parser.
	invalid = "is not valid YAML: "
)

// isControl tells which characters YAML forbids.
func isControl(r rune) bool {
	switch r {
	case '\t', '\n', '\r', '\u0085':
		return false
	case '\ufeff', '\ufffe', '\uffff':
		return true
	}
	return unicode.IsControl(r)
}

func parse(data []byte) (*yaml.Node, *Error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, &Error{Line: second.Line, Cause: "holds a second document; only one is allowed"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(err)
	}
	return document.Content[0], nil
}

// syntaxError takes the line out of the parser's message, which has no other
// form than text. The message quotes nothing from the file except an unknown
// alias, and that may be a password that begins with an asterisk.
func syntaxError(err error) *Error {
	e := &Error{Cause: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := regexp.MustCompile(`^line ([0-9]+): (.*)$`).FindStringSubmatch(e.Cause); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Cause = m[2]
	}
	switch {
	case strings.HasPrefix(e.Cause, "unknown anchor"):
		e.Cause = "put a text that begins with * in quotes"
	case strings.HasPrefix(e.Cause, "found character that cannot start"):
		e.Cause = "put a text that begins with @, ` or % in quotes"
	case strings.HasPrefix(e.Cause, "mapping values are not allowed"):
		e.Cause = "its indentation is wrong, or a text with a colon needs quotes"
	case strings.HasPrefix(e.Cause, "did not find expected key"):
		e.Cause = "its indentation is wrong, or a quote or bracket is not closed"
	}
	e.Cause = invalid + e.Cause
	return e
}

// maxSearch bounds the bytes that are read to find a line.
const maxSearch = 50 << 20

// locate finds the line of a syntax error: the one after the longest beginning of
// the file that is valid. The parser names the line before, that in which the
// context begins, or none.
func locate(data []byte, bad *Error) *Error {
	ends := lineEnds(data)
	if len(ends)*len(data) > maxSearch {
		return bad
	}
	at := len(ends) - 1
	for at > 0 {
		if _, before := parse(data[:ends[at-1]]); before == nil || !isSyntax(before) {
			break
		}
		at--
	}
	start := 0
	if at > 0 {
		start = ends[at-1]
	}
	for _, r := range string(data[start:ends[at]]) {
		switch {
		case r == ' ' || r == '-':
			continue
		case r == '\t':
			return &Error{Line: at + 1, Cause: "begins with a tab: YAML wants spaces"}
		case unicode.Is(unicode.Zs, r):
			return &Error{Line: at + 1, Cause: "begins with a no-break or wide space: YAML wants plain ones"}
		}
		break
	}
	return &Error{Line: at + 1, Cause: bad.Cause}
}

// lineEnds returns the offsets at which lines end, after what ends them.
func lineEnds(data []byte) []int {
	var ends []int
	for i, b := range data {
		if b == '\n' || b == '\r' && !bytes.HasPrefix(data[i+1:], []byte("\n")) {
			ends = append(ends, i+1)
		}
	}
	if len(ends) == 0 || ends[len(ends)-1] < len(data) {
		ends = append(ends, len(data))
	}
	return ends
}

// Field is a name in a mapping with its value.
type Field struct {
	// Name is empty when the key is not a plain name.
	Name       string
	Key, Value *yaml.Node
	// Problem says why the field must not be used; it is empty for a plain
	// name that is not in the mapping already.
	Problem string
}

// Fields returns the fields of a mapping in order. Other nodes have none.
func Fields(node *yaml.Node) []Field {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	var fields []Field
	lines := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		f := Field{Name: node.Content[i].Value, Key: node.Content[i], Value: node.Content[i+1]}
		first, twice := lines[f.Name]
		switch {
		case f.Key.Kind != yaml.ScalarNode || f.Key.ShortTag() == "!!merge":
			f.Name, f.Problem = "", "has a key that is not a plain name (merge keys are not supported)"
		case twice:
			f.Problem = fmt.Sprintf("is already set in line %d", first)
		default:
			lines[f.Name] = f.Key.Line
		}
		fields = append(fields, f)
	}
	return fields
}

// Text returns a single value as it is written, or an empty text for null. The
// error says what else the value is.
func Text(node *yaml.Node) (string, error) {
	switch {
	case node.Kind == yaml.AliasNode:
		return "", errors.New("is a YAML alias; write it out, and put a text that begins with * in quotes")
	case node.Kind != yaml.ScalarNode:
		return "", errors.New("must be one value; put a text with : or # or that begins with [ or { in quotes")
	case node.Style&yaml.TaggedStyle != 0:
		return "", errors.New("has a YAML tag; put a text that begins with ! in quotes")
	case IsNull(node):
		return "", nil
	}
	return node.Value, nil
}

// IsNull reports whether a value is absent: nothing, ~ or null.
func IsNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}
