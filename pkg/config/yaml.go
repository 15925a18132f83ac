package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/rule"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// A reader walks through a file and collects what it finds.
type reader struct {
	path     string
	found    []entry
	problems []Problem
	// flaws are those problems that may hide what the file says.
	flaws []Problem
}

// readYAML reads the settings of a file.
func readYAML(path string, data []byte) *reader {
	r := &reader{path: path}
	root, err := yamlfile.Parse(data)
	bad, isBad := errors.AsType[*yamlfile.Error](err)
	switch {
	case isBad:
		r.broken("", bad.Line, bad.Cause)
	case root == nil || yamlfile.IsNull(root):
	case root.Kind != yaml.MappingNode:
		r.broken("", root.Line, "must hold settings, each as name: value")
	default:
		r.root(root)
	}
	return r
}

// Flaw returns the first problem of a file that may hide what the file says about a
// key, and whether there is one.
func Flaw(path string, data []byte, k Key) (Problem, bool) {
	for _, flaw := range readYAML(path, data).flaws {
		if flaw.Key == "" || isWithin(k.Name, flaw.Key) {
			return flaw, true
		}
	}
	return Problem{}, false
}

func (r *reader) source(line int) Source {
	return Source{Layer: FromFile, Name: r.path, Line: line}
}

// broken adds a flaw of a setting or section; key is empty, or line 0, when the
// whole file is meant.
func (r *reader) broken(key string, line int, cause string) {
	flaw := Problem{Key: key, Place: r.source(line).String(), Cause: cause}
	r.flaws, r.problems = append(r.flaws, flaw), append(r.problems, flaw)
}

func (r *reader) root(root *yaml.Node) {
	for _, f := range yamlfile.Fields(root) {
		r.field("", f)
	}
}

// field reads what stands in a section, whose name is empty for the whole file.
func (r *reader) field(section string, f yamlfile.Field) {
	name := strings.TrimPrefix(section+"."+f.Name, ".")
	_, known := Lookup(name)
	switch {
	case f.Problem == "" && slices.Contains(sections(), name) && !strings.Contains(f.Name, "."):
		r.section(name, f.Value)
	case f.Problem == "" && known && strings.Contains(f.Name, "."):
		section, leaf := split(name)
		r.broken(name, f.Key.Line, fmt.Sprintf("must be written as %s: below %s:", leaf, section))
	default:
		r.leaf(section, f)
	}
}

func (r *reader) section(name string, value *yaml.Node) {
	if value.Kind != yaml.MappingNode && !yamlfile.IsNull(value) {
		r.broken(name, value.Line, "is a section: its settings belong below it, indented, each as name: value")
	}
	for _, f := range yamlfile.Fields(value) {
		r.field(name, f)
	}
}

func (r *reader) leaf(section string, f yamlfile.Field) {
	name := strings.TrimPrefix(section+"."+f.Name, ".")
	if f.Problem != "" {
		r.broken(strings.TrimSuffix(name, "."), f.Key.Line, f.Problem)
		return
	}
	k, ok := Lookup(name)
	if !ok {
		candidates := keyNames()
		if section == "" {
			candidates = append(sections(), candidates...)
		}
		r.problems = append(r.problems, unknown(name, r.source(f.Key.Line).String(), nearest(name, candidates)))
		return
	}
	text, err := textOf(k, f.Value)
	if err != nil {
		r.broken(name, f.Key.Line, err.Error())
		return
	}
	e, bad := newEntry(k, text, r.source(f.Key.Line))
	r.found, r.problems = append(r.found, e), append(r.problems, bad...)
}

// textOf returns a value as a person would write it in the environment. The
// errors quote nothing: it may be a secret.
func textOf(k Key, node *yaml.Node) (string, error) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind == yaml.SequenceNode {
		switch k.Kind {
		case Days, Periods, Rules:
			return textOfList(node)
		case ActivityRules:
			return textOfMappings(k, node, "activity_type", "questionnaire")
		case ScoreTags:
			return textOfMappings(k, node, "from", "below", "tag")
		case OpportunityRules:
			list, err := rule.FromNode(node)
			return list.String(), err
		default:
		}
	}
	text, err := yamlfile.Text(node)
	if err == nil && node.Anchor != "" && (text == "" || k.Kind == Password) {
		err = errors.New("has a YAML anchor; put a text that begins with & in quotes")
	}
	return text, err
}

func textOfList(list *yaml.Node) (string, error) {
	texts := make([]string, len(list.Content))
	for i, item := range list.Content {
		if item.Kind != yaml.ScalarNode || yamlfile.IsNull(item) || strings.Contains(item.Value, ",") {
			return "", errors.New("must be a list of single values without commas, as in [7, 15, 30]")
		}
		texts[i] = item.Value
	}
	return "[" + strings.Join(texts, ",") + "]", nil
}

// textOfMappings reads a list of mappings with fields of these names.
func textOfMappings(k Key, list *yaml.Node, names ...string) (string, error) {
	items := make([]string, len(list.Content))
	for i, node := range list.Content {
		var fields map[string]string
		isItem := node.Kind == yaml.MappingNode && node.Decode(&fields) == nil
		var words []string
		for _, name := range names[:len(names)-1] {
			value, given := fields[name]
			isItem = isItem && !strings.ContainsAny(value, ",=")
			delete(fields, name)
			if given && k.Kind == ScoreTags {
				words = append(words, name)
			}
			if given {
				words = append(words, value)
			}
		}
		last := names[len(names)-1]
		items[i] = strings.Join(words, " ") + "=" + fields[last]
		isItem = isItem && len(words) > 0 && !strings.ContainsAny(fields[last], ",=")
		if delete(fields, last); !isItem || len(fields) > 0 {
			form := "{" + strings.Join(names, ": …, ") + ": …}"
			return "", fmt.Errorf("must be a list of %s, names without commas and equals signs; entry %d is not", form, i+1)
		}
	}
	return strings.Join(items, ","), nil
}
