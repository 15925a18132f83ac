package odoo

import (
	"maps"
	"slices"
)

// childCommands say how to change the records of a one2many: (0, 0, values)
// creates one, (1, id, values) changes one, (2, id) deletes one, (4, id) takes
// one over.
type childCommands []any

// childCommands returns the commands in a value of a call; nil when the field
// does not follow a many2one back, and such a value changes nothing.
func (e *env) childCommands(f *field, v any) childCommands {
	if e.table(f.relation).fields[f.inverse].kind != many2one {
		return nil
	}
	commands, _ := v.([]any)
	return commands
}

// changeChildren carries out the commands of a one2many.
func (e *env) changeChildren(r *record, f *field, commands childCommands) error {
	t := e.table(f.relation)
	for _, c := range commands {
		command, _ := c.([]any)
		command = append(slices.Clone(command), nil, nil, nil) // missing parts are absent
		values, _ := command[2].(map[string]any)
		var err error
		switch command[0] {
		case int64(0):
			_, err = e.create(t, withValue(values, f.inverse, r.id))
		case int64(1):
			_, err = callWrite(e, t, arguments{"ids": command[1], "vals": values})
		case int64(2):
			_, err = callUnlink(e, t, arguments{"ids": command[1]})
		case int64(4):
			_, err = callWrite(e, t, arguments{"ids": command[1], "vals": map[string]any{f.inverse: r.id}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withValue returns the values with one more.
func withValue(values map[string]any, name string, v any) map[string]any {
	more := make(map[string]any, len(values)+1)
	maps.Copy(more, values)
	more[name] = v
	return more
}

// inOrder sorts ids, which are ascending, as a search would find them.
func (e *env) inOrder(t *table, found []int64) []int64 {
	if t.order == "id" || len(found) < 2 {
		return found
	}
	records := make([]*record, len(found))
	for i, id := range found {
		records[i] = t.rows[id]
	}
	if e.sort(t, records, t.order) != nil { // only a schema with an impossible order
		return found
	}
	for i, r := range records {
		found[i] = r.id
	}
	return found
}

// uniqueField is a field of which no two records may have the same value, and
// what Odoo says to the second.
type uniqueField struct{ name, sentence string }

// checkUnique refuses values that another record has already. The record is
// nil before it is made.
func (e *env) checkUnique(t *table, r *record, values map[string]any) error {
	for _, u := range t.unique {
		v := values[u.name]
		if v == nil {
			continue
		}
		for _, id := range t.indexes[u.name][v] {
			if r == nil || id != r.id {
				return e.notUnique(t, u)
			}
		}
	}
	return nil
}

// notUnique says that a value is taken.
func (e *env) notUnique(t *table, u uniqueField) error {
	said := u.sentence
	if e.db.version < 19 {
		const taken = "The value for the field '%s' already exists (this is probably '%s' in the current model)."
		said = userError(taken, u.name, t.fields[u.name].label).Text
	}
	return userError("%s%s", notCompleted, u.sentence).inLoad(u.name, said)
}
