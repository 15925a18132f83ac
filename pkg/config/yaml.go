package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A flaw is something wrong with the form of a file.
type flaw struct {
	// key is the setting or section; empty when the whole file is meant.
	key string
	// line counts from 1; 0 means that the whole file is meant.
	line  int
	cause string
}

// parseYAML returns the root of the one document in a file; nil when there is
// none. Of several documents only the first would be read, so they are refused.
func parseYAML(data []byte) (*yaml.Node, *flaw) {
	if !utf8.Valid(data) {
		return nil, &flaw{"", 1, "is not UTF-8 text"}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, syntaxFlaw(err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, &flaw{"", second.Line, "holds a second document; put all settings into the first"}
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxFlaw(err)
	}
	return document.Content[0], nil
}

// syntaxFlaw reads the parser's message, which has no other form than text. It
// quotes nothing from the file, except an unknown alias; that may be a password
// that begins with an asterisk.
func syntaxFlaw(err error) *flaw {
	line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`^line ([0-9]+): (.*)$`).FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	if strings.HasPrefix(message, "unknown anchor") {
		return &flaw{"", 1, "is not valid YAML: a value that begins with * must stand in quotes"}
	}
	return &flaw{"", line, "is not valid YAML: " + message}
}

// A reader walks through a file and collects what it finds.
type reader struct {
	path     string
	found    []entry
	problems []Problem
	// flaws are those problems that may hide what the file says.
	flaws []flaw
}

// readYAML reads the settings of a file.
func readYAML(path string, data []byte) *reader {
	r := &reader{path: path}
	root, bad := parseYAML(data)
	switch {
	case bad != nil:
		r.broken(*bad)
	case root == nil || isNull(root):
	case root.Kind != yaml.MappingNode:
		r.broken(flaw{"", root.Line, "must hold settings, each as name: value"})
	default:
		r.root(root)
	}
	return r
}

func (r *reader) source(line int) Source {
	return Source{Layer: FromFile, Name: r.path, Line: line}
}

func (r *reader) broken(f flaw) {
	r.flaws = append(r.flaws, f)
	r.problems = append(r.problems, Problem{Key: f.key, Place: r.source(f.line).String(), Cause: f.cause})
}

func (r *reader) root(root *yaml.Node) {
	r.each("", root, func(name string, key, value *yaml.Node) {
		_, known := Lookup(name)
		switch {
		case slices.Contains(sections(), name):
			r.section(name, value)
		case known && strings.Contains(name, "."):
			section, leaf := split(name)
			r.broken(flaw{name, key.Line, fmt.Sprintf("must be written as %s: below %s:", leaf, section)})
		default:
			r.leaf(name, key, value)
		}
	})
}

func (r *reader) section(name string, node *yaml.Node) {
	switch {
	case isNull(node):
	case node.Kind != yaml.MappingNode:
		r.broken(flaw{name, node.Line, "is a section: its settings belong below it, indented, each as name: value"})
	default:
		r.each(name, node, func(leaf string, key, value *yaml.Node) { r.leaf(name+"."+leaf, key, value) })
	}
}

// each calls a function for every pair of a mapping whose key is a plain name
// that stands there once.
func (r *reader) each(section string, mapping *yaml.Node, do func(name string, key, value *yaml.Node)) {
	lines := map[string]int{}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		first, twice := lines[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge":
			r.broken(flaw{section, key.Line, "holds a key that is not a name (merge keys are not supported)"})
		case twice:
			r.broken(flaw{strings.TrimPrefix(section+"."+key.Value, "."), key.Line, fmt.Sprintf("stands already in line %d", first)})
		default:
			lines[key.Value] = key.Line
			do(key.Value, key, value)
		}
	}
}

func (r *reader) leaf(name string, key, node *yaml.Node) {
	k, ok := Lookup(name)
	if !ok {
		candidates := keyNames()
		if !strings.Contains(name, ".") {
			candidates = append(sections(), candidates...)
		}
		r.problems = append(r.problems, unknown(name, r.source(key.Line).String(), Nearest(name, candidates)))
		return
	}
	text, err := textOf(k, node)
	if err != nil {
		r.broken(flaw{name, key.Line, err.Error()})
		return
	}
	e, err := newEntry(k, text, r.source(key.Line))
	if err != nil {
		r.problems = append(r.problems, e.problem(err.Error()))
	}
	r.found = append(r.found, e)
}

// textOf returns a value as it is written, because YAML would read 0123 as 83
// and a version as a number. The errors quote nothing: it may be a secret.
func textOf(k Key, node *yaml.Node) (string, error) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch {
	case node.Kind == yaml.SequenceNode && (k.Kind == Days || k.Kind == Rules):
		texts := make([]string, len(node.Content))
		for i, element := range node.Content {
			if element.Kind != yaml.ScalarNode || isNull(element) || strings.Contains(element.Value, ",") {
				return "", errors.New("must be a list of single values without commas, as in [7, 15, 30]")
			}
			texts[i] = element.Value
		}
		return "[" + strings.Join(texts, ",") + "]", nil
	case node.Kind == yaml.SequenceNode && k.Kind == Pairs:
		return textOfPairs(node)
	case node.Kind == yaml.SequenceNode && k.Kind == Bands:
		return textOfBands(node)
	case node.Kind != yaml.ScalarNode:
		return "", errors.New("must be one value")
	case node.Style&yaml.TaggedStyle != 0:
		return "", errors.New("has a YAML tag; a value that begins with ! must stand in quotes")
	case node.Anchor != "" && (node.Value == "" || k.Kind == Hidden):
		return "", errors.New("has a YAML anchor; a value that begins with & must stand in quotes")
	case isNull(node):
		return "", nil
	}
	return node.Value, nil
}

// textOfPairs returns a list of mappings in its canonical form.
func textOfPairs(list *yaml.Node) (string, error) {
	pairs := make([]string, len(list.Content))
	for i, node := range list.Content {
		var rule struct {
			ActivityType  string `yaml:"activity_type"`
			Questionnaire string `yaml:"questionnaire"`
		}
		isRule := node.Kind == yaml.MappingNode && len(node.Content) == 4 && node.Decode(&rule) == nil
		if !isRule || strings.ContainsAny(rule.ActivityType+rule.Questionnaire, ",=") {
			return "", errors.New("must be a list of {activity_type: …, questionnaire: …}, names without commas and equals signs")
		}
		pairs[i] = rule.ActivityType + "=" + rule.Questionnaire
	}
	return strings.Join(pairs, ","), nil
}

// isNull reports whether a value is absent: nothing, ~ or null.
func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}
