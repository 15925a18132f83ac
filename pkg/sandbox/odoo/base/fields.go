package base

import (
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// fieldsModel is ir.model.fields: an administrator adds fields to other models
// with it.
func fieldsModel() orm.Model {
	return orm.Model{
		Name: "ir.model.fields", Label: "Fields", Keeper: orm.RightsKeeper,
		Created: func(e *orm.Env, r *orm.Record, _ map[string]any) error {
			owner := e.Follow(r, "model_id")
			name := e.Text(r, "name")
			if owner == nil || !strings.HasPrefix(name, "x_") {
				return orm.UserError("Custom fields must have a name that starts with 'x_'!")
			}
			target := e.Table(e.Text(owner, "model"))
			if target.Field(name) != nil {
				return orm.UserError("Field names must be unique per model")
			}
			target.AddField(orm.Field{Name: name, Label: e.Text(r, "field_description"), Kind: orm.Kind(e.Text(r, "ttype"))})
			return nil
		},
		Fields: []orm.Field{
			{Name: "name", Label: "Field Name", Kind: orm.Char, Required: true},
			{Name: "field_description", Label: "Field Label", Kind: orm.Char},
			{Name: "model_id", Label: "Model", Kind: orm.Many2one, Relation: "ir.model", Required: true},
			{Name: "ttype", Label: "Field Type", Kind: orm.Selection, Required: true},
			{Name: "state", Label: "Type", Kind: orm.Selection},
		},
	}
}
