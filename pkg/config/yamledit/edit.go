// Package yamledit changes one value in a YAML text and leaves every other byte
// as a person wrote it: comments, order, quotes, indentation and line ends.
//
// A value is found by its path, the names from the root down, and is given as a
// [yaml.Node]; its methods SetString and Encode make one of a Go value. The package
// writes it on one line, in the quotes that the value had before; a list that
// has one item per line keeps that form. A new name takes the place of its
// comment, as in "# port: 25", or else is added at the end of the mapping that it
// belongs to.
//
// Set and Unset read their own result back before they return it. It has the
// wanted value and is otherwise the same to every YAML parser, or there is an
// [*yamlfile.Error] and no result. So an unusual text is refused, and never
// damaged. The package touches no file.
package yamledit

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// Set returns the text with this value at the path.
func Set(text []byte, path []string, value *yaml.Node) ([]byte, error) {
	return edit(text, path, value)
}

// Unset returns the text without the value at the path and without the lines
// that it is on, including comments there. The mapping around it stays, even
// if nothing else is in it. A value that is not there changes nothing.
func Unset(text []byte, path []string) ([]byte, error) {
	return edit(text, path, nil)
}

// edit sets a value, or removes it when it is nil, and checks the result.
func edit(text []byte, path []string, value *yaml.Node) ([]byte, error) {
	if len(path) == 0 {
		return nil, &yamlfile.Error{Cause: "the path has no name"}
	}
	e, err := newEditor(text)
	if err != nil {
		return nil, err
	}
	p, err := e.find(path)
	if err != nil {
		return nil, err
	}
	switch {
	case value == nil:
		err = e.unset(p)
	case len(p.missing) == 0 || !e.uncomment(path, p, value):
		err = e.set(p, value)
	}
	if err == nil && !bytes.Equal(e.text, text) {
		err = e.verify(path, value)
	}
	if err != nil {
		return nil, err
	}
	return e.text, nil
}

// An editor changes a text at the positions of its nodes.
type editor struct {
	text []byte
	// body is where the content begins, after a byte order mark.
	body int
	// root is nil when the text holds no fields.
	root *yaml.Node
	// lines are the offsets at which lines begin.
	lines   []int
	newline string
}

func newEditor(text []byte) (*editor, error) {
	e := &editor{text: text, newline: "\n"}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		e.body = len("\ufeff")
	}
	root, err := yamlfile.Parse(text)
	if err != nil {
		return nil, err
	}
	if root != nil && !yamlfile.IsNull(root) {
		if !isBlock(root) || root.Anchor != "" {
			return nil, notInLines(root)
		}
		e.root = root
	}
	e.index()
	return e, nil
}

// byHand is the refusal to change a node.
func byHand(node *yaml.Node, cause string) error {
	return &yamlfile.Error{Line: node.Line, Cause: cause + "; edit it by hand"}
}

func notInLines(node *yaml.Node) error {
	return byHand(node, "does not have one setting per line")
}

// isShared refuses an edit that would also change another value.
func isShared(node *yaml.Node) error {
	return byHand(node, "is shared with other settings by an anchor")
}

func isBlock(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && node.Style == 0
}

// A place is how far a path leads into a text.
type place struct {
	// around is the mapping that holds key and value, the last pair found. For
	// a path of which nothing is there, value is the root and key is nil.
	around, key, value *yaml.Node
	// missing are the names of the path that are not there.
	missing []string
	// shared is a mapping on the way that has an anchor, if there is one.
	shared *yaml.Node
}

// find follows a path. It refuses a mapping in which it is uncertain what the
// next name means: it is there twice, or other mappings are merged in.
func (e *editor) find(path []string) (place, error) {
	p := place{value: e.root, missing: path}
	for len(p.missing) > 0 {
		if p.value != nil && p.value.Anchor != "" {
			p.shared = p.value
		}
		next := p
		for _, f := range yamlfile.Fields(p.value) {
			switch {
			case f.Problem != "" && (f.Name == "" || f.Name == p.missing[0]):
				return place{}, &yamlfile.Error{Line: f.Key.Line, Cause: f.Problem}
			case f.Problem == "" && f.Name == p.missing[0]:
				next = place{around: p.value, key: f.Key, value: f.Value, missing: p.missing[1:], shared: p.shared}
			}
		}
		if next.key == p.key {
			break
		}
		p = next
	}
	return p, nil
}

