package base

import (
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// fieldsModel is ir.model.fields: an administrator adds fields to other models
// with it.
func fieldsModel(version int) *orm.Model {
	return orm.NewModel(orm.Model{
		Name: "ir.model.fields", Label: "Fields", Keeper: orm.RightsKeeper,
		Created: func(e *orm.Env, r *orm.Record, _ map[string]any) error {
			owner := e.Follow(r, "model_id")
			name := e.Text(r, "name")
			if owner == nil || !strings.HasPrefix(name, "x_") {
				return orm.UserError("Custom fields must have a name that starts with 'x_'!")
			}
			target := e.Table(e.Text(owner, "model"))
			if target.Fields[name] != nil {
				return orm.UserError("Field names must be unique per model")
			}
			target.Fields[name] = &orm.Field{Name: name, Label: e.Text(r, "field_description"), Kind: orm.Kind(e.Text(r, "ttype"))}
			target.Names = append(target.Names, name)
			return nil
		},
	}, version,
		orm.Field{Name: "name", Label: "Field Name", Kind: orm.Char, Required: true},
		orm.Field{Name: "field_description", Label: "Field Label", Kind: orm.Char},
		orm.Field{Name: "model_id", Label: "Model", Kind: orm.Many2one, Relation: "ir.model", Required: true},
		orm.Field{Name: "ttype", Label: "Field Type", Kind: orm.Selection, Required: true},
		orm.Field{Name: "state", Label: "Type", Kind: orm.Selection},
	)
}
