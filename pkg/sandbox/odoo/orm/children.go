package orm

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
func (e *Env) childCommands(f *Field, v any) childCommands {
	if e.Table(f.Relation).fields[f.Inverse].Kind != Many2one {
		return nil
	}
	commands, _ := v.([]any)
	return commands
}

// changeChildren carries out the commands of a one2many.
func (e *Env) changeChildren(r *Record, f *Field, commands childCommands) error {
	t := e.Table(f.Relation)
	for _, c := range commands {
		command, _ := c.([]any)
		command = append(slices.Clone(command), nil, nil, nil) // missing parts are absent
		values, _ := command[2].(map[string]any)
		var err error
		switch command[0] {
		case int64(0):
			_, err = e.Create(t, withValue(values, f.Inverse, r.ID))
		case int64(1):
			_, err = CallWrite(e, t, Arguments{"ids": command[1], "vals": values})
		case int64(2):
			_, err = callUnlink(e, t, Arguments{"ids": command[1]})
		case int64(4):
			_, err = CallWrite(e, t, Arguments{"ids": command[1], "vals": map[string]any{f.Inverse: r.ID}})
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
func (e *Env) inOrder(t *Table, found []int64) []int64 {
	if t.Order == "id" || len(found) < 2 {
		return found
	}
	records := make([]*Record, len(found))
	for i, id := range found {
		records[i] = t.Rows[id]
	}
	if e.sort(t, records, t.Order) != nil { // only a schema with an impossible order
		return found
	}
	for i, r := range records {
		found[i] = r.ID
	}
	return found
}

// UniqueField is a field of which no two records may have the same value, and
// what Odoo says to the second.
type UniqueField struct{ Name, Sentence string }

// checkUnique refuses values that another record has already. The record is
// nil before it is made.
func (e *Env) checkUnique(t *Table, r *Record, values map[string]any) error {
	for _, u := range t.Unique {
		v := values[u.Name]
		if v == nil {
			continue
		}
		for _, id := range t.indexes[u.Name][v] {
			if r == nil || id != r.ID {
				return e.notUnique(t, u)
			}
		}
	}
	return nil
}

// notUnique says that a value is taken.
func (e *Env) notUnique(t *Table, u UniqueField) error {
	said := u.Sentence
	if e.DB.Version < 19 {
		const taken = "The value for the field '%s' already exists (this is probably '%s' in the current model)."
		said = UserError(taken, u.Name, t.fields[u.Name].Label).Text
	}
	return UserError("%s%s", NotCompleted, u.Sentence).inLoad(u.Name, said)
}
