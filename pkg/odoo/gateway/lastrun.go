package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// SaveLastRun writes when a command last ran, in one call. No reading has to wait for it.
func (g *Gateway) SaveLastRun(ctx context.Context, command, text string) error {
	key := crm.LastRunKey(command)
	id, known := g.lastRuns[key]
	if !known {
		return g.makeLastRun(ctx, key, text)
	}
	err := recordset.Change(ctx, g.client, odoo.Request{
		Model: attachmentModel, Method: "write", Args: []any{[]int64{id}, map[string]any{"description": text}}, Aside: true,
	}, 1)
	if odoo.IsKind(err, odoo.MissingRecord) {
		return g.makeLastRun(ctx, key, text) // Somebody deleted it.
	}
	return err
}

// makeLastRun is SaveLastRun for a command that nothing stands there about.
func (g *Gateway) makeLastRun(ctx context.Context, key, text string) error {
	_, err := g.share(ctx, map[string]string{key: text})
	return err
}

// LastRun returns what stands there now about a command; empty if nothing does.
func (g *Gateway) LastRun(ctx context.Context, command string) (string, error) {
	key := crm.LastRunKey(command)
	texts, err := g.sharedTexts(ctx, []string{key})
	return texts[key].text, err
}
