package odoo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// callCreate is Model.create, of one record or of several.
func callCreate(e *env, t *table, a arguments) (any, error) {
	if one, ok := a["vals_list"].(map[string]any); ok {
		r, err := e.create(t, one)
		if err != nil {
			return nil, err
		}
		return r.id, nil
	}
	list, _ := a["vals_list"].([]any)
	created := make([]any, 0, len(list))
	for _, item := range list {
		values, _ := item.(map[string]any)
		r, err := e.create(t, values)
		if err != nil {
			return nil, err
		}
		created = append(created, r.id)
	}
	return created, nil
}

// create makes a record of the values of a call.
func (e *env) create(t *table, given map[string]any) (*record, error) {
	if err := e.checkModel(t, opCreate); err != nil {
		return nil, err
	}
	values, err := e.storedValues(t, given)
	if err != nil {
		return nil, err
	}
	if t.fields["active"] != nil && values["active"] == nil {
		values["active"] = true
	}
	if t.defaults != nil {
		if err := t.defaults(e, values); err != nil {
			return nil, err
		}
	}
	r, err := e.insertValues(t, values)
	if err != nil {
		return nil, err
	}
	if t.created != nil {
		if err := t.created(e, r, values); err != nil {
			return nil, err
		}
	}
	if !e.allowed(r, opCreate) {
		return nil, e.noRecordAccess(t.model, []int64{r.id}, opCreate)
	}
	return r, nil
}

