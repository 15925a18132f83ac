package render

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/crm-tool/crm-tool/pkg/overlay"
)

// errEndless rejects a template that includes itself, directly or through
// others. The standard library would only notice after 100,000 levels.
var errEndless = errors.New("includes itself, directly or through another template, and would never end")

// maxCount is the largest number that a range may count to.
const maxCount = 100_000

// errCounts rejects a range over a huge number: a loop that prints nothing would
// never reach the size limit.
var errCounts = fmt.Errorf("has a range over a number that is above %d", maxCount)

// checkLimits looks for a template that includes itself, or a range over a huge
// number, in a mail's file.
func checkLimits[T interface{ Name() string }](file string, parts []T, treeOf func(T) *parse.Tree) error {
	shown := map[string][]string{}
	for _, part := range parts {
		tree := treeOf(part)
		if tree == nil || tree.Root == nil {
			continue
		}
		if loop := countsFar(tree.Root); loop != nil {
			return &overlay.FileError{File: tree.ParseName, Line: lineOf(tree, loop), Err: errCounts}
		}
		shown[part.Name()] = templatesIn(tree.Root)
	}
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		switch endless := follow(name, shown, nil); endless {
		case "":
		case layoutFile:
			return &overlay.FileError{File: layoutFile, Err: errEndless}
		default:
			return &overlay.FileError{File: file, Err: errEndless}
		}
	}
	return nil
}

// follow goes from a template to the templates that it includes, and returns the
// one that it meets again, or nothing. Those that are known to end are taken out of
// shown. open are the templates on the way.
func follow(name string, shown map[string][]string, open []string) string {
	if slices.Contains(open, name) {
		return name
	}
	for _, next := range shown[name] {
		if again := follow(next, shown, append(open, name)); again != "" {
			return again
		}
	}
	delete(shown, name)
	return ""
}

// templatesIn lists the templates that a part of a template includes.
func templatesIn(root parse.Node) []string {
	var names []string
	walk(root, func(node parse.Node) {
		if shows, ok := node.(*parse.TemplateNode); ok {
			names = append(names, shows.Name)
		}
	})
	return names
}

// countsFar returns a range over a number above maxCount, or nil.
func countsFar(root parse.Node) (far parse.Node) {
	walk(root, func(node parse.Node) {
		loop, ok := node.(*parse.RangeNode)
		if !ok || len(loop.Pipe.Cmds) != 1 {
			return
		}
		number, ok := loop.Pipe.Cmds[0].Args[0].(*parse.NumberNode)
		if ok && (!number.IsInt || number.Int64 > maxCount) {
			far = loop
		}
	})
	return far
}

// lineOf returns the line of a node in its file.
func lineOf(tree *parse.Tree, node parse.Node) int {
	location, _ := tree.ErrorContext(node) // file:line:column
	fields := strings.Split(location, ":")
	line, err := strconv.Atoi(fields[max(0, len(fields)-2)])
	if err != nil {
		return 0
	}
	return line
}

// walk visits a node and all nodes below it, in order.
func walk(node parse.Node, visit func(parse.Node)) {
	branches := func(b parse.BranchNode) {
		walk(b.List, visit)
		if b.ElseList != nil {
			walk(b.ElseList, visit)
		}
	}
	visit(node)
	switch n := node.(type) {
	case *parse.ListNode:
		for _, inner := range n.Nodes {
			walk(inner, visit)
		}
	case *parse.IfNode:
		branches(n.BranchNode)
	case *parse.RangeNode:
		branches(n.BranchNode)
	case *parse.WithNode:
		branches(n.BranchNode)
	}
}
