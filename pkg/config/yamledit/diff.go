package yamledit

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// others describes everything that a text means except the value at a path, and
// of the mappings around that value only what else is in them. Two texts with
// the same description differ in that value at most.
func others(root *yaml.Node, path []string) []string {
	if root == nil {
		return nil
	}
	return describe("", root, path)
}

// describe lists a node and what is below it. path leads from the node to the
// value to leave out, and is empty when that is not below the node.
func describe(at string, n *yaml.Node, path []string) []string {
	var lines []string
	// The mappings around the value may have been made for it.
	isAround := len(path) > 0
	if !isAround || n.Anchor != "" || n.Kind != yaml.MappingNode && !yamlfile.IsNull(n) {
		lines = append(lines, fmt.Sprintf("%s %d %s %q &%s", at, n.Kind, n.ShortTag(), n.Value, n.Anchor))
	}
	if n.Kind != yaml.MappingNode {
		for _, child := range n.Content {
			lines = append(lines, describe(at+"[]", child, nil)...)
		}
		return lines
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		below := fmt.Sprintf("%s.%q", at, key.Value)
		switch {
		case !isAround || key.Value != path[0]:
			lines = append(lines, describe(at+"?", key, nil)...)
			lines = append(lines, describe(below, value, nil)...)
		case len(path) > 1:
			lines = append(lines, describe(below, value, path[1:])...)
		}
	}
	return lines
}

// same reports whether a node that was read has the value that was written.
func same(got, want *yaml.Node) bool {
	return got.Kind == want.Kind && got.Value == want.Value && got.Anchor == "" &&
		(want.Tag != "!!str" || got.ShortTag() == "!!str") && slices.EqualFunc(got.Content, want.Content, same)
}
