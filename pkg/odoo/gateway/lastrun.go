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
	done, err := g.rewrite(ctx, key, text, true)
	if err == nil && !done {
		_, err = g.share(ctx, map[string]string{key: text})
	}
	return err
}

// rewrite writes a key of the shared state where it stands. It does nothing if the key
// does not stand there, or somebody deleted it.
func (g *Gateway) rewrite(ctx context.Context, key, text string, aside bool) (done bool, err error) {
	id, known := g.stands[key]
	if !known {
		return false, nil
	}
	err = recordset.Change(ctx, g.client, odoo.Request{
		Model: attachmentModel, Method: "write", Args: []any{[]int64{id}, map[string]any{"description": text}}, Aside: aside,
	}, 1)
	if odoo.IsKind(err, odoo.MissingRecord) {
		return false, nil
	}
	return err == nil, err
}

// LastRun returns what stands there now about a command; empty if nothing does.
func (g *Gateway) LastRun(ctx context.Context, command string) (string, error) {
	key := crm.LastRunKey(command)
	texts, err := g.sharedTexts(ctx, []string{key})
	return texts[key].text, err
}
