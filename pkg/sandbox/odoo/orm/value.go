package orm

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/sanitize"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// stored converts a value of a call into the one that the record keeps; nil
// is an absent value.
func (e *Env) stored(t *Table, f *Field, v any) (any, error) {
	switch f.Kind {
	case Boolean:
		s, ok := v.(string)
		return ok && s != "" || v == true || Number(v) != 0, nil
	case Integer:
		return storedInteger(v)
	case Float:
		return storedFloat(v)
	case Many2many:
		commands, _ := v.([]any)
		return LinkCommands(commands), nil
	default: // of all others, false is an absent value
	}
	if IsFalse(v) {
		return nil, nil
	}
	switch f.Kind {
	case Reference:
		return storedInteger(v)
	case Many2one:
		return e.storedLink(f, v)
	case Datetime:
		s, _ := v.(string)
		at, err := parseTime(s, time.UTC, false)
		if err != nil {
			return nil, ServerError("ValueError: time data %s does not match format '%%Y-%%m-%%d %%H:%%M:%%S'", xmlrpc.Repr(v))
		}
		return at, nil
	case Date:
		s := fmt.Sprint(v)
		s = s[:min(len(s), len(xmlrpc.DateLayout))]
		if _, err := time.Parse(xmlrpc.DateLayout, s); err != nil {
			return nil, ServerError("ValueError: time data %s does not match format '%%Y-%%m-%%d'", xmlrpc.Repr(v))
		}
		return s, nil
	case Selection:
		s := fmt.Sprint(v)
		if f.Choices != nil && !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == s }) {
			return nil, ServerError("ValueError: Wrong value for %s.%s: %s", t.Name, f.Name, xmlrpc.Repr(v))
		}
		return s, nil
	case HTML:
		return sanitize.HTML(fmt.Sprint(v)), nil
	default:
		return fmt.Sprint(v), nil
	}
}

// storedInteger converts what Python's int() would.
func storedInteger(v any) (any, error) {
	return storedNumber(v, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) }, "invalid literal for int() with base 10")
}

// storedFloat converts what Python's float() would.
func storedFloat(v any) (any, error) {
	return storedNumber(v, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }, "could not convert string to float")
}

// storedNumber reads a number that may have come as text.
func storedNumber[N int64 | float64](v any, parse func(string) (N, error), complaint string) (any, error) {
	s, isText := v.(string)
	if !isText {
		return N(Number(v)), nil
	}
	n, err := parse(s)
	if err != nil {
		return nil, ServerError("ValueError: %s: %s", complaint, xmlrpc.Repr(v))
	}
	return n, nil
}

// storedLink checks that the record that a many2one points to exists.
func (e *Env) storedLink(f *Field, v any) (any, error) {
	id, ok := v.(int64)
	if s, text := v.(string); text {
		n, err := strconv.ParseInt(s, 10, 64)
		id, ok = n, err == nil
	}
	if !ok {
		return nil, ServerError("ValueError: Wrong value for %s: %s", f.Name, xmlrpc.Repr(v))
	}
	if e.Table(f.Relation).Rows[id] == nil {
		return nil, e.Missing(e.Table(f.Relation).Model, id)
	}
	return id, nil
}

// LinkCommands say how to change a many2many: (0, 0, values) creates and
// links, (3, id) unlinks, (4, id) links, (5,) unlinks all, (6, 0, ids)
// replaces; a bare id replaces, too.
type LinkCommands []any

// link applies commands to the ids of a many2many.
func (e *Env) link(f *Field, before any, commands LinkCommands) ([]int64, error) {
	links := slices.Clone(IDs(before))
	if len(commands) > 0 {
		if _, bare := commands[0].(int64); bare {
			links = nil
		}
	}
	for _, c := range commands {
		command, ok := c.([]any)
		if !ok {
			command = []any{int64(4), c}
		}
		command = append(command, nil, nil) // missing parts are absent
		id := ID(command[1])
		switch command[0] {
		case int64(0):
			values, _ := command[2].(map[string]any)
			r, err := e.Create(e.Table(f.Relation), values)
			if err != nil {
				return nil, err
			}
			links = append(links, r.ID)
		case int64(3), int64(2):
			links = slices.DeleteFunc(links, func(linked int64) bool { return linked == id })
		case int64(4):
			links = append(links, id)
		case int64(5):
			links = nil
		case int64(6):
			links = Arguments{"ids": command[2]}.IDs()
		}
	}
	slices.Sort(links)
	return slices.Compact(links), nil
}

// Wire converts a value into the one that an answer carries. With bare, a
// many2one is its id alone.
func (e *Env) Wire(r *Record, f *Field, bare bool) any {
	v := e.Get(r, f.Name)
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(xmlrpc.DateTimeLayout)
	case []int64:
		return xmlrpc.List(v)
	case int64:
		if f.Kind == Many2one {
			return e.wireLink(f, v, bare)
		}
		return v
	case nil:
		return absent(f)
	default:
		return v
	}
}

// wireLink is a many2one as [id, name].
func (e *Env) wireLink(f *Field, id int64, bare bool) any {
	target := e.Table(f.Relation).Rows[id]
	switch {
	case target == nil:
		return false
	case bare:
		return id
	case e.Title(target) == "":
		return []any{id, false}
	default:
		return []any{id, e.Title(target)}
	}
}

// absent is how an absent value travels.
func absent(f *Field) any {
	switch f.Kind {
	case Integer:
		return int64(0)
	case Float:
		return 0.0
	case One2many, Many2many:
		return []any{}
	default:
		return false
	}
}

// ID returns an id, 0 when there is none.
func ID(v any) int64 {
	id, _ := v.(int64)
	return id
}

// Default sets those values that are absent.
func Default(values, defaults map[string]any) {
	for name, v := range defaults {
		if values[name] == nil {
			values[name] = v
		}
	}
}

// Optional is nil for an empty text.
func Optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}
