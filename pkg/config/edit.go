package config

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// EditError says why a file was not changed. The file is as it was.
type EditError struct {
	Path string
	// Line counts from 1; 0 means that the whole file is meant.
	Line  int
	Cause string
}

// Error names the place and the cause; it quotes no value.
func (e *EditError) Error() string {
	return "edit " + Source{Layer: FromFile, Name: e.Path, Line: e.Line}.String() + ": " + e.Cause
}

// Set writes one setting into a YAML file. Everything else in the file stays
// as it is, byte for byte: comments, order, line endings, mode and owner. What
// cannot be changed that safely is refused with an *EditError. A new file has
// mode 0600, and folders made for it 0700. A value that is not valid is a
// Problem. Of two that edit at the same moment the later one wins.
func Set(path, name, text string) error {
	k, err := ResolveKey(name)
	if err != nil {
		return err
	}
	canonical, err := ParseValue(k.Name, text)
	if err != nil {
		return err
	}
	_, err = edit(path, k, func(e *editor) *flaw { return e.set(k, canonical) }, canonical)
	return err
}

// Unset removes one setting from a YAML file and reports whether it was there.
// A remark on the same line goes with it. Otherwise it is as Set.
func Unset(path, name string) (bool, error) {
	k, err := ResolveKey(name)
	if err != nil {
		return false, err
	}
	return edit(path, k, func(e *editor) *flaw { return e.unset(k) })
}

// edit changes a file and checks the result. The key shall then have the
// wanted value, or none when none is given. It reports whether there was
// anything to change.
func edit(path string, k Key, change func(*editor) *flaw, want ...string) (bool, error) {
	f, err := openFile(path)
	if err != nil {
		return false, err
	}
	e, bad := newEditor(f.data)
	if bad == nil {
		bad = change(e)
	}
	if bad == nil && !bytes.Equal(e.data, f.data) {
		bad = e.verify(k, want)
	}
	if bad != nil {
		return false, &EditError{Path: path, Line: bad.line, Cause: bad.cause}
	}
	if bytes.Equal(e.data, f.data) {
		return false, nil
	}
	return true, f.replace(e.data)
}

// An editor changes the bytes of a file at the places of its nodes.
type editor struct {
	data []byte
	// body is where the text begins, after a byte order mark.
	body int
	// root is nil when there are no settings.
	root *yaml.Node
	// lines are the offsets at which lines begin.
	lines   []int
	newline string
}

func newEditor(data []byte) (*editor, *flaw) {
	e := &editor{data: data, newline: "\n"}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		e.body = len("\ufeff")
	}
	root, bad := parseYAML(data)
	if bad != nil {
		return nil, bad
	}
	if root != nil && !isNull(root) {
		if root.Kind != yaml.MappingNode || root.Style != 0 || root.Anchor != "" {
			return nil, byHand(root, "is not written as one setting a line")
		}
		e.root = root
	}
	e.index()
	return e, nil
}

// byHand is the refusal to change what stands at a node.
func byHand(node *yaml.Node, cause string) *flaw {
	return &flaw{"", node.Line, cause + "; edit it by hand"}
}

// isShared is the refusal to change here what would change elsewhere as well.
func isShared(node *yaml.Node) *flaw {
	return byHand(node, "is shared with other settings by an anchor")
}

// check refuses files in which it is uncertain what the key means: it stands
// there twice, is merged in, or is not where it belongs.
func (e *editor) check(k Key) *flaw {
	if e.root == nil {
		return nil
	}
	r := &reader{}
	r.root(e.root)
	for _, f := range r.flaws {
		if f.key == "" || f.key == k.Section() || f.key == k.Name {
			return &f
		}
	}
	return nil
}

func (e *editor) set(k Key, canonical string) *flaw {
	if bad := e.check(k); bad != nil {
		return bad
	}
	line := k.Leaf() + ": " + yamlValue(k, canonical, 0)
	if k.Section() == "" {
		if key, value := pair(e.root, k.Name); key != nil {
			return e.overwrite(k, key, value, canonical)
		}
		return e.append(line)
	}
	section, settings := pair(e.root, k.Section())
	if section == nil {
		return e.append(k.Section()+":", "  "+line)
	}
	if settings.Anchor != "" {
		return isShared(settings)
	}
	if key, value := pair(settings, k.Leaf()); key != nil {
		return e.overwrite(k, key, value, canonical)
	}
	return e.insert(section, settings, line)
}

