package orm

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/externalid"
)

// Record is one row of a table. An absent value is not in the map.
type Record struct {
	ID     int64
	Table  *Table
	Values map[string]any
}

// named is the record as its external ids know it.
func (r *Record) named() externalid.Record { return externalid.Record{Model: r.Table.Name, ID: r.ID} }

// index finds records by the value of a field.
type index map[any][]int64

// add notes that the record has the value.
func (x index) add(v any, id int64) { x[v] = append(x[v], id) }

// remove forgets it.
func (x index) remove(v any, id int64) {
	if at := slices.Index(x[v], id); at >= 0 {
		x[v] = slices.Delete(x[v], at, at+1)
	}
}

// Table holds the records of one model.
type Table struct {
	*Model
	Rows    map[int64]*Record
	IDs     []int64 // ascending
	lastID  int64
	indexes map[string]index
	fields  map[string]*Field
	names   []string // of the fields, in the order of their declaration
}

// Find returns the records whose field holds the value, by the field's index if
// it has one.
func (t *Table) Find(name string, v any) []*Record {
	var found []*Record
	if x, indexed := t.indexes[name]; indexed {
		for _, id := range x[v] {
			found = append(found, t.Rows[id])
		}
		return found
	}
	return slices.DeleteFunc(t.All(), func(r *Record) bool { return r.Values[name] != v })
}

// All returns the records by ascending id.
func (t *Table) All() []*Record {
	all := make([]*Record, len(t.IDs))
	for i, id := range t.IDs {
		all[i] = t.Rows[id]
	}
	return all
}

// newTable returns an empty table with the fields that every model has and
// those of this one that the version knows.
func newTable(m *Model, version Version) *Table {
	t := &Table{Model: m, Rows: map[int64]*Record{}, indexes: map[string]index{}, fields: map[string]*Field{}}
	m.Order, m.TitleField = cmp.Or(m.Order, "id"), cmp.Or(m.TitleField, "name")
	if version < 19 {
		m.Label = cmp.Or(m.OldLabel, m.Label)
	}
	for _, f := range slices.Concat([]Field{
		{Name: "id", Label: "ID", Kind: Integer, Readonly: true},
		{Name: "display_name", Label: "Display Name", Kind: Char, Readonly: true, compute: displayName},
		{Name: "create_date", Label: "Created on", Kind: Datetime, Readonly: true},
		{Name: "create_uid", Label: "Created by", Kind: Many2one, Relation: "res.users", Readonly: true},
		{Name: "write_date", Label: "Last Updated on", Kind: Datetime, Readonly: true},
		{Name: "write_uid", Label: "Last Updated by", Kind: Many2one, Relation: "res.users", Readonly: true},
	}, m.Fields) {
		if !version.Within(f.Since, f.Until) {
			continue
		}
		if compute := m.Compute[f.Name]; compute != nil {
			f.compute = compute
		}
		f.Choices = slices.DeleteFunc(f.Choices, func(c Choice) bool { return version < c.Since })
		t.AddField(f)
	}
	return t
}

// AddField gives the table a field more.
func (t *Table) AddField(f Field) {
	t.fields[f.Name] = &f
	t.names = append(t.names, f.Name)
	if f.Indexed {
		t.indexes[f.Name] = index{}
	}
}

// Field returns the field of that name, or nil.
func (t *Table) Field(name string) *Field { return t.fields[name] }

// displayName computes a record's display name.
func displayName(e *Env, r *Record) any {
	t := r.Table
	if t.Title != nil {
		return t.Title(e, r)
	}
	if t.fields[t.TitleField] != nil && t.fields[t.TitleField].Kind == Many2one {
		if other := e.Follow(r, t.TitleField); other != nil {
			return e.Title(other)
		}
	}
	return e.Text(r, t.TitleField)
}

// add puts a record into the table.
func (t *Table) add(r *Record) {
	t.Rows[r.ID] = r
	at, _ := slices.BinarySearch(t.IDs, r.ID)
	t.IDs = slices.Insert(t.IDs, at, r.ID)
	for name, x := range t.indexes {
		if v, ok := r.Values[name]; ok {
			x.add(v, r.ID)
		}
	}
}

// drop takes a record out of the table.
func (t *Table) drop(r *Record) {
	delete(t.Rows, r.ID)
	if at, found := slices.BinarySearch(t.IDs, r.ID); found {
		t.IDs = slices.Delete(t.IDs, at, at+1)
	}
	for name, x := range t.indexes {
		if v, ok := r.Values[name]; ok {
			x.remove(v, r.ID)
		}
	}
}

// Set gives a record a value; nil takes it away.
func (t *Table) Set(r *Record, name string, v any) {
	x := t.indexes[name]
	if old, ok := r.Values[name]; ok && x != nil {
		x.remove(old, r.ID)
	}
	if v == nil {
		delete(r.Values, name)
		return
	}
	r.Values[name] = v
	if x != nil {
		x.add(v, r.ID)
	}
}

// Declare makes the tables of models, with the records that they have already.
func (e *Env) Declare(models []Model, behavior map[string]Behavior) {
	for _, m := range models {
		if !e.Within(m.Since, 0) {
			continue
		}
		m.Behavior = behavior[m.Name]
		t := newTable(&m, e.Version)
		if old := e.tables[m.Name]; old != nil {
			t.take(old)
		}
		e.tables[m.Name] = t
	}
}

// take moves the records of the table of an earlier version, and the fields that an
// administrator made.
func (t *Table) take(old *Table) {
	for _, name := range old.names {
		if strings.HasPrefix(name, "x_") {
			t.AddField(*old.fields[name])
		}
	}
	t.lastID = old.lastID
	for _, r := range old.All() {
		r.Table = t
		if groups, has := r.Values["groups_id"]; has && t.fields["group_ids"] != nil {
			delete(r.Values, "groups_id")
			r.Values["group_ids"] = groups
		}
		t.add(r)
	}
}
