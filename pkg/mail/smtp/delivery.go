package smtp

import (
	"context"
	"errors"
	"fmt"
	"slices"

	gosmtp "github.com/emersion/go-smtp"
)

// delivery is one mail on its way, over one connection or, when the first is
// lost before anything was sent, another.
type delivery struct {
	from, to string
	// cc are the copies that are still to be offered to the server.
	cc    []string
	raw   []byte
	begin func() error
	// begun says that begin was called: from there on nothing is repeated.
	begun bool
	// refused are the copies that will get none, with the server's words;
	// shunned those of them that are not to be offered again.
	refused, shunned []string
	// left says that a copy was shunned on the last connection.
	left bool
}

// again reports whether the mail is to be tried on another connection after it
// failed on c.
func (d *delivery) again(c *session) bool {
	return c.broken && !d.begun && (c.reused || d.left)
}

// deliver sends the mail on this session. After an error the session is ready
// for the next mail, or broken.
func (c *session) deliver(ctx context.Context, d *delivery) error {
	c.mails++
	d.refused, d.left = slices.Clone(d.shunned), false
	if c.maxSize > 0 && len(d.raw) > c.maxSize {
		return &Error{Stage: StageMail, Err: fmt.Errorf("%w: it has %d bytes, the limit is %d", ErrTooLarge, len(d.raw), c.maxSize)}
	}
	if err := c.announce(ctx, d); err != nil {
		c.reset(ctx)
		return err
	}
	accepted, err := c.offerCopies(ctx, d)
	if err != nil {
		return err
	}
	d.begun = true
	if err := d.begin(); err != nil {
		c.reset(ctx)
		return fmt.Errorf("hold the mail back: %w", err)
	}
	err = c.data(ctx, d.raw)
	if e, ok := errors.AsType[*Error](err); ok {
		e.Recipients = 1 + accepted
	}
	return err
}

// announce names the sender and the client.
func (c *session) announce(ctx context.Context, d *delivery) error {
	err := c.step(ctx, StageMail, c.options.Timeout, func() error {
		return c.client.Mail(d.from, &gosmtp.MailOptions{Size: int64(len(d.raw))})
	})
	if err != nil {
		return err
	}
	return c.recipient(ctx, d.to)
}

func (c *session) recipient(ctx context.Context, mailbox string) error {
	err := c.step(ctx, StageRcpt, c.options.Timeout, func() error { return c.client.Rcpt(mailbox, nil) })
	if e, ok := errors.AsType[*Error](err); ok {
		e.Recipients = 1
	}
	return err
}

// offerCopies names the copies' recipients and returns how many the server
// takes. One that it refuses does not matter to the client's mail. If it hangs
// up on one, that one is left out on the next connection.
func (c *session) offerCopies(ctx context.Context, d *delivery) (accepted int, err error) {
	for i, cc := range d.cc {
		err := c.recipient(ctx, cc)
		if err == nil {
			accepted++
			continue
		}
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code == 0 {
			return 0, err
		}
		d.refused = append(d.refused, cc+": "+e.Reply())
		if !c.broken {
			continue
		}
		if !c.reused {
			d.shunned = append(d.shunned, cc+": "+e.Reply())
			d.cc = slices.Delete(slices.Clone(d.cc), i, i+1)
			d.left = true
		}
		return 0, err
	}
	return accepted, nil
}

// data sends the mail itself. Until the end of the data is written the server
// has nothing it may deliver.
func (c *session) data(ctx context.Context, raw []byte) error {
	limit := c.options.DataTimeout
	ctx, cancel := context.WithTimeoutCause(ctx, limit, timeoutError(limit))
	defer cancel()
	var body *gosmtp.DataCommand
	err := c.step(ctx, StageData, c.options.Timeout, func() (err error) {
		body, err = c.client.Data()
		return err
	})
	if err != nil {
		c.reset(ctx)
		return err
	}
	err = c.step(ctx, StageData, limit, func() error {
		_, err := body.Write(raw)
		return err
	})
	if err == nil && c.broken {
		err = &Error{Stage: StageData, Err: interruption(ctx)}
	}
	if err != nil {
		c.broken = true
		return err
	}
	return c.step(ctx, StageFinal, limit, func() error {
		_, err := body.CloseWithResponse()
		if reply, ok := errors.AsType[*gosmtp.SMTPError](err); ok && reply.Code/100 == 2 {
			return nil // go-smtp knows 250 alone, but the mail is taken.
		}
		return err
	})
}
