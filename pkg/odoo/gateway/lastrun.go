package gateway

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// slowSearch is how long a search takes if it pays to spare the next run some of it.
const slowSearch = 2 * time.Second

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

// Looked returns how far messages were looked at, for the next run: [Gateway.Shared] reads
// it from records of last runs, if no other user changed them.
func (g *Gateway) Looked() crm.Looked { return g.looked }

// learnLooked learns how far messages were looked at, and what is known of conversions, if
// it is the record of a last run.
func (g *Gateway) learnLooked(a stateAttachment) {
	var record struct {
		Looked      crm.Looked      `json:"looked"`
		Conversions crm.Conversions `json:"conversions"`
	}
	isRun := strings.HasPrefix(a.key, crm.LastRunPrefix)
	if isRun && g.ours.HasUser(a.writer) && json.Unmarshal([]byte(a.value), &record) == nil {
		g.looked = g.looked.Join(record.Looked)
		g.conversions = g.conversions.Join(record.Conversions, g.user, g.Now())
	}
}

// note notes what a search found that began at some time: the open claims of a kind, and
// what only looks like them. After a slow search it also notes the newest message, so
// that a later one can be faster; if that cannot be read, a later one is as slow.
func (g *Gateway) note(ctx context.Context, kind crm.EntryKind, open []crm.EntryID, began, full time.Time) {
	g.looked = g.looked.WithMark(kind, open, began, full)
	if g.Now().Sub(began) < g.slow || !g.looked.NeedsPoint(began) {
		return
	}
	if newest, err := g.NewestMessage(ctx); err == nil && newest != 0 {
		g.looked = g.looked.WithPoint(crm.Point{ID: newest, At: g.Now()})
	}
}
