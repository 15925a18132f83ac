package orm

import (
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/sanitize"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// stored converts a value of a call into the one that the record keeps; nil
// is an absent value.
func (e *Env) stored(t *Table, f *Field, v any) (any, error) {
	switch f.Kind {
	case Boolean:
		s, ok := v.(string)
		return ok && s != "" || v == true || value.Number(v) != 0, nil
	case Integer:
		return int64(value.Number(v)), nil
	case Float:
		return value.Number(v), nil
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
		return int64(value.Number(v)), nil
	case Many2one:
		return e.storedLink(f, v)
	case Datetime:
		s, _ := v.(string)
		at, err := value.Time(s, time.UTC, false)
		if err != nil {
			return nil, ServerError("ValueError: time data %s does not match format '%%Y-%%m-%%d %%H:%%M:%%S'", xmlrpc.Repr(v))
		}
		return at, nil
	case Date:
		s := fmt.Sprint(v)
		s = s[:min(len(s), len(time.DateOnly))]
		if _, err := time.Parse(time.DateOnly, s); err != nil {
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

// storedLink checks that the record that a many2one points to exists.
func (e *Env) storedLink(f *Field, v any) (any, error) {
	id, ok := v.(int64)
	if !ok {
		return nil, ServerError("ValueError: Wrong value for %s: %s", f.Name, xmlrpc.Repr(v))
	}
	if e.Table(f.Relation).Rows[id] == nil {
		return nil, e.Missing(e.Table(f.Relation).Model, id)
	}
	return id, nil
}

// LinkCommands say how to change a many2many: (3, id) unlinks, (4, id) links,
// (6, 0, ids) replaces; a bare id replaces, too.
type LinkCommands []any

// link applies the commands to the ids of a many2many.
func (commands LinkCommands) link(before any) []int64 {
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
		id := value.ID(command[1])
		switch command[0] {
		case int64(3):
			links = slices.DeleteFunc(links, func(linked int64) bool { return linked == id })
		case int64(4):
			links = append(links, id)
		case int64(6):
			links = Arguments{"ids": command[2]}.IDs()
		}
	}
	slices.Sort(links)
	return slices.Compact(links)
}

// Wire converts a value into the one that an answer carries: a many2one as
// [id, name].
func (e *Env) Wire(r *Record, f *Field) any {
	switch v := e.Get(r, f.Name).(type) {
	case time.Time:
		return value.PythonYear(v.UTC().Format(time.DateTime))
	case string:
		if f.Kind == Date {
			return value.PythonYear(v)
		}
		return v
	case []int64:
		return xmlrpc.List(v)
	case int64:
		if f.Kind != Many2one {
			return v
		}
		other := e.Browse(f.Relation, v)
		switch {
		case other == nil:
			return false
		case e.Title(other) == "":
			return []any{v, false}
		}
		return []any{v, e.Title(other)}
	case nil:
		return absent(f)
	default:
		return v
	}
}

// WireID is Wire, but a many2one is an id alone.
func (e *Env) WireID(r *Record, f *Field) any {
	if id, ok := e.Get(r, f.Name).(int64); ok && f.Kind == Many2one && e.Browse(f.Relation, id) != nil {
		return id
	}
	return e.Wire(r, f)
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
