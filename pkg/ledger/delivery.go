package ledger

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Delivery is mails that a run has claimed: [Delivery.Send] sends them, or
// [Delivery.Release] gives their claims back. One of both is called, once.
type Delivery struct {
	of *delivery
	// won are the mails to send. If err is set, there are none: the run cannot go on.
	won []slot
	err error
}

// Deliver claims mails and sends them: see [Courier.Claim] and [Delivery.Send].
func (c *Courier) Deliver(ctx context.Context, mails []Mail, freshUntil time.Time) ([]Result, error) {
	return c.Claim(ctx, mails).Send(ctx, freshUntil)
}

// Claim claims mails, those with a further claim or a turn only if it gets all of them.
// It may be called while the Delivery that was claimed last is being sent, if that is
// then sent or released to its end first: entries are sent in the order of their ids.
//
// Another goroutine may read meanwhile.
func (c *Courier) Claim(ctx context.Context, mails []Mail) (claimed *Delivery) {
	d := &delivery{Courier: c, mails: slices.Clone(mails), results: make([]Result, len(mails))}
	claimed = &Delivery{of: d}
	if len(mails) == 0 {
		return claimed
	}
	defer func() {
		if value := recover(); value != nil {
			result := d.panicked(value, false)
			for i := range d.results {
				d.results[i] = result
			}
			claimed.err = d.fatal
		}
	}()
	settling, done := Grace(ctx, settleGrace)
	defer done()
	won, err := d.claim(ctx, settling)
	if err != nil {
		for i := range d.results {
			d.results[i] = Result{Outcome: NotBegun, Err: err}
		}
		claimed.err = err
		return claimed
	}
	if won, err = d.queue(settling, won); err != nil {
		claimed.err = err
		return claimed
	}
	if err := d.compareClocks(won); err != nil {
		d.skip(won, err)
		claimed.err = errors.Join(err, d.settle(settling, won))
		return claimed
	}
	claimed.won = won
	return claimed
}

// Send sends the mails whose claims were won, and settles them. No mail is begun after
// freshUntil, by the Courier's Clock. Every mail gets a Result. An error means that the
// run cannot go on: Odoo is lost, or the mail server refuses everything.
//
// A client whom the server refuses without a reason is noted as refused if the
// server takes others after that and has not said the same of another one in this
// run. If it takes nobody after a refusal, it refuses everything, and marks nobody.
func (c *Delivery) Send(ctx context.Context, freshUntil time.Time) (results []Result, err error) {
	d, won := c.of, c.won
	if c.err != nil || len(won) == 0 {
		return d.results, c.err
	}
	defer func() {
		if value := recover(); value != nil {
			d.panicked(value, false)
			results, err = d.results, d.fatal
		}
	}()
	d.freshUntil = freshUntil
	inHand, release := Grace(ctx, handGrace)
	defer release()
	settling, done := Grace(ctx, settleGrace)
	defer done()
	var sent []slot
	for len(won) > 0 {
		batch := won[:min(BatchSize, len(won))]
		if err := d.mayBegin(ctx, batch[0].entry); err != nil {
			// No more mails will be begun, so all claims are released at once.
			batch = won
			d.skip(batch, err)
		} else {
			d.sendBatch(ctx, inHand, batch)
		}
		won = won[len(batch):]
		for _, s := range batch {
			if d.results[s.index].Outcome == Sent {
				sent = append(sent, s)
			}
		}
		if err := d.settle(settling, batch); err != nil {
			d.giveUp(won, err)
			// If this fails too, the claims die and count as unsent then.
			_ = d.settle(settling, won)
			break
		}
	}
	if err := errors.Join(d.judge(ctx, settling), d.verify(settling, sent)); err != nil {
		d.giveUp(nil, err)
	}
	return d.results, d.fatal
}

// Err says why the mails cannot be sent: Odoo was lost as they were claimed.
func (c *Delivery) Err() error {
	if c == nil {
		return nil
	}
	return c.err
}

// Release gives the claims back, of which no mail was begun. An error means that Odoo is
// lost; then the claims die, and count as unsent.
func (c *Delivery) Release(ctx context.Context, why error) ([]Result, error) {
	settling, done := Grace(ctx, settleGrace)
	defer done()
	c.of.skip(c.won, why)
	return c.of.results, c.of.settle(settling, c.won)
}

// Rewrote tells whether Send wrote entries again that somebody had deleted. Then they
// are newer than those of a Delivery that was claimed meanwhile, and confirmed: after
// this run's death all of that one would be uncertain. So it is to be released.
func (c *Delivery) Rewrote() bool { return c.of.rewrote }
