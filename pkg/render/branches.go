package render

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"reflect"
	"slices"
	texttemplate "text/template"
	"text/template/parse"

	"github.com/crm-tool/crm-tool/pkg/overlay"
)

// once and firstOf name functions that only templates have whose branches are all
// taken.
const (
	onceFunction  = "once"
	firstFunction = "firstOf"
)

// tryBranches takes every branch of the templates, whatever their conditions say,
// with a record in which everything is there and harmful. It reports fields and
// functions that no sample reaches. The templates are of no other use afterwards.
func (u *unit) tryBranches(d data, found *overlay.Faults) {
	var done branches
	if u.subject != nil {
		takeAll(&done, u.subject.Templates(), func(t *texttemplate.Template) *parse.Tree { return t.Tree })
		u.subject.Funcs(branchFunctions())
	}
	if u.text != nil {
		takeAll(&done, u.text.Templates(), func(t *texttemplate.Template) *parse.Tree { return t.Tree })
		u.text.Funcs(branchFunctions())
	}
	if u.html != nil && !u.escape(d) {
		u.html = nil // The reason has been reported.
	}
	if u.html != nil {
		takeAll(&done, u.html.Templates(), func(t *htmltemplate.Template) *parse.Tree { return t.Tree })
		u.html.Funcs(branchFunctions())
	}
	var taken overlay.Faults
	u.try([]data{d}, &taken)
	for _, fault := range taken {
		if !errors.Is(fault.Err, errTooLong) {
			found.Add(fault.File, fault.Line, fault.Err)
		}
	}
}

// escape puts in place what escapes the fields in HTML: the first execution of each
// template does that. It returns false if that is impossible.
func (u *unit) escape(d data) bool {
	for _, name := range []string{contentName, preheaderName, layoutFile} {
		if u.html.Lookup(name) == nil {
			continue
		}
		err := u.html.ExecuteTemplate(&limitedWriter{}, name, d) // It may write nothing.
		if _, impossible := errors.AsType[*htmltemplate.Error](err); impossible {
			return false
		}
	}
	return true
}

// takeAll rewrites templates so that they take all branches.
func takeAll[T any](done *branches, templates []T, treeOf func(T) *parse.Tree) {
	for _, t := range templates {
		if tree := treeOf(t); tree != nil {
			done.list(tree.Root)
		}
	}
}

// branches rewrites lists of nodes, each once: a template may have several names.
type branches struct{ seen map[*parse.ListNode]bool }

func (b *branches) list(list *parse.ListNode) {
	if list == nil || b.seen[list] {
		return
	}
	if b.seen == nil {
		b.seen = map[*parse.ListNode]bool{}
	}
	b.seen[list] = true
	var nodes []parse.Node
	for _, node := range list.Nodes {
		nodes = append(nodes, b.node(node)...)
	}
	list.Nodes = nodes
}

// node returns what stands for a node. Pipes are kept, with the variables that
// they declare, so that an error names the place in the file.
func (b *branches) node(node parse.Node) []parse.Node {
	switch n := node.(type) {
	case *parse.IfNode:
		return b.both(&n.BranchNode, whatever(&n.BranchNode, n.List))
	case *parse.WithNode:
		return b.both(&n.BranchNode, over(&n.BranchNode, onceFunction))
	case *parse.RangeNode:
		return b.both(&n.BranchNode, over(&n.BranchNode, firstFunction))
	case *parse.BreakNode, *parse.ContinueNode:
		return nil
	}
	return []parse.Node{node}
}

// both returns a branch that is taken, and after it the one of else.
func (b *branches) both(n *parse.BranchNode, taken parse.Node) []parse.Node {
	b.list(n.List)
	nodes := []parse.Node{taken}
	if n.ElseList != nil {
		b.list(n.ElseList)
		nodes = append(nodes, whatever(n, n.ElseList))
	}
	return nodes
}

// whatever works a condition out and takes the list in any case.
func whatever(n *parse.BranchNode, list *parse.ListNode) parse.Node {
	return &parse.IfNode{BranchNode: parse.BranchNode{NodeType: parse.NodeIf, Pos: n.Pos, Line: n.Line, Pipe: n.Pipe, List: list, ElseList: list}}
}

// over goes through what the function makes of a pipe's value: exactly one value.
func over(n *parse.BranchNode, function string) parse.Node {
	value := &parse.PipeNode{NodeType: parse.NodePipe, Pos: n.Pipe.Pos, Line: n.Pipe.Line, Cmds: n.Pipe.Cmds}
	call := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pipe.Pos, Args: []parse.Node{parse.NewIdentifier(function).SetPos(n.Pipe.Pos), value}}
	pipe := &parse.PipeNode{
		NodeType: parse.NodePipe, Pos: n.Pipe.Pos, Line: n.Pipe.Line, IsAssign: n.Pipe.IsAssign, Decl: n.Pipe.Decl, Cmds: []*parse.CommandNode{call},
	}
	return &parse.RangeNode{BranchNode: parse.BranchNode{NodeType: parse.NodeRange, Pos: n.Pos, Line: n.Line, Pipe: pipe, List: n.List}}
}

// branchFunctions replace functions that skip arguments, or that fail for values
// which the condition around them would have kept out.
func branchFunctions() map[string]any {
	return map[string]any{
		onceFunction:  once,
		firstFunction: firstOf,
		"and":         func(first any, rest ...any) any { return decide(false, first, rest) },
		"or":          func(first any, rest ...any) any { return decide(true, first, rest) },
		"index":       indexed,
		"slice":       sliced,
	}
}

// decide returns the first value that is as true as wanted, else the last. Unlike
// in a real template, all of them have been worked out.
func decide(wanted bool, first any, rest []any) any {
	value := first
	for _, next := range rest {
		if truth, _ := texttemplate.IsTrue(value); truth == wanted {
			return value
		}
		value = next
	}
	return value
}

// once returns a list of one value.
func once(value any) any {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return []any{nil}
	}
	return reflect.Append(reflect.MakeSlice(reflect.SliceOf(v.Type()), 0, 1), v).Interface()
}

// firstOf returns a collection with one element of the kind of this one. What
// cannot be gone through stays as it is.
func firstOf(collection any) any {
	v := reflect.ValueOf(collection)
	switch {
	case !v.IsValid():
		return collection
	case v.CanInt():
		return 1
	case v.Kind() == reflect.Slice:
		return reflect.MakeSlice(v.Type(), 1, 1).Interface()
	case v.Kind() == reflect.Map:
		one := reflect.MakeMap(v.Type())
		one.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
		return one.Interface()
	}
	return collection
}

// indexed is index, which no position is out of range for. Fields are texts and
// numbers.
func indexed(text any, positions ...any) (any, error) {
	if len(positions) == 0 {
		return text, nil
	}
	return byte('x'), sliceable("index", text, positions)
}

// sliced is slice, which no position is out of range for.
func sliced(text any, positions ...any) (any, error) {
	return text, sliceable("slice", text, positions)
}

func sliceable(function string, text any, positions []any) error {
	isNumber := func(position any) bool { v := reflect.ValueOf(position); return v.CanInt() || v.CanUint() }
	if reflect.ValueOf(text).Kind() != reflect.String || slices.ContainsFunc(positions, func(p any) bool { return !isNumber(p) }) {
		return fmt.Errorf("%s takes a text and numbers", function)
	}
	return nil
}
