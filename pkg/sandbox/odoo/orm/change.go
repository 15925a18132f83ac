package orm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// callCreate is Model.create, of one record or of several.
func callCreate(e *Env, t *Table, a Arguments) (any, error) {
	list, several := a["vals_list"].([]any)
	if !several {
		list = []any{a["vals_list"]}
	}
	created := make([]any, len(list))
	for i, item := range list {
		values, _ := item.(map[string]any)
		r, err := e.Create(t, values)
		if err != nil {
			return nil, err
		}
		created[i] = r.ID
	}
	if several {
		return created, nil
	}
	return created[0], nil
}

// Create makes a record of the values of a call.
func (e *Env) Create(t *Table, given map[string]any) (*Record, error) {
	if err := e.CheckModel(t, OpCreate); err != nil {
		return nil, err
	}
	values, err := e.storedValues(t, given)
	if err != nil {
		return nil, err
	}
	for _, f := range t.fields {
		if _, given := values[f.Name]; f.Default != nil && !given {
			if values[f.Name], err = e.stored(t, f, f.Default); err != nil {
				return nil, err
			}
		}
	}
	if t.fields["active"] != nil && values["active"] == nil {
		values["active"] = true
	}
	if t.Defaults != nil {
		if err := t.Defaults(e, values); err != nil {
			return nil, err
		}
	}
	r, err := e.insertValues(t, values)
	if err != nil {
		return nil, err
	}
	if t.Created != nil {
		if err := t.Created(e, r, values); err != nil {
			return nil, err
		}
	}
	if !e.Allowed(r, OpCreate) {
		return nil, e.noRecordAccess(t.Model, []int64{r.ID}, OpCreate)
	}
	return r, nil
}

