package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// outline describes everything that a text means except for one key, and of
// that key's section only what else is in it. Two texts with the same outline
// differ at most in that key.
func outline(root *yaml.Node, k Key) []string {
	o := &outliner{setting: "." + k.Name, section: "." + k.Section()}
	if root != nil {
		o.node("", root)
	}
	return o.lines
}

type outliner struct {
	// setting and section are paths: the names from the root down, each with
	// a dot before it. That of the root is empty.
	setting, section string
	lines            []string
}

func (o *outliner) node(path string, n *yaml.Node) {
	// The section and the root come into being with their first setting.
	isFrame := path == "" || path == o.section
	if !isFrame || n.Anchor != "" || n.Kind != yaml.MappingNode && !isNull(n) {
		o.lines = append(o.lines, fmt.Sprintf("%q %d %s %q &%s", path, n.Kind, n.ShortTag(), n.Value, n.Anchor))
	}
	if n.Kind != yaml.MappingNode {
		for _, child := range n.Content {
			o.node(path+"[]", child)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		below := path + "." + key.Value
		if below == o.setting {
			continue
		}
		if below != o.section {
			o.node(path+"?", key)
		}
		o.node(below, value)
	}
}
