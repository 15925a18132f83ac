package orm

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/externalid"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/replica"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
)

// Env is what one call runs in: its user, context and transaction.
type Env struct {
	*Database
	User *Record
	Role Role
	// system is true while Odoo works for itself and no rights are checked.
	system  bool
	Context map[string]any
	// Now is when the transaction began, the one time that all its records
	// carry.
	Now  time.Time
	undo []replica.Change
}

// did notes a change, which was made already.
func (e *Env) did(undo, redo func()) {
	c := replica.Change{Undo: undo, Redo: redo}
	e.undo = append(e.undo, c)
	e.Replica.Note(e.Database.Now(), c)
}

// Mark is the present state, for rollback.
func (e *Env) Mark() int { return len(e.undo) }

// Rollback takes back what the call changed since the mark.
func (e *Env) Rollback(mark int) {
	for _, c := range slices.Backward(e.undo[mark:]) {
		c.Undo()
		e.Replica.Note(e.Database.Now(), replica.Change{Undo: c.Redo, Redo: c.Undo})
	}
	e.undo = e.undo[:mark]
}

// AsSystem runs f with all rights.
func (e *Env) AsSystem(f func() error) error {
	before := e.system
	e.system = true
	defer func() { e.system = before }()
	return f()
}

// External returns what an external id stands for; it is false when nothing.
func (e *Env) External(name string) (externalid.ID, bool) { return e.external.Find(name) }

// ExternalNames returns the external ids of a record.
func (e *Env) ExternalNames(r *Record) []string { return e.external.Names(r.named()) }

// Browse returns the record of a model with that id, or nil.
func (e *Env) Browse(model string, id any) *Record { return e.Table(model).Rows[value.ID(id)] }

// Set changes a value of a record.
func (e *Env) Set(r *Record, name string, v any) {
	plain, _, _ := strings.Cut(name, "@") // see translated
	f := r.Table.fields[plain]
	if f == nil { // not in this version
		return
	}
	if f.Via != "" {
		if target := e.Follow(r, f.Via); target != nil {
			e.Set(target, cmp.Or(f.Of, name), v)
		}
		return
	}
	old, had := r.Values[name]
	if !had {
		old = nil
	}
	r.Table.Set(r, name, v)
	e.did(func() { r.Table.Set(r, name, old) }, func() { r.Table.Set(r, name, v) })
}

// insert adds a record with these values and the next id.
func (e *Env) insert(t *Table, values map[string]any) *Record {
	t.lastID++
	r := &Record{ID: t.lastID, Table: t, Values: values}
	values["create_date"], values["write_date"] = e.Now, e.Now
	if e.User != nil {
		values["create_uid"], values["write_uid"] = e.User.ID, e.User.ID
	}
	t.add(r)
	e.did(func() { t.drop(r) }, func() { t.add(r) })
	return r
}

// Remove deletes a record, and what names it by external id.
func (e *Env) Remove(r *Record) {
	r.Table.drop(r)
	e.did(func() { r.Table.add(r) }, func() { r.Table.drop(r) })
	gone := e.external.Release(r.named())
	e.did(func() {
		for _, x := range gone {
			e.external.Bind(x.Record, x.Name, x.Noupdate)
		}
	}, func() { e.external.Release(r.named()) })
}

// DropReferences deletes the records of other models that hang on one by its
// model and its id.
func (e *Env) DropReferences(r *Record, models ...string) {
	for _, name := range models {
		t := e.Table(name)
		for _, child := range t.Find("res_id", r.ID) {
			if child.Values[modelField(t)] == r.Table.Name {
				e.Remove(child)
			}
		}
	}
}

// Bind gives a record an external id.
func (e *Env) Bind(r *Record, name string, noupdate bool) {
	bind := func() { e.external.Bind(r.named(), name, noupdate) }
	bind()
	e.did(func() { e.external.Release(r.named()) }, bind)
}

// Follow returns the record that a many2one points to, or nil.
func (e *Env) Follow(r *Record, name string) *Record {
	f := r.Table.fields[name]
	if f == nil {
		return nil
	}
	return e.Browse(f.Relation, e.Get(r, name))
}

// FollowAll returns the records on the many side of a relation.
func (e *Env) FollowAll(r *Record, name string) []*Record {
	var found []*Record
	for _, id := range IDs(e.Get(r, name)) {
		found = append(found, e.Browse(r.Table.fields[name].Relation, id))
	}
	return found
}

// Get returns the value of a field: nil, bool, int64, float64, string,
// time.Time, or []int64 for the many sides of a relation.
func (e *Env) Get(r *Record, name string) any {
	f := r.Table.fields[name]
	switch {
	case f == nil:
		return nil
	case name == "id":
		return r.ID
	case f.compute != nil:
		return f.compute(e, r)
	case f.Via != "":
		if target := e.Follow(r, f.Via); target != nil {
			return e.Get(target, cmp.Or(f.Of, name))
		}
		return nil
	case f.Kind == One2many:
		return e.children(r, f)
	default:
		if v, ok := r.Values[e.translated(f)]; ok {
			return v
		}
		return r.Values[name]
	}
}

// translated is where a field's text in the language of the call is.
func (e *Env) translated(f *Field) string {
	if lang, _ := e.Context["lang"].(string); f.Translate && lang != "" && lang != "en_US" {
		return f.Name + "@" + lang
	}
	return f.Name
}

// children returns the ids on the many side of a one2many, as a search would
// find them.
func (e *Env) children(r *Record, f *Field) []int64 {
	t := e.Table(f.Relation)
	found := slices.DeleteFunc(t.Find(f.Inverse, r.ID), func(child *Record) bool {
		return child.Values["active"] == false ||
			t.fields[f.Inverse].Kind == Reference && child.Values[modelField(t)] != r.Table.Name
	})
	slices.SortFunc(found, func(a, b *Record) int { return cmp.Compare(a.ID, b.ID) })
	_ = e.sort(t, found, t.Order) // fails only for a schema with an impossible order
	return idsOf(found)
}

// idsOf returns the ids of records.
func idsOf(records []*Record) []int64 {
	ids := make([]int64, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	return ids
}

// Target returns the record that another hangs on by a model and an id, or nil.
func (e *Env) Target(r *Record) *Record {
	name, _ := r.Values[modelField(r.Table)].(string)
	if t := e.Table(name); t != nil {
		return t.Rows[value.ID(r.Values["res_id"])]
	}
	return nil
}

// AllowedAt says whether the user may do that to a record which hangs on this
// one: what changes the one changes the other.
func (e *Env) AllowedAt(on *Record, op Operation) bool {
	if op != OpRead {
		op = OpWrite
	}
	return on != nil && e.CheckModel(on.Table, op) == nil && e.Allowed(on, op)
}

// modelField names the field that says which model a reference points to.
func modelField(t *Table) string {
	if t.fields["res_model"] != nil {
		return "res_model"
	}
	return "model"
}

// Text returns a value as a string; empty when there is none.
func (e *Env) Text(r *Record, name string) string {
	s, _ := e.Get(r, name).(string)
	return s
}

// Flag returns a boolean value.
func (e *Env) Flag(r *Record, name string) bool {
	b, _ := e.Get(r, name).(bool)
	return b
}

// Title returns a record's display name.
func (e *Env) Title(r *Record) string { return e.Text(r, "display_name") }