// insertValues puts the values where they belong: into a new record, or into
// the one that the record shares fields with.
func (e *Env) insertValues(t *Table, values map[string]any) (*Record, error) {
	own := map[string]any{}
	for name, v := range values {
		f := t.fields[name]
		if f == nil || f.Via != "" || f.Kind == One2many || v == nil {
			continue
		}
		own[name] = v
		if commands, ok := v.(LinkCommands); ok {
			own[name] = commands.link(nil)
		}
	}
	for _, name := range t.names {
		if f := t.fields[name]; f.Required && !f.virtual() && own[name] == nil {
			return nil, e.missingValue(t, f)
		}
	}
	if err := e.checkUnique(t, nil, own); err != nil {
		return nil, err
	}
	r := e.insert(t, own)
	for name, v := range values {
		f := t.fields[name]
		if f != nil && f.Via != "" {
			e.Set(r, name, v)
		}
		if commands, ok := v.(childCommands); ok {
			if err := e.changeChildren(r, f, commands); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// storedValues converts the values of a call; what is read-only is left out.
func (e *Env) storedValues(t *Table, given map[string]any) (map[string]any, error) {
	values := make(map[string]any, len(given))
	for name, v := range given {
		f := t.fields[name]
		if f == nil {
			return nil, e.invalidField(t, "in", name)
		}
		if f.Readonly || f.compute != nil {
			continue
		}
		if f.Kind == One2many {
			if commands := e.childCommands(f, v); commands != nil {
				values[name] = commands
			}
			continue
		}
		stored, err := e.stored(t, f, v)
		if err != nil {
			return nil, err
		}
		values[name] = stored
	}
	return values, nil
}

// missingValue says that a required field has no value.
func (e *Env) missingValue(t *Table, f *Field) error {
	if e.Version >= 19 {
		refused := UserError("The operation cannot be completed: Missing required value for the field '%s' (%s).\n"+
			"Model: '%s' (%s)\n- create/update: a mandatory field is not set\n"+
			"- delete: another model requires the record being deleted, you can archive it instead\n",
			f.Label, f.Name, t.Label, t.Name)
		return refused.inLoad(f.Name, strings.TrimPrefix(refused.Text, NotCompleted))
	}
	return UserError("The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"+
		"- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n"+
		"Model: %s (%s)\nField: %s (%s)\n", t.Label, t.Name, f.Label, f.Name).
		inLoad(f.Name, fmt.Sprintf("Missing required value for the field '%s' (%s)", f.Label, f.Name))
}

// CallWrite is Model.write.
func CallWrite(e *Env, t *Table, a Arguments) (any, error) {
	given, _ := a["vals"].(map[string]any)
	if t.Checked != "" && given[t.Checked] != nil && len(a.IDs()) > 0 && t.Rows[a.IDs()[0]] == nil {
		return nil, e.Missing(t.Model, a.IDs()[0])
	}
	records, err := e.Targets(t, a.IDs(), OpWrite)
	if err != nil {
		return nil, err
	}
	values, err := e.storedValues(t, given)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := e.Write(r, values); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// Targets returns the records for an operation. One that is gone or not allowed
// refuses them all.
func (e *Env) Targets(t *Table, wanted []int64, op Operation) ([]*Record, error) {
	if err := e.CheckModel(t, op); err != nil {
		return nil, err
	}
	var records []*Record
	for _, id := range wanted {
		r := t.Rows[id]
		switch {
		case r == nil && t.Lenient && e.Version < 20:
			continue
		case r == nil && t.Lenient:
			return nil, e.noRecordAccess(t.Model, wanted, op)
		case r == nil:
			return nil, e.Missing(t.Model, id)
		case t.Refusal == nil && !e.Allowed(r, OpRead):
			return nil, e.noRecordAccess(t.Model, wanted, OpRead)
		case !e.Allowed(r, op):
			return nil, e.noRecordAccess(t.Model, wanted, op)
		}
		records = append(records, r)
	}
	return records, nil
}

// Write changes values of one record.
func (e *Env) Write(r *Record, values map[string]any) error {
	t := r.Table
	changed := make(map[string]any, len(values))
	maps.Copy(changed, values)
	for name, v := range values {
		if f := t.fields[name]; f.Required && v == nil {
			return e.missingValue(t, f)
		}
	}
	if t.Updating != nil {
		if err := t.Updating(e, r, changed); err != nil {
			return err
		}
	}
	if err := e.checkUnique(t, r, changed); err != nil {
		return err
	}
	before := make(map[string]any, len(changed))
	for name, v := range changed {
		if commands, ok := v.(childCommands); ok {
			if err := e.changeChildren(r, t.fields[name], commands); err != nil {
				return err
			}
			continue
		}
		if f := t.fields[name]; f != nil {
			name = e.translated(f)
		}
		before[name] = r.Values[name]
		if commands, ok := v.(LinkCommands); ok {
			v = commands.link(before[name])
		}
		e.Set(r, name, v)
	}
	if len(changed) > 0 {
		e.Set(r, "write_date", e.Now)
		e.Set(r, "write_uid", e.User.ID)
	}
	if t.Updated != nil {
		return t.Updated(e, r, before)
	}
	return nil
}

// callUnlink is Model.unlink.
func callUnlink(e *Env, t *Table, a Arguments) (any, error) {
	records, err := e.Targets(t, a.IDs(), OpUnlink)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := e.Unlink(r); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// Unlink deletes a record with what hangs on it.
func (e *Env) Unlink(r *Record) error {
	if t := r.Table; t.Deleting != nil {
		if err := t.Deleting(e, r); err != nil {
			return err
		}
	}
	e.Remove(r)
	return nil
}

// callFieldsGet is Model.fields_get; unknown fields are left out.
func callFieldsGet(_ *Env, t *Table, a Arguments) (any, error) {
	wanted, attributes := a.Strings("allfields"), a.Strings("attributes")
	fields := xmlrpc.Object{}
	for _, name := range t.names {
		if len(wanted) > 0 && !slices.Contains(wanted, name) {
			continue
		}
		fields = fields.With(name, describe(t.fields[name], attributes))
	}
	return fields, nil
}

// describe returns the wanted attributes of a field; all without a wish.
func describe(f *Field, attributes []string) xmlrpc.Object {
	described := xmlrpc.Object{}
	add := func(name string, value any) {
		if len(attributes) == 0 || slices.Contains(attributes, name) {
			described = described.With(name, value)
		}
	}
	add("name", f.Name)
	add("readonly", f.Readonly || f.compute != nil)
	if f.Relation != "" {
		add("relation", f.Relation)
	}
	add("required", f.Required)
	if f.Kind == Selection {
		labels := []any{}
		for _, c := range f.Choices {
			labels = append(labels, []any{c.Value, c.Label})
		}
		add("selection", labels)
	}
	add("store", f.Via == "" && f.compute == nil)
	add("string", f.Label)
	add("type", string(f.Kind))
	return described
}

// callGetMetadata is Model.get_metadata; it tells external ids without any
// right on ir.model.data.
func callGetMetadata(e *Env, t *Table, a Arguments) (any, error) {
	found, err := e.readable(t, a.IDs())
	if err != nil {
		return nil, err
	}
	rows := []any{}
	for _, r := range found {
		row := xmlrpc.NewObject("id", r.ID)
		for _, name := range []string{"create_uid", "create_date", "write_uid", "write_date"} {
			row = row.With(name, e.Wire(r, t.fields[name]))
		}
		var xmlid any = false
		noupdate := false
		xmlids := []any{}
		for _, name := range e.ExternalNames(r) {
			x, _ := e.External(name)
			xmlid, noupdate = name, x.Noupdate
			xmlids = append(xmlids, xmlrpc.NewObject("xmlid", name, "noupdate", x.Noupdate))
		}
		rows = append(rows, row.With("xmlid", xmlid, "noupdate", noupdate, "xmlids", xmlids))
	}
	return rows, nil
}

// callCheckAccessRights is Model.check_access_rights, which 20 does not have.
func callCheckAccessRights(e *Env, t *Table, a Arguments) (any, error) {
	op, _ := a["operation"].(string)
	if e.Version >= 20 {
		return nil, e.NoMethod(t, "check_access_rights")
	}
	err := e.CheckModel(t, Operation(op))
	if err != nil && a["raise_exception"] != false {
		return nil, err
	}
	return err == nil, nil
}

// callHasAccess is Model.has_access.
func callHasAccess(e *Env, t *Table, a Arguments) (any, error) {
	op, _ := a["operation"].(string)
	if e.Version < 18 {
		return nil, e.NoMethod(t, "has_access")
	}
	if e.CheckModel(t, Operation(op)) != nil {
		return false, nil
	}
	for _, id := range a.IDs() {
		if r := t.Rows[id]; r != nil && !e.Allowed(r, Operation(op)) {
			return false, nil
		}
	}
	return true, nil
}
