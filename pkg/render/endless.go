package render

import (
	"errors"
	"maps"
	"slices"
	"text/template/parse"
)

// errEndless says that a template shows itself, directly or through others. The
// standard library finds out by doing it a hundred thousand times.
var errEndless = errors.New("shows itself, directly or through another template, and would never end")

// checkEnd looks for a template that shows itself among those of a mail's file.
func checkEnd[T interface{ Name() string }](file string, parts []T, treeOf func(T) *parse.Tree) error {
	shown := map[string][]string{}
	for _, part := range parts {
		if tree := treeOf(part); tree != nil && tree.Root != nil {
			shown[part.Name()] = templatesIn(tree.Root)
		}
	}
	ends := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		switch last := follow(name, shown, map[string]bool{}, ends); last {
		case "":
		case layoutFile:
			return &TemplateError{File: layoutFile, Err: errEndless}
		default:
			return &TemplateError{File: file, Err: errEndless}
		}
	}
	return nil
}

// follow goes from a template to those that it shows, and returns one that it
// meets again, or nothing; open are those on the way to it, and ends those that
// are known to end.
func follow(name string, shown map[string][]string, open, ends map[string]bool) string {
	switch {
	case open[name]:
		return name
	case ends[name]:
		return ""
	}
	open[name] = true
	for _, next := range shown[name] {
		if again := follow(next, shown, open, ends); again != "" {
			return again
		}
	}
	delete(open, name)
	ends[name] = true
	return ""
}

// templatesIn lists the templates that a part of one shows.
func templatesIn(node parse.Node) []string {
	branches := func(b parse.BranchNode) []string {
		names := templatesIn(b.List)
		if b.ElseList != nil {
			names = append(names, templatesIn(b.ElseList)...)
		}
		return names
	}
	switch n := node.(type) {
	case *parse.ListNode:
		var names []string
		for _, inner := range n.Nodes {
			names = append(names, templatesIn(inner)...)
		}
		return names
	case *parse.IfNode:
		return branches(n.BranchNode)
	case *parse.RangeNode:
		return branches(n.BranchNode)
	case *parse.WithNode:
		return branches(n.BranchNode)
	case *parse.TemplateNode:
		return []string{n.Name}
	}
	return nil
}
