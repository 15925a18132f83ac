package odoo

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// stored converts a value of a call into the one that the record keeps; nil
// is an absent value.
func (e *env) stored(t *table, f *field, v any) (any, error) {
	switch f.kind {
	case boolean:
		s, ok := v.(string)
		return ok && s != "" || v == true || number(v) != 0, nil
	case integer:
		return storedInteger(v)
	case float:
		return storedFloat(v)
	case many2many:
		commands, _ := v.([]any)
		return linkCommands(commands), nil
	default: // of all others, false is an absent value
	}
	if isFalse(v) {
		return nil, nil
	}
	switch f.kind {
	case reference:
		return storedInteger(v)
	case many2one:
		return e.storedLink(f, v)
	case datetime:
		s, _ := v.(string)
		at, err := parseTime(s, time.UTC, false)
		if err != nil {
			return nil, serverError("ValueError: time data %s does not match format '%%Y-%%m-%%d %%H:%%M:%%S'", python(v))
		}
		return at, nil
	case date:
		s := fmt.Sprint(v)
		s = s[:min(len(s), len(dateLayout))]
		if _, err := time.Parse(dateLayout, s); err != nil {
			return nil, serverError("ValueError: time data %s does not match format '%%Y-%%m-%%d'", python(v))
		}
		return s, nil
	case selection:
		s := fmt.Sprint(v)
		if f.choices != nil && !slices.ContainsFunc(f.choices, func(c choice) bool { return c.value == s }) {
			return nil, serverError("ValueError: Wrong value for %s.%s: %s", t.name, f.name, python(v))
		}
		return s, nil
	case html:
		return sanitize(fmt.Sprint(v)), nil
	default:
		return fmt.Sprint(v), nil
	}
}

// storedInteger converts what Python's int() would.
func storedInteger(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return int64(number(v)), nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil, serverError("ValueError: invalid literal for int() with base 10: %s", python(v))
	}
	return n, nil
}

// storedFloat converts what Python's float() would.
func storedFloat(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return number(v), nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, serverError("ValueError: could not convert string to float: %s", python(v))
	}
	return n, nil
}

// storedLink checks that the record that a many2one points to exists.
func (e *env) storedLink(f *field, v any) (any, error) {
	id, ok := v.(int64)
	if s, text := v.(string); text {
		n, err := strconv.ParseInt(s, 10, 64)
		id, ok = n, err == nil
	}
	if !ok {
		return nil, serverError("ValueError: Wrong value for %s: %s", f.name, python(v))
	}
	if e.table(f.relation).rows[id] == nil {
		return nil, e.missing(e.table(f.relation).model, id)
	}
	return id, nil
}

// linkCommands say how to change a many2many: (0, 0, values) creates and
// links, (3, id) unlinks, (4, id) links, (5,) unlinks all, (6, 0, ids)
// replaces; a bare id replaces, too.
type linkCommands []any

// link applies commands to the ids of a many2many.
func (e *env) link(f *field, before any, commands linkCommands) ([]int64, error) {
	links := slices.Clone(ids(before))
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
		id := number64(command[1])
		switch command[0] {
		case int64(0):
			values, _ := command[2].(map[string]any)
			r, err := e.create(e.table(f.relation), values)
			if err != nil {
				return nil, err
			}
			links = append(links, r.id)
		case int64(3), int64(2):
			links = slices.DeleteFunc(links, func(linked int64) bool { return linked == id })
		case int64(4):
			links = append(links, id)
		case int64(5):
			links = nil
		case int64(6):
			links = arguments{"ids": command[2]}.ids()
		}
	}
	slices.Sort(links)
	return slices.Compact(links), nil
}

// wire converts a value into the one that an answer carries. With bare, a
// many2one is its id alone.
func (e *env) wire(r *record, f *field, bare bool) any {
	v := e.get(r, f.name)
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(dateTimeLayout)
	case []int64:
		return each(v)
	case int64:
		if f.kind == many2one {
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
func (e *env) wireLink(f *field, id int64, bare bool) any {
	target := e.table(f.relation).rows[id]
	switch {
	case target == nil:
		return false
	case bare:
		return id
	case e.title(target) == "":
		return []any{id, false}
	default:
		return []any{id, e.title(target)}
	}
}

// absent is how an absent value travels.
func absent(f *field) any {
	switch f.kind {
	case integer:
		return int64(0)
	case float:
		return 0.0
	case one2many, many2many:
		return []any{}
	default:
		return false
	}
}

// number64 returns an id, 0 when there is none.
func number64(v any) int64 {
	id, _ := v.(int64)
	return id
}

// optional is nil for an empty text.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}
