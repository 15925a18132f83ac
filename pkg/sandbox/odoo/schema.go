package odoo

import "slices"

// kind is a field's type, in Odoo's own words.
type kind string

const (
	char      kind = "char"
	text      kind = "text"
	html      kind = "html"
	integer   kind = "integer"
	float     kind = "float"
	boolean   kind = "boolean"
	date      kind = "date"
	datetime  kind = "datetime"
	selection kind = "selection"
	many2one  kind = "many2one"
	one2many  kind = "one2many"
	many2many kind = "many2many"
	reference kind = "many2one_reference"
)

// field describes one field of a model.
type field struct {
	name, label string
	kind        kind
	// relation is the other model of a relational field, inverse the field
	// there that a one2many follows back.
	relation, inverse string
	// choices are the values of a selection with their labels; nil allows any.
	choices  []choice
	required bool
	// readonly fields take no value over RPC: writing one changes nothing.
	readonly bool
	// indexed fields are found without looking at every record.
	indexed bool
	// since and until are the first and the last version that has the field;
	// 0 means no limit.
	since, until int
	// via is the many2one through which the field is somebody else's, as a
	// user's e-mail address is the contact's.
	via string
	// compute makes the field a computed one.
	compute func(*env, *record) any
}

// choice is one value of a selection.
type choice struct{ value, label string }

// choices pairs values with labels.
func choices(pairs ...string) []choice {
	list := []choice{}
	for pair := range slices.Chunk(pairs, 2) {
		list = append(list, choice{pair[0], pair[1]})
	}
	return list
}

// operation is what somebody wants to do with records.
type operation string

const (
	opRead   operation = "read"
	opWrite  operation = "write"
	opCreate operation = "create"
	opUnlink operation = "unlink"
)

// Operations as the models list them.
func everything() []operation { return []operation{opRead, opWrite, opCreate, opUnlink} }
func readOnly() []operation   { return []operation{opRead} }
func changing() []operation   { return []operation{opWrite, opCreate, opUnlink} }

// model describes one model: its fields, who may use it, and what it does
// beside storing values.
type model struct {
	name, label string
	fields      map[string]*field
	// names lists the fields in the order in which they were declared.
	names []string
	// order is the default order of a search.
	order string
	// title returns the display name of a record; nil stands for its name.
	title func(*env, *record) string
	// rights says what a user without administration may do; nothing listed
	// means nothing allowed.
	rights []operation
	// managed lists the operations that need a sales manager.
	managed []operation
	// keeper is the group that Odoo names to somebody who may not; empty means
	// the administrators.
	keeper string
	// editors is named in its place to somebody who may read and no more.
	editors string
	// group is the external id of the group that a user must be in, beside
	// what his role allows; empty means none.
	group string
	// unique lists the fields of which no two records may have the same value.
	unique []uniqueField
	// allows is the record rule; nil allows every record. A strict one holds
	// for administrators, too.
	allows func(*env, *record, operation) bool
	strict bool
	// refusal words what somebody is told whom the record rule keeps out; nil
	// stands for Odoo's usual words.
	refusal func(*env, []int64, operation) *FaultError
	// defaults completes the values of a new record.
	defaults func(*env, map[string]any) error
	// created, updating, updated and deleting follow the life of a record.
	// created sees the values given, updating those about to be written, which
	// it may change, updated the values as they were before.
	created  func(e *env, r *record, given map[string]any) error
	updating func(e *env, r *record, values map[string]any) error
	updated  func(e *env, r *record, before map[string]any) error
	deleting func(*env, *record) error
	// lenient models answer true to a write on records that are gone, unless
	// it is about the field checked and the first of them is gone.
	lenient bool
	checked string
	// methods are the public methods that only this model has.
	methods map[string]method
}

// newModel returns a model with the fields that every model has and those
// listed, as far as the version knows them.
func newModel(m model, version int, fields ...field) *model {
	common := []field{
		{name: "id", label: "ID", kind: integer, readonly: true},
		{name: "display_name", label: "Display Name", kind: char, readonly: true, compute: displayName(&m)},
		{name: "create_date", label: "Created on", kind: datetime, readonly: true},
		{name: "create_uid", label: "Created by", kind: many2one, relation: "res.users", readonly: true},
		{name: "write_date", label: "Last Updated on", kind: datetime, readonly: true},
		{name: "write_uid", label: "Last Updated by", kind: many2one, relation: "res.users", readonly: true},
	}
	m.fields = map[string]*field{}
	for _, f := range slices.Concat(common, fields) {
		if version < f.since || f.until != 0 && version > f.until {
			continue
		}
		m.fields[f.name] = &f
		m.names = append(m.names, f.name)
	}
	if m.order == "" {
		m.order = "id"
	}
	return &m
}

// displayName returns the computation of a model's display names.
func displayName(m *model) func(*env, *record) any {
	return func(e *env, r *record) any {
		if m.title != nil {
			return m.title(e, r)
		}
		return e.text(r, "name")
	}
}

// virtual is true for a field whose value does not stand in the record.
func (f *field) virtual() bool {
	return f.compute != nil || f.via != "" || f.kind == one2many
}
