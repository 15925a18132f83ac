package gateway

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// slowSearch is how long a search takes if it pays to spare the next run some of it.
const slowSearch = 2 * time.Second

// Looked returns how far messages were looked at, for the next run: [Gateway.Shared] reads
// it from records of last runs, if no other user changed them.
func (g *Gateway) Looked() crm.Looked { return g.looked }

// learnLooked learns how far messages were looked at, if it is the record of a last run.
func (g *Gateway) learnLooked(a stateAttachment) {
	var record struct {
		Looked crm.Looked `json:"looked"`
	}
	isRun := strings.HasPrefix(a.key, crm.LastRunPrefix)
	if isRun && g.ours.HasUser(a.writer) && json.Unmarshal([]byte(a.value), &record) == nil {
		g.looked = g.looked.Join(record.Looked)
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
