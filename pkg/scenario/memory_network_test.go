//go:build !odoo

package scenario_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// memoryNetwork is a network in memory. In a bubble of testing/synctest, time passes
// by itself when everybody waits for somebody on it.
type memoryNetwork struct {
	mu        sync.Mutex
	listeners map[string]*memoryListener
}

// listen returns a listener for an address.
func (m *memoryNetwork) listen(address string) net.Listener {
	l := &memoryListener{incoming: make(chan net.Conn), closed: make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listeners == nil {
		m.listeners = map[string]*memoryListener{}
	}
	m.listeners[address] = l
	return l
}

// dial connects to who listens at an address.
func (m *memoryNetwork) dial(ctx context.Context, _, address string) (net.Conn, error) {
	m.mu.Lock()
	l := m.listeners[address]
	m.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Err: os.ErrNotExist}
	}
	near, far := newStream(), newStream()
	select {
	case l.incoming <- &memoryConn{in: far, out: near}:
		return &memoryConn{in: near, out: far}, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryListener struct {
	incoming chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.incoming:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return memoryAddress() }

func memoryAddress() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// stream is one direction of a connection. Its reader waits; its writer never
// does.
type stream struct {
	mu       sync.Mutex
	changed  *sync.Cond
	buffer   bytes.Buffer
	ended    bool // by its writer
	left     bool // by its reader
	deadline time.Time
	timer    *time.Timer
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.left:
			return 0, net.ErrClosed
		case !s.deadline.IsZero() && !time.Now().Before(s.deadline):
			return 0, os.ErrDeadlineExceeded
		case s.buffer.Len() > 0:
			return s.buffer.Read(p)
		case s.ended:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.left {
		return 0, io.ErrClosedPipe
	}
	defer s.changed.Broadcast()
	return s.buffer.Write(p)
}

// change changes what a reader may wait for.
func (s *stream) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	s.changed.Broadcast()
}

func (s *stream) setDeadline(at time.Time) {
	s.change(func() {
		s.deadline = at
		if s.timer != nil {
			s.timer.Stop()
		}
		if s.timer = nil; !at.IsZero() {
			s.timer = time.AfterFunc(time.Until(at), func() { s.change(func() {}) })
		}
	})
}

// memoryConn is one end of a connection.
type memoryConn struct{ in, out *stream }

func (c *memoryConn) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.out.Write(p) }

func (c *memoryConn) Close() error {
	c.in.change(func() { c.in.left = true })
	c.out.change(func() { c.out.ended = true })
	return nil
}

func (c *memoryConn) LocalAddr() net.Addr  { return memoryAddress() }
func (c *memoryConn) RemoteAddr() net.Addr { return memoryAddress() }

func (c *memoryConn) SetDeadline(at time.Time) error     { return c.SetReadDeadline(at) }
func (c *memoryConn) SetWriteDeadline(_ time.Time) error { return nil }

func (c *memoryConn) SetReadDeadline(at time.Time) error {
	c.in.setDeadline(at)
	return nil
}
