package phrase

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// parser is a field that reads its own text. A kind may have its own parsers, for
// texts with further rules.
type parser interface {
	Parse(source string) error
}

// Text is a text with fields, those of the struct D. Its zero value is empty.
type Text[D any] struct {
	filled *template.Template
}

var _ parser = (*Text[struct{}])(nil)

// Fill returns the text with the fields filled in.
func (t Text[D]) Fill(d D) string {
	if t.filled == nil {
		return ""
	}
	var b strings.Builder
	_ = t.filled.Execute(&b, d) // Parse accepts nothing that could fail
	return b.String()
}

// Parse reads a text, and rejects one that could fail when it is filled.
func (t *Text[D]) Parse(source string) error {
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(source, "", "", trees); err != nil {
		return fmt.Errorf("is not a text with fields: %s", cause(err))
	}
	if len(trees) > 1 {
		return errOther
	}
	var empty D
	check := checker{data: empty}
	for field := range reflect.TypeFor[D]().Fields() {
		check.fields = append(check.fields, field.Name)
	}
	if err := check.node(tree.Root); err != nil {
		return err
	}
	var err error
	t.filled, err = template.New("").Parse(source)
	return err
}

// cause drops the place from an error of the template packages: it is a place in
// the text, and the reader needs the one in the file.
func cause(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+len(": "):]
}

// errOther rejects everything else that templates can do.
var errOther = errors.New("may only show a field, as in {{.Name}}, or depend on one with {{if}}, {{else}} and {{end}}")

// checker looks at the parts of a text.
type checker struct {
	fields []string
	data   any
}

func (c checker) node(node parse.Node) error {
	switch n := node.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		return c.pipe(n.Pipe)
	case *parse.IfNode:
		if err := c.pipe(n.Pipe); err != nil {
			return err
		}
		if n.ElseList != nil {
			if err := c.node(n.ElseList); err != nil {
				return err
			}
		}
		return c.node(n.List)
	case *parse.ListNode:
		for _, part := range n.Nodes {
			if err := c.node(part); err != nil {
				return err
			}
		}
		return nil
	}
	return errOther
}

// pipe accepts a field, or a condition, which it tries: whether two values can be
// compared depends only on their types.
func (c checker) pipe(pipe *parse.PipeNode) error {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 {
		return errOther
	}
	args := pipe.Cmds[0].Args
	if function, ok := args[0].(*parse.IdentifierNode); ok {
		args = args[1:]
		logic := slices.Contains([]string{"and", "or", "not"}, function.Ident)
		// With more than two values, the first may hide that another does not fit.
		comparison := len(args) <= 2 && slices.Contains([]string{"eq", "ne", "lt", "le", "gt", "ge"}, function.Ident)
		if !logic && !comparison {
			return errOther
		}
	}
	for _, arg := range args {
		if err := c.argument(arg); err != nil {
			return err
		}
	}
	tried, err := template.New("").Parse("{{" + pipe.String() + "}}")
	if err != nil || tried.Execute(io.Discard, c.data) != nil {
		return fmt.Errorf("cannot work out {{%s}}", pipe)
	}
	return nil
}

func (c checker) argument(arg parse.Node) error {
	switch arg := arg.(type) {
	case *parse.NumberNode, *parse.StringNode:
		return nil
	case *parse.FieldNode:
		if name := arg.Ident[0]; !slices.Contains(c.fields, name) {
			return fmt.Errorf("shows a field that it does not have, %s%s", name, spelling.Instead(name, c.fields))
		}
		return nil
	}
	return errOther
}
