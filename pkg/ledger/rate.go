package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Rate lets mails begin no faster than a person permits: package state counts those of
// all processes of this host. Several goroutines may use it.
type Rate interface {
	// Begin waits until a mail may begin, and counts it. If none may begin within the
	// time, it returns [ErrRate] at once. When ctx ends, it returns the cause.
	Begin(ctx context.Context, within time.Duration) error
	// Wait waits until a mail may begin, if nobody else begins one, and counts nothing.
	Wait(ctx context.Context) error
}

// ErrRate says that no mail may begin before what was read from Odoo is too old.
var ErrRate = fmt.Errorf("the rate permits no mail in time: %w", ErrStale)

// WaitForRate waits until the Rate may let a mail begin. What is read after that is not
// too old by then. A Courier without a Rate waits for nothing.
func (c *Courier) WaitForRate(ctx context.Context) error {
	if c.Rate == nil {
		return nil
	}
	return c.Rate.Wait(ctx)
}

// beginByRate waits until the Rate lets a mail begin that is about what may be acted on
// until freshUntil. An error of the Rate itself ends the delivery.
func (d *delivery) beginByRate(ctx context.Context) error {
	if d.Rate == nil {
		return nil
	}
	err := d.Rate.Begin(ctx, d.freshUntil.Sub(d.Clock()))
	if err != nil && !errors.Is(err, ErrRate) && ctx.Err() == nil {
		return d.stop(err)
	}
	if err != nil {
		return &notBegunError{err: err}
	}
	return nil
}
