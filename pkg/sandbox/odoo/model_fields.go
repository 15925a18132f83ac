package odoo

import "strings"

// fieldsModel is ir.model.fields: an administrator adds fields to other models
// with it.
func fieldsModel(version int) *model {
	return newModel(model{
		name: "ir.model.fields", label: "Fields", keeper: rightsKeeper,
		created: func(e *env, r *record, _ map[string]any) error {
			owner := e.follow(r, "model_id")
			name := e.text(r, "name")
			if owner == nil || !strings.HasPrefix(name, "x_") {
				return userError("Custom fields must have a name that starts with 'x_'!")
			}
			target := e.table(e.text(owner, "model"))
			if target.fields[name] != nil {
				return userError("Field names must be unique per model")
			}
			target.fields[name] = &field{name: name, label: e.text(r, "field_description"), kind: kind(e.text(r, "ttype"))}
			target.names = append(target.names, name)
			return nil
		},
	}, version,
		field{name: "name", label: "Field Name", kind: char, required: true},
		field{name: "field_description", label: "Field Label", kind: char},
		field{name: "model_id", label: "Model", kind: many2one, relation: "ir.model", required: true},
		field{name: "ttype", label: "Field Type", kind: selection, required: true},
		field{name: "state", label: "Type", kind: selection},
	)
}
