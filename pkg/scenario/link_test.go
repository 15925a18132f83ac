//go:build !odoo

package scenario_test

import (
	"context"
	"net"
	"sync"
)

// mailLink stands between the tool and the mail server. It counts the bytes and
// injects a fault at one of them.
type mailLink struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu sync.Mutex
	// sent and heard are how many bytes the tool sent and was sent.
	sent, heard direction
}

// direction is what passes one way, over all connections.
type direction struct {
	passed int
	// at is the byte to which something happens; 0 is none.
	at   int
	does byteFault
}

// byteFault is what happens to a byte.
type byteFault int

// The faults of a byte.
const (
	// severed: the connection ends before it.
	severed byteFault = iota
	// silenced: from it on nothing passes on this connection.
	silenced
	// flipped: it arrives as another one.
	flipped
)

// pass takes bytes that are on their way and returns those that arrive, and
// whether the connection goes on after them.
func (f *direction) pass(p []byte) (arrive []byte, does byteFault, hit bool) {
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
func (w *mailLink) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := w.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &mailLinkConn{Conn: conn, link: w}, nil
}

// mailLinkConn is a connection over a mailLink. It is silent when nothing
// passes any more.
type mailLinkConn struct {
	net.Conn

	link   *mailLink
	mu     sync.Mutex
	silent bool
}

func (c *mailLinkConn) take(f *direction, p []byte) ([]byte, byteFault, bool) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	arrive, does, hit := f.pass(p)
	if hit && does == silenced {
		c.mu.Lock()
		c.silent = true
		c.mu.Unlock()
	}
	return arrive, does, hit
}

func (c *mailLinkConn) isSilent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}

func (c *mailLinkConn) Write(p []byte) (int, error) {
	if c.isSilent() {
		return len(p), nil
	}
	copied := append([]byte(nil), p...)
	arrive, does, hit := c.take(&c.link.sent, copied)
	if _, err := c.Conn.Write(arrive); err != nil {
		return 0, err
	}
	if hit && does == severed {
		_ = c.Close() // This is the fault.
		return len(arrive), net.ErrClosed
	}
	return len(p), nil
}

func (c *mailLinkConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil {
			return n, err
		}
		if c.isSilent() {
			continue
		}
		arrive, does, hit := c.take(&c.link.heard, p[:n])
		if hit && does == severed {
			_ = c.Close() // This is the fault.
		}
		if len(arrive) > 0 {
			return len(arrive), nil
		}
	}
}

// reset forgets what passed; nothing happens any more.
func (w *mailLink) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent, w.heard = direction{}, direction{}
}