func (e *editor) set(p place, value *yaml.Node) error {
	switch {
	case p.shared != nil:
		return isShared(p.shared)
	case len(p.missing) > 0:
		return e.insert(p, value)
	case p.value.Kind == yaml.AliasNode, p.value.Anchor != "":
		return isShared(p.value)
	case isAbsent(p.value):
		return e.fill(p.key, Inline(value))
	case p.value.Kind == yaml.SequenceNode && p.value.Style == 0:
		return e.replaceLines(p.value, value)
	}
	start, end, err := e.span(p.value)
	if err != nil {
		return err
	}
	e.splice(start, end, inline(value, p.value.Style))
	return nil
}

// replaceLines replaces a list that is written with one item per line.
func (e *editor) replaceLines(list, value *yaml.Node) error {
	start, end, err := e.span(list)
	if err != nil {
		return err
	}
	if bytes.ContainsRune(e.text[start:end], '#') {
		return byHand(list, "has comments between its items")
	}
	text := Inline(value)
	if value.Kind == yaml.SequenceNode && len(value.Content) > 0 {
		indent := e.text[e.lineStart(start):start]
		text = "- " + joined(value.Content, e.newline+string(indent)+"- ")
	}
	e.splice(start, end, text)
	return nil
}

// fill gives a value to a key that has none.
func (e *editor) fill(key *yaml.Node, text string) error {
	_, end, err := e.span(key)
	if err != nil {
		return err
	}
	end += len(e.text[end:]) - len(bytes.TrimLeft(e.text[end:], " \t"))
	if !bytes.HasPrefix(e.text[end:], []byte(":")) {
		return byHand(key, "has no colon after it")
	}
	e.splice(end+1, end+1, " "+text)
	return nil
}

// insert adds the missing names with the value: to the root at the end of the
// text, to another mapping after its last value.
func (e *editor) insert(p place, value *yaml.Node) error {
	at, column := len(e.text), 1
	switch {
	case p.value == nil:
	case p.key == nil:
		column = p.value.Column
	case isAbsent(p.value):
		at, column = e.lineEnd(e.offset(p.key)), p.key.Column+e.step()
	case !isBlock(p.value):
		return notInLines(p.value)
	default:
		content := p.value.Content
		at, column = e.lineEnd(e.offset(p.key)), content[0].Column
		if _, end, err := e.span(content[len(content)-1]); err == nil {
			at = e.lineEnd(end)
		}
	}
	lines := slices.Clone(p.missing)
	for i := range lines {
		lines[i] = strings.Repeat(" ", column-1+2*i) + inline(textNode(lines[i]), 0) + ":"
	}
	lines[len(lines)-1] += " " + Inline(value)
	e.addLines(at, lines)
	return nil
}

// step is the number of columns by which this text indents.
func (e *editor) step() int {
	if e.root == nil {
		return 2
	}
	for i := 1; i < len(e.root.Content); i += 2 {
		key, value := e.root.Content[i-1], e.root.Content[i]
		if isBlock(value) && value.Column > key.Column {
			return value.Column - key.Column
		}
	}
	return 2
}

// unset removes a field with its lines.
func (e *editor) unset(p place) error {
	switch {
	case len(p.missing) > 0:
		return nil
	case p.shared != nil:
		return isShared(p.shared)
	case p.around.Style != 0:
		return byHand(p.key, "is not on a line of its own")
	}
	last := p.value
	if isAbsent(last) {
		last = p.key
	}
	_, end, err := e.span(last)
	if err != nil {
		return err
	}
	e.splice(e.lineStart(e.offset(p.key)), e.lineEnd(end), "")
	return nil
}

// verify checks that the new text has the wanted value, or none, and is
// otherwise the same to every YAML parser.
func (e *editor) verify(path []string, want *yaml.Node) error {
	uncertain := &yamlfile.Error{Cause: "the setting cannot be changed without changing something else; edit it by hand"}
	after, err := newEditor(e.text)
	if err != nil || !slices.Equal(others(e.root, path), others(after.root, path)) {
		return uncertain
	}
	p, err := after.find(path)
	isThere := len(p.missing) == 0
	if err != nil || isThere != (want != nil) || isThere && !same(p.value, want) {
		return uncertain
	}
	return nil
}
