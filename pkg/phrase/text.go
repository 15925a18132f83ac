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

// parser is a field that reads its own text. A kind may have some of its own,
// which refuse what they cannot use.
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
	_ = t.filled.Execute(&b, d) // Parse lets nothing pass that could fail
	return b.String()
}

// Parse reads a text, and refuses what could fail when it is filled.
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

// cause drops the place that begins an error of the template packages: it is
// that within the text, and the reader is told the one within the file.
func cause(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+len(": "):]
}

// errOther is what a text does besides showing fields and depending on them.
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

// pipe accepts a field, or a comparison, which it tries: whether two values can
// be compared depends on their types alone.
func (c checker) pipe(pipe *parse.PipeNode) error {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 {
		return errOther
	}
	args := pipe.Cmds[0].Args
	if function, ok := args[0].(*parse.IdentifierNode); ok {
		if !slices.Contains([]string{"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not"}, function.Ident) {
			return errOther
		}
		args = args[1:]
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
