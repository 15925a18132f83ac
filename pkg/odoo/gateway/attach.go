package gateway

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// attachment is a text that is attached to a record, once for its external id.
type attachment struct {
	externalID, name, text string
	model                  string
	on                     int64
}

// attach makes the attachments that do not exist.
func (g *Gateway) attach(ctx context.Context, list ...attachment) ([]odoo.Loaded, error) {
	rows, err := g.ours.Hide(ctx, attachmentRows(list))
	if err != nil {
		return nil, err
	}
	return g.loadAttachments(ctx, rows)
}

func attachmentRows(list []attachment) [][]string {
	rows := make([][]string, len(list))
	for i, a := range list {
		rows[i] = []string{a.externalID, a.name, a.text, a.model, fmt.Sprint(a.on)}
	}
	return rows
}

func (g *Gateway) loadAttachments(ctx context.Context, rows [][]string) ([]odoo.Loaded, error) {
	return g.client.Load(ctx, attachmentModel, []string{"id", "name", "description", "res_model", "res_id"}, rows, nil)
}
