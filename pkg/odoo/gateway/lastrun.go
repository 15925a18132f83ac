package gateway

import (
	"context"
	"encoding/json"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// slowSearch is how long a search takes if it pays to spare the next run some of it.
const slowSearch = 2 * time.Second

// Looked returns how far messages were looked at, for the next run: [Gateway.Shared] reads
// it from records of last runs, if no other user changed them.
func (g *Gateway) Looked() crm.Looked { return g.looked }

// Shared is [shared.State.Shared]. It learns how far messages were looked at, what is known
// of conversions and reactivated opportunities, and whether there are opt-outs.
func (g *Gateway) Shared(ctx context.Context) (map[string]string, error) {
	state, err := g.State.Shared(ctx)
	if err != nil {
		return nil, err
	}
	for _, text := range g.OwnLastRuns() {
		var record struct {
			Looked      crm.Looked      `json:"looked"`
			Conversions crm.Conversions `json:"conversions"`
			Reactivated crm.Reactivated `json:"reactivated"`
		}
		if json.Unmarshal([]byte(text), &record) == nil {
			g.looked = g.looked.Join(record.Looked)
			g.conversions = g.conversions.Join(record.Conversions, g.user, g.Now())
			g.reactivated = g.reactivated.Join(record.Reactivated, g.Now())
		}
	}
	_, optOuts := state[crm.OptOutsKey]
	g.KnowOptOuts(optOuts)
	return state, nil
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
