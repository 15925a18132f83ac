//go:build !odoo

package scenario_test

import (
	"context"
	"net"
	"sync"
)

// wire stands between the tool and the mail server. It counts the bytes, and
// lets something happen to one of them.
type wire struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu sync.Mutex
	// sent and heard are how many bytes the tool sent and was sent.
	sent, heard flow
}

// flow is one direction of a wire, over all its connections.
type flow struct {
	passed int
	// at is the byte to which something happens; 0 is none.
	at   int
	does harm
}

// harm is what happens to a byte.
type harm int

// The harms.
const (
	// severed: the connection ends before it.
	severed harm = iota
	// silenced: from it on nothing passes on this connection.
	silenced
	// flipped: it arrives as another one.
	flipped
)

// pass takes bytes that are on their way and returns those that arrive, and
// whether the connection goes on after them.
func (f *flow) pass(p []byte) (arrive []byte, does harm, hit bool) {
	begin := f.passed
	f.passed += len(p)
	if f.at <= begin || f.at > f.passed {
		return p, 0, false
	}
	i := f.at - begin - 1
	if f.does == flipped {
		p[i] ^= 0x15
		return p, flipped, true
	}
	return p[:i], f.does, true
}

// connect dials the mail server.
func (w *wire) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := w.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &wired{Conn: conn, wire: w}, nil
}

// wired is a connection over a wire. It is silent when nothing passes any
// more.
type wired struct {
	net.Conn

	wire   *wire
	mu     sync.Mutex
	silent bool
}

func (c *wired) take(f *flow, p []byte) ([]byte, harm, bool) {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	arrive, does, hit := f.pass(p)
	if hit && does == silenced {
		c.mu.Lock()
		c.silent = true
		c.mu.Unlock()
	}
	return arrive, does, hit
}

func (c *wired) isSilent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}

func (c *wired) Write(p []byte) (int, error) {
	if c.isSilent() {
		return len(p), nil
	}
	copied := append([]byte(nil), p...)
	arrive, does, hit := c.take(&c.wire.sent, copied)
	if _, err := c.Conn.Write(arrive); err != nil {
		return 0, err
	}
	if hit && does == severed {
		_ = c.Close() // This is the harm.
		return len(arrive), net.ErrClosed
	}
	return len(p), nil
}

func (c *wired) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil {
			return n, err
		}
		if c.isSilent() {
			continue
		}
		arrive, does, hit := c.take(&c.wire.heard, p[:n])
		if hit && does == severed {
			_ = c.Close() // This is the harm.
		}
		if len(arrive) > 0 {
			return len(arrive), nil
		}
	}
}

// reset forgets what passed; nothing happens any more.
func (w *wire) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent, w.heard = flow{}, flow{}
}
