package odoo

import (
	"context"
	"sync"
	"time"
)

// How far the clocks of Odoo and this host may differ: without a warning, and at
// all. Records are dated by Odoo's clock, but reports, logs and schedules by this
// host's; and a clock that is wrong by half a day is often wrong by years.
const (
	maxUnsaid = 5 * time.Minute
	maxApart  = 12 * time.Hour
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

// clock calculates Odoo's time from this host's wall clock and the difference
// between the two at Odoo's last answer.
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

// apart is how much later it is by Odoo's clock.
func (c *clock) apart() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall().Add(c.offset).UTC()
}
