// Package clock tells the time by the clock of another host, which its answers carry.
package clock

import (
	"sync"
	"time"
)

// Clock calculates Odoo's time from this host's wall clock and the difference
// between the two at Odoo's last answer.
type Clock struct {
	// Local is the clock of this host.
	Local func() time.Time

	mu     sync.Mutex
	offset time.Duration
	set    bool
}

// Wall is this host's time without the monotonic reading, which stands still
// while the machine is suspended.
func (c *Clock) Wall() time.Time { return c.Local().Round(0) }

// Observe notes what Odoo's clock said when this host's said at.
func (c *Clock) Observe(odoo, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.set = odoo.Sub(at), true
}

// Observed tells whether Odoo's clock said anything yet.
func (c *Clock) Observed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set
}

// Apart is how much later it is by Odoo's clock.
func (c *Clock) Apart() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Now is the time by Odoo's clock, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Wall().Add(c.offset).UTC()
}
