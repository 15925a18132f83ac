package odoo

import (
	"context"
	"slices"
	"sync"
	"time"
)

// freshness is how old a reading over JSON-2 may be. A server with a replica of its
// database (db_replica_host) lets these calls read there, and the replica may be behind.
// It shows changes in the order in which they were made: once it shows one of this
// client's, it shows all that was changed before.
type freshness struct {
	mu sync.Mutex
	// changed is the last change, seen the last one that a reading showed.
	changed, seen Change
	fence         func(context.Context) error
}

// Change is something that a client changed in Odoo.
type Change struct {
	number int
	// at is this host's wall clock before it.
	at time.Time
}

// fromReplica tells whether a server may let a method read from a replica
// (odoo/orm/decorators.py, api.readonly).
func fromReplica(method string) bool {
	return slices.Contains([]string{"search_read", "search", "search_count", "read", "web_read"}, method)
}

// changesNothing tells whether a method only reads, though not from a replica.
func changesNothing(method string) bool {
	return slices.Contains([]string{"fields_get", "get_metadata", "has_access", "check_access_rights", "context_get"}, method)
}

// Fence sets what [Client.CatchUp] does: it changes something with a call of its own,
// reads until that shows, and calls [Client.Seen]. All reading in it is [Request.Aside].
func (c *Client) Fence(f func(context.Context) error) { c.fresh.fence = f }

// CatchUp waits until readings are not older than this moment. Over XML-RPC they never
// are. A call that reads does the same first if this client changed something that no
// reading showed yet.
func (c *Client) CatchUp(ctx context.Context) error {
	if c.API() == XMLRPC || c.fresh.fence == nil {
		return nil
	}
	return c.fresh.fence(ctx)
}

// Changed returns the last change.
func (c *Client) Changed() Change {
	c.fresh.mu.Lock()
	defer c.fresh.mu.Unlock()
	return c.fresh.changed
}

// Seen says that a reading showed the change.
func (c *Client) Seen(change Change) {
	c.fresh.mu.Lock()
	defer c.fresh.mu.Unlock()
	if change.number > c.fresh.seen.number {
		c.fresh.seen = change
	}
}

// MayBeStale tells whether a reading may not show what this client changed.
func (c *Client) MayBeStale() bool {
	c.fresh.mu.Lock()
	defer c.fresh.mu.Unlock()
	return c.API() == JSON2 && c.fresh.changed.number > c.fresh.seen.number
}

// Behind returns by how much what is read now may be older than now; 0 if it cannot be
// older, or this client made no change by which it could tell.
func (c *Client) Behind() time.Duration {
	c.fresh.mu.Lock()
	defer c.fresh.mu.Unlock()
	if c.API() == XMLRPC || c.fresh.seen.number == 0 {
		return 0
	}
	return max(0, c.clock.Wall().Sub(c.fresh.seen.at))
}

// order notes a change, and lets a reading wait for those before it.
func (c *Client) order(ctx context.Context, r Request) error {
	switch {
	case c.API() == XMLRPC, r.Aside, changesNothing(r.Method):
	case !fromReplica(r.Method):
		c.fresh.mu.Lock()
		c.fresh.changed = Change{number: c.fresh.changed.number + 1, at: c.clock.Wall()}
		c.fresh.mu.Unlock()
	case c.MayBeStale():
		return c.CatchUp(ctx)
	}
	return nil
}
