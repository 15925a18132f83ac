package smtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	gosmtp "github.com/emersion/go-smtp"
)

// delivery is one mail on its way, over one connection, or over a second one if
// the first is lost before anything was sent.
type delivery struct {
	from, to string
	// cc are the copies to offer to the server.
	cc    []string
	raw   []byte
	begin func() error
	// begun says that begin was called: from then on nothing is tried again.
	// served says that the connection has taken a mail before.
	begun, served bool
	// refused are the copies that the server refused, with its words. dropped
	// are those of them that are not offered on another connection.
	refused, dropped []string
	// retry says that a copy was dropped on the last connection.
	retry bool
	// waits is how often it waited for the server to allow a connection.
	waits int
}

// recipients are the client and the copies.
func (d *delivery) recipients() []string { return append([]string{d.to}, d.cc...) }

// again reports whether the mail, which failed on c, is tried on another
// connection.
func (d *delivery) again(c *session, err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || d.begun {
		return false
	}
	if c.broken {
		return c.reused || d.retry
	}
	// Many servers limit how many mails come over a connection.
	return c.reused && e.Stage == StageMail && e.Code != 0 && e.says(limitWords)
}

// deliver sends the mail on this session. After an error the session is ready
// for the next mail, or broken.
func (c *session) deliver(ctx context.Context, d *delivery) error {
	c.mails++
	d.served = c.mails > 1
	d.refused, d.retry = slices.Clone(d.dropped), false
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

// announce names the sender and the client. A server that can take them gets the names of
// all recipients at once.
func (c *session) announce(ctx context.Context, d *delivery) error {
	c.wire.together, c.wire.ahead = nil, nil
	if pipelining, _ := c.client.Extension("PIPELINING"); pipelining {
		for _, mailbox := range d.recipients() {
			c.wire.together = append(c.wire.together, "RCPT TO:<"+mailbox+">\r\n")
		}
	}
	err := c.step(ctx, StageMail, c.options.Timeout, func() error {
		return c.client.Mail(d.from, &gosmtp.MailOptions{Size: int64(len(d.raw))})
	})
	if err == nil {
		err = c.recipient(ctx, d.to)
	}
	for all := d.recipients(); err != nil && !c.broken && len(c.wire.ahead) > 0; {
		// What it says of those that were named before it refused another one.
		_ = c.recipient(ctx, all[len(all)-len(c.wire.ahead)])
	}
	return err
}

func (c *session) recipient(ctx context.Context, mailbox string) error {
	err := c.step(ctx, StageRcpt, c.options.Timeout, func() error { return c.client.Rcpt(mailbox, nil) })
	if e, ok := errors.AsType[*Error](err); ok {
		e.Recipients = 1
	}
	return err
}

// offerCopies names the copies' recipients and returns how many the server
// accepts. A refused copy does not matter to the client's mail. If the server
// closes the connection at one, it is left out on the next connection.
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
			d.dropped = append(d.dropped, cc+": "+e.Reply())
			d.cc = slices.Delete(slices.Clone(d.cc), i, i+1)
			d.retry = true
		}
		return 0, err
	}
	return accepted, nil
}

// withDots returns a mail as it is sent: a line that begins with a dot gets another one,
// and the last line is ended (RFC 5321, section 4.5.2).
func withDots(raw []byte) []byte {
	const dot, line = ".", "\r\n"
	if bytes.Contains(raw, []byte("\n"+dot)) {
		raw = bytes.ReplaceAll(raw, []byte("\n"+dot), []byte("\n"+dot+dot))
	}
	if bytes.HasPrefix(raw, []byte(dot)) {
		raw = slices.Concat([]byte(dot), raw)
	}
	if !bytes.HasSuffix(raw, []byte(line)) {
		raw = slices.Concat(raw, []byte(line))
	}
	return raw
}

// data sends the mail itself. The server may deliver nothing until the end of the
// data is written.
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
		// In one piece: the client's own writer cuts it up.
		_, err := c.wire.Write(withDots(raw))
		return err
	})
	if err == nil && c.broken {
		err = &Error{Stage: StageData, Err: interruption(ctx)}
	}
	if err != nil {
		c.broken = true
		return err
	}
	c.wire.ending = true
	err = c.step(ctx, StageFinal, limit, func() error {
		_, err := body.CloseWithResponse()
		if reply, ok := errors.AsType[*gosmtp.SMTPError](err); ok && reply.Code/100 == 2 {
			return nil // go-smtp expects 250, but the mail is accepted.
		}
		return err
	})
	c.wire.ending = false
	if len(c.wire.lines)+len(c.wire.begun) > 0 {
		c.broken = true // The server said more than it was asked.
	}
	return err
}
