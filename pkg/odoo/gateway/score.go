package gateway

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// Field is a field of a model, as far as crm-tool needs to know it.
type Field struct {
	// Type is in Odoo's words: float, integer, char.
	Type string
	// Writable says that a value can be kept in it.
	Writable bool
}

// LeadFields returns the fields of opportunities by their technical names.
func (g *Gateway) LeadFields(ctx context.Context) (map[string]Field, error) {
	described, err := recordset.Describe(ctx, g.client, leadModel, nil, "type", "store", "readonly")
	fields := make(map[string]Field, len(described))
	for name, r := range described {
		fields[name] = Field{Type: r.Text("type"), Writable: r.Bool("store") && !r.Bool("readonly")}
		if r.Err != nil {
			return nil, fmt.Errorf("read the field %s: %w", name, r.Err)
		}
	}
	return fields, err
}

// Mark puts a mark on those of the opportunities that exist.
func (g *Gateway) Mark(ctx context.Context, ids []crm.OpportunityID, mark crm.Mark) error {
	values := map[string]any{}
	if mark.Field != "" {
		values[mark.Field] = mark.Score
	}
	var tags []any
	for _, tag := range mark.Remove {
		tags = append(tags, []any{recordset.CommandUnlink, tag, 0})
	}
	for _, tag := range mark.Add {
		tags = append(tags, []any{recordset.CommandLink, tag, 0})
	}
	if len(tags) > 0 {
		values["tag_ids"] = tags
	}
	if len(values) == 0 {
		return nil
	}
	return recordset.ChangeExisting(ctx, g.client, leadModel, ids, func(ids []crm.OpportunityID) error { return g.writeQuietly(ctx, ids, values) })
}
