package odoo

import (
	"slices"
	"time"
)

// env is what one call runs in: its user, context and transaction.
type env struct {
	db   *database
	user *record
	role role
	// system is true while Odoo works for itself and no rights are checked.
	system  bool
	context map[string]any
	// now is when the transaction began, the one time that all its records
	// carry.
	now  time.Time
	undo []func()
}

// mark is the present state, for rollback.
func (e *env) mark() int { return len(e.undo) }

// rollback takes back what the call changed since the mark.
func (e *env) rollback(mark int) {
	for _, undo := range slices.Backward(e.undo[mark:]) {
		undo()
	}
	e.undo = e.undo[:mark]
}

// asSystem runs f with all rights.
func (e *env) asSystem(f func() error) error {
	before := e.system
	e.system = true
	defer func() { e.system = before }()
	return f()
}

// table returns the table of a model that is known to exist.
func (e *env) table(name string) *table { return e.db.tables[name] }

// ref returns the id of the record with that external id; 0 when there is none.
func (e *env) ref(name string) int64 { return e.db.ref(name) }

// external returns what an external id stands for; it is false when nothing.
func (e *env) external(name string) (externalID, bool) {
	x, ok := e.db.external.byName[name]
	return x, ok
}

// externalNames returns the external ids of a record.
func (e *env) externalNames(r *record) []string { return e.db.external.byRecord[r] }

// browse returns the record of a model with that id, or nil.
func (e *env) browse(model string, id any) *record { return e.table(model).rows[number64(id)] }

// set changes a value of a record.
func (e *env) set(r *record, name string, v any) {
	f := r.table.fields[name]
	if f == nil { // not in this version
		return
	}
	if f.via != "" {
		if target := e.follow(r, f.via); target != nil {
			e.set(target, name, v)
		}
		return
	}
	old, had := r.values[name]
	if !had {
		old = nil
	}
	r.table.set(r, name, v)
	e.undo = append(e.undo, func() { r.table.set(r, name, old) })
}

// insert adds a record with these values and the next id.
func (e *env) insert(t *table, values map[string]any) *record {
	t.lastID++
	r := &record{id: t.lastID, table: t, values: values}
	values["create_date"], values["write_date"] = e.now, e.now
	if e.user != nil {
		values["create_uid"], values["write_uid"] = e.user.id, e.user.id
	}
	t.add(r)
	e.undo = append(e.undo, func() { t.drop(r) })
	return r
}

// remove deletes a record, and what names it by external id.
func (e *env) remove(r *record) {
	r.table.drop(r)
	e.undo = append(e.undo, func() { r.table.add(r) })
	gone := e.db.external.release(r)
	e.undo = append(e.undo, func() {
		for _, x := range gone {
			e.db.external.bind(r, x.name, x.noupdate)
		}
	})
}

// dropReferences deletes the records of other models that hang on one by its
// model and its id.
func (e *env) dropReferences(r *record, models ...string) {
	for _, name := range models {
		t := e.table(name)
		for _, child := range t.find("res_id", r.id) {
			if child.values[modelField(t)] == r.table.name {
				e.remove(child)
			}
		}
	}
}

// bind gives a record an external id.
func (e *env) bind(r *record, name string, noupdate bool) {
	e.db.external.bind(r, name, noupdate)
	e.undo = append(e.undo, func() { e.db.external.release(r) })
}

// follow returns the record that a many2one points to, or nil.
func (e *env) follow(r *record, name string) *record {
	f := r.table.fields[name]
	if f == nil {
		return nil
	}
	return e.browse(f.relation, e.get(r, name))
}

// followAll returns the records on the many side of a relation.
func (e *env) followAll(r *record, name string) []*record {
	var found []*record
	for _, id := range ids(e.get(r, name)) {
		found = append(found, e.browse(r.table.fields[name].relation, id))
	}
	return found
}

// get returns the value of a field: nil, bool, int64, float64, string,
// time.Time, or []int64 for the many sides of a relation.
func (e *env) get(r *record, name string) any {
	f := r.table.fields[name]
	switch {
	case f == nil:
		return nil
	case name == "id":
		return r.id
	case f.compute != nil:
		return f.compute(e, r)
	case f.via != "":
		if target := e.follow(r, f.via); target != nil {
			return e.get(target, name)
		}
		return nil
	case f.kind == one2many:
		return e.children(r, f)
	default:
		return r.values[name]
	}
}

// children returns the ids on the many side of a one2many, ascending.
func (e *env) children(r *record, f *field) []int64 {
	t := e.table(f.relation)
	var ids []int64
	for _, id := range t.indexes[f.inverse][r.id] {
		child := t.rows[id]
		if t.fields[f.inverse].kind == reference && child.values[modelField(t)] != r.table.name {
			continue
		}
		if active, ok := child.values["active"].(bool); ok && !active {
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return e.inOrder(t, ids)
}

// modelField names the field that says which model a reference points to.
func modelField(t *table) string {
	if t.fields["res_model"] != nil {
		return "res_model"
	}
	return "model"
}

// text returns a value as a string; empty when there is none.
func (e *env) text(r *record, name string) string {
	s, _ := e.get(r, name).(string)
	return s
}

// flag returns a boolean value.
func (e *env) flag(r *record, name string) bool {
	b, _ := e.get(r, name).(bool)
	return b
}

// title returns a record's display name.
func (e *env) title(r *record) string { return e.text(r, "display_name") }
