package orm

import (
	"maps"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// webReadSince is the first version with web_read.
const webReadSince = 17

// callWebRead is Model.web_read: the wanted fields of records and, of the records that a
// field leads to, their wanted fields. A many2one is its id alone.
func callWebRead(e *Env, t *Table, a Arguments) (any, error) {
	if e.Version < webReadSince {
		return nil, e.NoMethod(t, "web_read")
	}
	wanted, _ := a["specification"].(map[string]any)
	return e.webRead(t, a.IDs(), wanted)
}

func (e *Env) webRead(t *Table, ids []int64, wanted map[string]any) ([]any, error) {
	found, err := e.readable(t, ids)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(wanted))
	for _, name := range names {
		if t.fields[name] == nil {
			return nil, e.invalidField(t, "on", name)
		}
	}
	rows := make([]any, 0, len(found))
	for _, r := range found {
		row := xmlrpc.NewObject("id", r.ID)
		for _, name := range names {
			v, err := e.webValue(r, t.fields[name], wanted[name])
			if err != nil {
				return nil, err
			}
			row = row.With(name, v)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// webValue returns the value of a field, or those of the records to which it leads.
func (e *Env) webValue(r *Record, f *Field, wanted any) (any, error) {
	v := e.Get(r, f.Name)
	if id, ok := v.(int64); ok && f.Kind == Many2one {
		return id, nil
	}
	inner, _ := wanted.(map[string]any)
	fields, ok := inner["fields"].(map[string]any)
	if ids, many := v.([]int64); many && ok {
		return e.webRead(e.Table(f.Relation), ids, fields)
	}
	return e.Wire(r, f), nil
}
