package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	// patience is how long a replica of Odoo's database may be behind. A mail begins at
	// most 50 seconds after what it is about was up to date.
	patience = 40 * time.Second
	// firstLook and longestLook are the pauses between looks at a replica.
	firstLook   = 100 * time.Millisecond
	longestLook = time.Second
	// current is how old what is read may be before [Gateway.Behind] lets it catch up.
	current = 5 * time.Second
)

// CatchUp waits until what is read is not older than this moment, and tells whether that
// was needed: not over XML-RPC. It writes an attachment, and removes it.
func (g *Gateway) CatchUp(ctx context.Context) (needed bool, err error) {
	return g.client.API() == odoo.JSON2, g.client.CatchUp(ctx)
}

// Behind returns by how much what is read now may be older than now, at most some
// seconds unless a replica is behind by more.
func (g *Gateway) Behind(ctx context.Context) (time.Duration, error) {
	if g.client.Behind() > current {
		if err := g.client.CatchUp(ctx); err != nil {
			return 0, err
		}
	}
	return g.client.Behind(), nil
}

// fence is [odoo.Client.Fence] with the attachment that compares clocks.
func (g *Gateway) fence(ctx context.Context) error {
	own, err := g.mark(ctx)
	if err != nil {
		return err
	}
	_, marks, err := g.readMark(ctx, own)
	if err == nil {
		_ = g.unmark(ctx, marks) // One that is left goes with a later one.
	}
	return err
}

// await looks until an index is not negative. Over XML-RPC it looks once: what was written
// and is not there was deleted.
func (g *Gateway) await(ctx context.Context, look func() (int, error)) (int, error) {
	waited := time.Duration(0)
	for pause := firstLook; ; pause = min(2*pause, longestLook) {
		i, err := look()
		if err != nil || i >= 0 {
			return i, err
		}
		if g.client.API() == odoo.XMLRPC {
			return i, recordset.ErrVanished
		}
		if waited >= patience {
			return i, &odoo.Error{
				Kind: odoo.Temporary, Step: "read what was written",
				Message: fmt.Sprintf("Odoo does not show after %s what crm-tool wrote: the replica from which it reads is behind", patience),
				Cure:    "see why the database of db_replica_host in Odoo's configuration is behind, or set odoo.api to xmlrpc",
			}
		}
		if err := g.client.Sleep(ctx, pause); err != nil {
			return i, err
		}
		waited += pause
	}
}