// overwrite gives a setting another value.
func (e *editor) overwrite(k Key, key, value *yaml.Node, canonical string) *flaw {
	switch {
	case value.Kind == yaml.AliasNode, value.Anchor != "":
		return isShared(value)
	case isAbsent(value):
		return e.fill(key, yamlValue(k, canonical, 0))
	case value.Kind == yaml.SequenceNode && value.Style == 0:
		return e.overwriteItems(value, strings.Split(canonical, ","))
	}
	start, end, bad := e.span(value)
	if bad != nil {
		return bad
	}
	e.splice(start, end, yamlValue(k, canonical, value.Style))
	return nil
}

// overwriteItems replaces a list that is written with one item a line.
func (e *editor) overwriteItems(list *yaml.Node, items []string) *flaw {
	start, end, bad := e.span(list)
	if bad != nil {
		return bad
	}
	if bytes.ContainsRune(e.data[start:end], '#') {
		return byHand(list, "has remarks between its items")
	}
	indent := e.data[e.lineStart(start):start]
	separator := e.newline + string(indent) + "- "
	e.splice(start, end, "- "+strings.Join(items, separator))
	return nil
}

// fill gives a value to a key that has none.
func (e *editor) fill(key *yaml.Node, text string) *flaw {
	_, end, bad := e.span(key)
	if bad != nil {
		return bad
	}
	end += len(e.data[end:]) - len(bytes.TrimLeft(e.data[end:], " \t"))
	if !bytes.HasPrefix(e.data[end:], []byte(":")) {
		return byHand(key, "has no colon after it")
	}
	e.splice(end+1, end+1, " "+text)
	return nil
}

// insert adds a setting to a section, after the last one there.
func (e *editor) insert(section, settings *yaml.Node, line string) *flaw {
	if isAbsent(settings) {
		indent := strings.Repeat(" ", section.Column-1+e.step())
		e.addLines(e.lineEnd(e.offset(section)), indent+line)
		return nil
	}
	if settings.Kind != yaml.MappingNode || settings.Style != 0 || len(settings.Content) == 0 {
		return byHand(settings, "is not written as one setting a line")
	}
	first, last := settings.Content[0], settings.Content[len(settings.Content)-1]
	at := e.lineEnd(e.offset(section))
	if _, end, bad := e.span(last); bad == nil {
		at = e.lineEnd(end)
	}
	e.addLines(at, strings.Repeat(" ", first.Column-1)+line)
	return nil
}

// step is by how much the settings of a section are indented in this file.
func (e *editor) step() int {
	for i := 1; i < len(e.root.Content); i += 2 {
		key, value := e.root.Content[i-1], e.root.Content[i]
		if value.Kind == yaml.MappingNode && value.Style == 0 && value.Column > key.Column {
			return value.Column - key.Column
		}
	}
	return 2
}

// append adds lines to the end of the file.
func (e *editor) append(lines ...string) *flaw {
	if e.root != nil {
		indent := strings.Repeat(" ", e.root.Column-1)
		for i := range lines {
			lines[i] = indent + lines[i]
		}
	}
	e.addLines(len(e.data), lines...)
	return nil
}

// unset removes a setting with its lines.
func (e *editor) unset(k Key) *flaw {
	if bad := e.check(k); bad != nil {
		return bad
	}
	settings, name := e.root, k.Leaf()
	if k.Section() != "" {
		_, settings = pair(e.root, k.Section())
	}
	key, value := pair(settings, name)
	if key == nil {
		return nil
	}
	if settings.Anchor != "" {
		return isShared(settings)
	}
	if settings.Style != 0 {
		return byHand(key, "does not stand on a line of its own")
	}
	_, end, bad := e.span(value)
	if isAbsent(value) {
		_, end, bad = e.span(key)
	}
	if bad != nil {
		return bad
	}
	e.splice(e.lineStart(e.offset(key)), e.lineEnd(end), "")
	return nil
}

// verify checks that the new text has the value that was wanted, or none, and
// is otherwise the same to every reader of YAML.
func (e *editor) verify(k Key, want []string) *flaw {
	uncertain := &flaw{"", 0, "the setting cannot be changed without changing something else; edit it by hand"}
	root, bad := parseYAML(e.data)
	if bad != nil || !slices.Equal(outline(e.root, k), outline(root, k)) {
		return uncertain
	}
	var got []string
	for _, found := range readYAML("", e.data).found {
		if found.key.Name == k.Name {
			got = append(got, found.text)
		}
	}
	if !slices.Equal(got, want) {
		return uncertain
	}
	return nil
}