// insertValues puts the values where they belong: into a new record, or into
// the one that the record shares fields with.
func (e *env) insertValues(t *table, values map[string]any) (*record, error) {
	own := map[string]any{}
	for name, v := range values {
		f := t.fields[name]
		if f == nil || f.via != "" || f.kind == one2many || v == nil {
			continue
		}
		own[name] = v
		if commands, ok := v.(linkCommands); ok {
			links, err := e.link(f, nil, commands)
			if err != nil {
				return nil, err
			}
			own[name] = links
		}
	}
	for _, name := range t.names {
		if f := t.fields[name]; f.required && !f.virtual() && own[name] == nil {
			return nil, e.missingValue(t, f)
		}
	}
	if err := e.checkUnique(t, nil, own); err != nil {
		return nil, err
	}
	r := e.insert(t, own)
	for name, v := range values {
		f := t.fields[name]
		if f != nil && f.via != "" {
			e.set(r, name, v)
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
func (e *env) storedValues(t *table, given map[string]any) (map[string]any, error) {
	values := make(map[string]any, len(given))
	for name, v := range given {
		f := t.fields[name]
		if f == nil {
			if e.db.version >= 19 {
				return nil, serverError("ValueError: Invalid field '%s' in '%s'", name, t.name)
			}
			return nil, serverError("ValueError: Invalid field '%s' on model '%s'", name, t.name)
		}
		if f.readonly || f.compute != nil {
			continue
		}
		if f.kind == one2many {
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
func (e *env) missingValue(t *table, f *field) error {
	if e.db.version >= 19 {
		refused := userError("The operation cannot be completed: Missing required value for the field '%s' (%s).\n"+
			"Model: '%s' (%s)\n- create/update: a mandatory field is not set\n"+
			"- delete: another model requires the record being deleted, you can archive it instead\n",
			f.label, f.name, t.label, t.name)
		return refused.inLoad(f.name, strings.TrimPrefix(refused.Text, notCompleted))
	}
	return userError("The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"+
		"- Delete: another model requires the record being deleted. If possible, archive it instead.\n\n"+
		"Model: %s (%s)\nField: %s (%s)\n", t.label, t.name, f.label, f.name).
		inLoad(f.name, fmt.Sprintf("Missing required value for the field '%s' (%s)", f.label, f.name))
}

// callWrite is Model.write.
func callWrite(e *env, t *table, a arguments) (any, error) {
	if err := e.checkModel(t, opWrite); err != nil {
		return nil, err
	}
	given, _ := a["vals"].(map[string]any)
	if t.checked != "" && given[t.checked] != nil && len(a.ids()) > 0 && t.rows[a.ids()[0]] == nil {
		return nil, e.missing(t.model, a.ids()[0])
	}
	records, err := e.targets(t, a.ids(), opWrite)
	if err != nil {
		return nil, err
	}
	values, err := e.storedValues(t, given)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := e.write(r, values); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// targets returns the records to change. One that is gone or not allowed
// refuses them all.
func (e *env) targets(t *table, wanted []int64, op operation) ([]*record, error) {
	var records []*record
	for _, id := range wanted {
		r := t.rows[id]
		switch {
		case r == nil && t.lenient:
			continue
		case r == nil:
			return nil, e.missing(t.model, id)
		case t.refusal == nil && !e.allowed(r, opRead):
			return nil, e.noRecordAccess(t.model, wanted, opRead)
		case !e.allowed(r, op):
			return nil, e.noRecordAccess(t.model, wanted, op)
		}
		records = append(records, r)
	}
	return records, nil
}

// write changes values of one record.
func (e *env) write(r *record, values map[string]any) error {
	t := r.table
	changed := make(map[string]any, len(values))
	maps.Copy(changed, values)
	for name, v := range values {
		if f := t.fields[name]; f.required && v == nil {
			return e.missingValue(t, f)
		}
	}
	if t.updating != nil {
		if err := t.updating(e, r, changed); err != nil {
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
		before[name] = r.values[name]
		if commands, ok := v.(linkCommands); ok {
			links, err := e.link(t.fields[name], before[name], commands)
			if err != nil {
				return err
			}
			v = links
		}
		e.set(r, name, v)
	}
	if len(changed) > 0 {
		e.set(r, "write_date", e.now)
		e.set(r, "write_uid", e.user.id)
	}
	if t.updated != nil {
		return t.updated(e, r, before)
	}
	return nil
}

// callUnlink is Model.unlink.
func callUnlink(e *env, t *table, a arguments) (any, error) {
	if err := e.checkModel(t, opUnlink); err != nil {
		return nil, err
	}
	records, err := e.targets(t, a.ids(), opUnlink)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := e.unlink(r); err != nil {
			return nil, err
		}
	}
	return true, nil
}

// unlink deletes a record with what hangs on it.
func (e *env) unlink(r *record) error {
	if t := r.table; t.deleting != nil {
		if err := t.deleting(e, r); err != nil {
			return err
		}
	}
	e.remove(r)
	return nil
}

// callFieldsGet is Model.fields_get; unknown fields are left out.
func callFieldsGet(_ *env, t *table, a arguments) (any, error) {
	wanted, attributes := a.strings("allfields"), a.strings("attributes")
	fields := object{}
	for _, name := range t.names {
		if len(wanted) > 0 && !slices.Contains(wanted, name) {
			continue
		}
		fields = fields.with(name, describe(t.fields[name], attributes))
	}
	return fields, nil
}

// describe returns the wanted attributes of a field; all without a wish.
func describe(f *field, attributes []string) object {
	described := object{}
	add := func(name string, value any) {
		if len(attributes) == 0 || slices.Contains(attributes, name) {
			described = described.with(name, value)
		}
	}
	add("name", f.name)
	add("readonly", f.readonly || f.compute != nil)
	if f.relation != "" {
		add("relation", f.relation)
	}
	add("required", f.required)
	if f.kind == selection {
		labels := []any{}
		for _, c := range f.choices {
			labels = append(labels, []any{c.value, c.label})
		}
		add("selection", labels)
	}
	add("store", f.via == "" && f.compute == nil)
	add("string", f.label)
	add("type", string(f.kind))
	return described
}

// callGetMetadata is Model.get_metadata; it tells external ids without any
// right on ir.model.data.
func callGetMetadata(e *env, t *table, a arguments) (any, error) {
	rows := []any{}
	for _, id := range a.ids() {
		r := t.rows[id]
		if r == nil {
			continue
		}
		row := newObject("id", r.id)
		for _, name := range []string{"create_uid", "create_date", "write_uid", "write_date"} {
			row = row.with(name, e.wire(r, t.fields[name], false))
		}
		var xmlid any = false
		noupdate := false
		xmlids := []any{}
		for _, name := range e.db.external.byRecord[r] {
			x := e.db.external.byName[name]
			xmlid, noupdate = name, x.noupdate
			xmlids = append(xmlids, newObject("xmlid", name, "noupdate", x.noupdate))
		}
		rows = append(rows, row.with("xmlid", xmlid, "noupdate", noupdate, "xmlids", xmlids))
	}
	return rows, nil
}

// callCheckAccessRights is Model.check_access_rights.
func callCheckAccessRights(e *env, t *table, a arguments) (any, error) {
	op, _ := a["operation"].(string)
	err := e.checkModel(t, operation(op))
	if err != nil && a["raise_exception"] != false {
		return nil, err
	}
	return err == nil, nil
}

// callHasAccess is Model.has_access.
func callHasAccess(e *env, t *table, a arguments) (any, error) {
	op, _ := a["operation"].(string)
	if e.db.version < 18 {
		return nil, e.noMethod(t, "has_access")
	}
	if e.checkModel(t, operation(op)) != nil {
		return false, nil
	}
	for _, id := range a.ids() {
		if r := t.rows[id]; r != nil && !e.allowed(r, operation(op)) {
			return false, nil
		}
	}
	return true, nil
}
