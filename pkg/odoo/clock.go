package odoo

import (
	"context"
	"sync"
	"time"
)

// sleep waits for d, or until the context ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// clock tells Odoo's time from this host's wall clock and how far the two
// were apart at Odoo's last answer.
type clock struct {
	local func() time.Time

	mu     sync.Mutex
	offset time.Duration
	set    bool
}

// wall is this host's time without the monotonic reading, which stands still
// while the machine is suspended.
func (c *clock) wall() time.Time { return c.local().Round(0) }

// observe notes what Odoo's clock said when this host's said at.
func (c *clock) observe(odoo, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.set = odoo.Sub(at), true
}

func (c *clock) observed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall().Add(c.offset).UTC()
}
