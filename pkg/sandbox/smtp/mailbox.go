package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync"
)

// TLSMode says how a mailbox encrypts.
type TLSMode int

// The modes of encryption.
const (
	// StartTLS offers STARTTLS and refuses mail before it (RFC 3207).
	StartTLS TLSMode = iota
	// ImplicitTLS speaks TLS from the first byte (RFC 8314).
	ImplicitTLS
	// NoTLS speaks in clear and offers no login.
	NoTLS
)

// Options says what kind of mail server to be.
type Options struct {
	TLS TLSMode
	// User and Password are the only login; without a user none is offered
	// and none is needed.
	User     string
	Password string
	// SevenBit offers no 8BITMIME (RFC 6152) and refuses a mail that is not ASCII, as
	// servers do that were written before 1994.
	SevenBit bool
	// Listener is where the mailbox listens, if not on a free port of the
	// loopback interface. Close closes it.
	Listener net.Listener
}

// Message is a mail that the mailbox accepted, as it came.
type Message struct {
	// Sender is the address of MAIL FROM; empty for the null sender.
	Sender string
	// Recipients are the addresses of RCPT TO, in their order.
	Recipients []string
	// Data is the mail with its CRLF line ends, the dots of the transport
	// removed.
	Data []byte
	// User is who logged in; empty without a login.
	User string
	// Encrypted is true when the mail came over TLS.
	Encrypted bool
}

// Mailbox is a mail server that keeps what it is given. All its methods may be
// used from several goroutines.
type Mailbox struct {
	options  Options
	listener net.Listener
	tls      *tls.Config
	caPEM    []byte
	ctx      context.Context
	stop     context.CancelFunc
	serving  sync.WaitGroup

	mu          sync.Mutex
	messages    []Message
	faults      []*Fault
	open        map[net.Conn]bool
	connections int
	tokens      *TokenServer
	arrived     chan struct{} // closed and replaced at each arrival
}

// New starts a mailbox. Close ends it.
func New(options Options) (*Mailbox, error) {
	config, caPEM, err := newTLS()
	if err != nil {
		return nil, err
	}
	listener := options.Listener
	if listener == nil {
		if listener, err = new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("listen for the mailbox: %w", err)
		}
	}
	b := &Mailbox{
		options: options, listener: listener, tls: config, caPEM: caPEM,
		open: map[net.Conn]bool{}, arrived: make(chan struct{}),
	}
	b.ctx, b.stop = context.WithCancel(context.Background())
	b.serving.Go(b.accept)
	return b, nil
}

// Addr is where the mailbox listens, as host:port.
func (b *Mailbox) Addr() string { return b.listener.Addr().String() }

// Port is the port alone.
func (b *Mailbox) Port() int {
	address, _ := b.listener.Addr().(*net.TCPAddr)
	return address.Port
}

// CA is the certificate, in PEM, of the authority that vouches for the
// mailbox under the names 127.0.0.1 and localhost.
func (b *Mailbox) CA() []byte { return slices.Clone(b.caPEM) }

// Close ends the mailbox and its conversations. The mails stay readable.
func (b *Mailbox) Close() error {
	b.stop()
	err := b.listener.Close()
	b.mu.Lock()
	for conn := range b.open {
		_ = conn.Close() // the client sees the end, which is the purpose
	}
	b.mu.Unlock()
	b.serving.Wait()
	return err
}

// Messages returns the mails that were accepted, in their order.
func (b *Mailbox) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.messages)
}

// Connections is how many connections were opened so far.
func (b *Mailbox) Connections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.connections
}

// Reset forgets mails, faults and the count of connections.
func (b *Mailbox) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages, b.faults, b.connections = nil, nil, 0
}

// Wait returns the mails as soon as there are n of them. It fails when the
// context ends first.
func (b *Mailbox) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		b.mu.Lock()
		messages, arrived := slices.Clone(b.messages), b.arrived
		b.mu.Unlock()
		if len(messages) >= n {
			return messages, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return messages, fmt.Errorf("wait for %d mails, %d are here: %w", n, len(messages), ctx.Err())
		}
	}
}

// accept serves each connection until the mailbox is closed.
func (b *Mailbox) accept() {
	for {
		conn, err := b.listener.Accept()
		if err != nil { // the mailbox was closed
			return
		}
		b.mu.Lock()
		b.connections++
		others := len(b.open)
		b.open[conn] = true
		if b.ctx.Err() != nil { // Close did not see this connection
			_ = conn.Close()
		}
		b.mu.Unlock()
		b.serving.Go(func() {
			newConversation(b, conn, others).run()
			b.mu.Lock()
			delete(b.open, conn)
			b.mu.Unlock()
			_ = conn.Close() // it may be closed already
		})
	}
}

// keep stores a mail.
func (b *Mailbox) keep(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	close(b.arrived)
	b.arrived = make(chan struct{})
}
