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
		values, given := command[2].(map[string]any)
		if !given {
			values = map[string]any{}
		}
		var err error
		switch command[0] {
		case int64(0):
			values = maps.Clone(values)
			values[f.Inverse] = r.ID
			_, err = e.Create(t, values)
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
		for _, other := range t.Find(u.Name, v) {
			if other != r {
				return e.notUnique(t, u)
			}
		}
	}
	return nil
}

// notUnique says that a value is taken.
func (e *Env) notUnique(t *Table, u UniqueField) error {
	said := u.Sentence
	if e.Version < 19 {
		const taken = "The value for the field '%s' already exists (this is probably '%s' in the current model)."
		said = UserError(taken, u.Name, t.fields[u.Name].Label).Text
	}
	return UserError("%s%s", NotCompleted, u.Sentence).inLoad(u.Name, said)
}
