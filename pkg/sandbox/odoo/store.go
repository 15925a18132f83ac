package odoo

import "slices"

// record is one row of a table. An absent value is not in the map.
type record struct {
	id     int64
	table  *table
	values map[string]any
}

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

// table holds the records of one model.
type table struct {
	*model
	rows    map[int64]*record
	ids     []int64 // ascending
	lastID  int64
	indexes map[string]index
}

// find returns the records whose field holds the value, by the field's index if
// it has one.
func (t *table) find(name string, v any) []*record {
	var found []*record
	if x, indexed := t.indexes[name]; indexed {
		for _, id := range x[v] {
			found = append(found, t.rows[id])
		}
		return found
	}
	for _, id := range t.ids {
		if r := t.rows[id]; r.values[name] == v {
			found = append(found, r)
		}
	}
	return found
}

// newTable returns an empty table.
func newTable(m *model) *table {
	t := &table{model: m, rows: map[int64]*record{}, indexes: map[string]index{}}
	for name, f := range m.fields {
		if f.indexed {
			t.indexes[name] = index{}
		}
	}
	return t
}

// add puts a record into the table.
func (t *table) add(r *record) {
	t.rows[r.id] = r
	at, _ := slices.BinarySearch(t.ids, r.id)
	t.ids = slices.Insert(t.ids, at, r.id)
	for name, x := range t.indexes {
		if v, ok := r.values[name]; ok {
			x.add(v, r.id)
		}
	}
}

// drop takes a record out of the table.
func (t *table) drop(r *record) {
	delete(t.rows, r.id)
	if at, found := slices.BinarySearch(t.ids, r.id); found {
		t.ids = slices.Delete(t.ids, at, at+1)
	}
	for name, x := range t.indexes {
		if v, ok := r.values[name]; ok {
			x.remove(v, r.id)
		}
	}
}

// set gives a record a value; nil takes it away.
func (t *table) set(r *record, name string, v any) {
	x := t.indexes[name]
	if old, ok := r.values[name]; ok && x != nil {
		x.remove(old, r.id)
	}
	if v == nil {
		delete(r.values, name)
		return
	}
	r.values[name] = v
	if x != nil {
		x.add(v, r.id)
	}
}

// externalID is what a module name and a name stand for in ir.model.data.
type externalID struct {
	name     string
	model    string
	id       int64
	noupdate bool
}

// externalIDs finds external ids by their name and by their record.
type externalIDs struct {
	byName   map[string]externalID
	byRecord map[*record][]string
}

// bind gives a record an external id.
func (x externalIDs) bind(r *record, name string, noupdate bool) {
	x.byName[name] = externalID{name: name, model: r.table.name, id: r.id, noupdate: noupdate}
	x.byRecord[r] = append(x.byRecord[r], name)
}

// release forgets the external ids of a record and returns them.
func (x externalIDs) release(r *record) []externalID {
	var gone []externalID
	for _, name := range x.byRecord[r] {
		gone = append(gone, x.byName[name])
		delete(x.byName, name)
	}
	delete(x.byRecord, r)
	return gone
}
