// Package smtp hands composed mails to one mail server (RFC 5321), over a few
// connections that are kept open from mail to mail.
//
// Its contract is about what is known afterwards. An error says at which stage
// the mail failed, whose refusal it was, and whether the mail can have left all
// the same: it can only once the end of its data was being written. A mail that
// did not get that far is surely unsent, and its connection is dropped, never
// closed in order, since that would end the data and send half a mail.
//
// Nothing is repeated, with two exceptions in which nothing had been sent: an
// idle connection that the server had closed, and a copy's address upon which
// the server ended the connection. A password is sent over TLS alone, and no
// error shows it.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// TLSMode says how the connection is encrypted.
type TLSMode string

// The ways to encrypt the connection.
const (
	// StartTLS begins in clear and requires STARTTLS (RFC 3207) before
	// anything is said about a mail.
	StartTLS TLSMode = "starttls"
	// ImplicitTLS speaks TLS from the first byte (RFC 8314).
	ImplicitTLS TLSMode = "implicit"
	// NoTLS does not encrypt; there is no login then.
	NoTLS TLSMode = "none"
)

// Defaults of Options. The time for the data is limited because others take a
// mail's claim for dead a quarter of an hour after it was made.
const (
	DefaultTimeout          = 30 * time.Second
	DefaultDataTimeout      = 4 * time.Minute
	DefaultMaxPerConnection = 100
)

// quitTimeout is how long a server may take to say goodbye.
const quitTimeout = time.Second

// Options say which server takes the mails, and how.
type Options struct {
	Host string
	Port int
	TLS  TLSMode
	// CAFile is a file of PEM certificates that are trusted besides the
	// system's; empty for the system's alone.
	CAFile string
	// User logs in with Password; empty for no login.
	User     string
	Password func() string
	// LocalName is this host's name for the server (EHLO); empty for the
	// connection's own address.
	LocalName string
	// Timeout is the longest that the server may take to accept a connection
	// or to answer a command; 0 for DefaultTimeout.
	Timeout time.Duration
	// DataTimeout is the longest that a mail may take from the DATA command to
	// the server's verdict; 0 for DefaultDataTimeout.
	DataTimeout time.Duration
	// Connections is how many are open at the same time; 0 for one.
	Connections int
	// MaxPerConnection is how many mails go over a connection before it is
	// replaced, for servers limit that; 0 for DefaultMaxPerConnection.
	MaxPerConnection int
	// Dial replaces the network in tests; nil for the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// ErrClosed says that the Sender was closed.
var ErrClosed = errors.New("the mail sender is closed")

// Sender sends mails. It may be used by several goroutines; more than
// Options.Connections of them wait for each other. It connects when the first
// mail needs it. Close it in the end.
type Sender struct {
	options Options
	tls     *tls.Config
	// slots holds a token for each connection that may be in use.
	slots chan struct{}

	mu     sync.Mutex
	idle   []*session
	closed bool
}

var _ ledger.Sender = (*Sender)(nil)

// New checks the options and reads Options.CAFile; it does not connect.
func New(options Options) (*Sender, error) {
	options.Timeout = orDefault(options.Timeout, DefaultTimeout)
	options.DataTimeout = orDefault(options.DataTimeout, DefaultDataTimeout)
	options.Connections = orDefault(options.Connections, 1)
	options.MaxPerConnection = orDefault(options.MaxPerConnection, DefaultMaxPerConnection)
	if options.Dial == nil {
		options.Dial = new(net.Dialer).DialContext
	}
	if err := options.validate(); err != nil {
		return nil, err
	}
	roots, err := certificates(options.CAFile)
	if err != nil {
		return nil, err
	}
	return &Sender{
		options: options,
		tls:     &tls.Config{ServerName: options.Host, RootCAs: roots, MinVersion: tls.VersionTLS12},
		slots:   make(chan struct{}, options.Connections),
	}, nil
}

func orDefault[T int | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

func (o Options) validate() error {
	notName := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	switch {
	case o.Host == "" || strings.ContainsFunc(o.Host, notName):
		return fmt.Errorf("smtp.host: %q is not a host name", o.Host)
	case o.Port < 1 || o.Port > 65535:
		return fmt.Errorf("smtp.port: %d is not a port", o.Port)
	case o.TLS != StartTLS && o.TLS != ImplicitTLS && o.TLS != NoTLS:
		return fmt.Errorf("smtp.tls: %q is not one of %s, %s, %s", o.TLS, StartTLS, ImplicitTLS, NoTLS)
	case o.User != "" && o.TLS == NoTLS:
		return errors.New("smtp.user: a login needs encryption, and smtp.tls is none")
	case o.User != "" && o.Password == nil:
		return errors.New("smtp.user: a login needs a password")
	case strings.ContainsFunc(o.LocalName, notName):
		return fmt.Errorf("local name: %q is not a host name", o.LocalName)
	case o.Timeout < 0 || o.DataTimeout < 0 || o.Connections < 0 || o.MaxPerConnection < 0:
		return errors.New("smtp: a limit is negative")
	}
	return nil
}

// certificates returns the system's roots and those of the file; nil, which
// means the system's, without a file.
func certificates(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read smtp.ca_file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read smtp.ca_file: %q holds no certificate", file)
	}
	return roots, nil
}

// Send hands over one mail. It calls begin immediately before the DATA command,
// once at most; when that returns an error the mail is not sent and Send
// returns that error, wrapped. Copies that the server refused are returned with
// its words, also when their refusal is all that went wrong.
//
// Every error that the server or the network caused is an *Error. Cancelling
// ctx drops the connection at any stage; the outcome is unknown only when the
// server's verdict was being awaited.
func (s *Sender) Send(ctx context.Context, env mail.Envelope, raw []byte, begin func() error) (refusedCC []string, err error) {
	if err := env.Validate(); err != nil {
		return nil, fmt.Errorf("check the envelope: %w", err)
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	d := &delivery{from: env.From, to: env.To, cc: copies(env), raw: raw, begin: begin}
	for anew := false; ; anew = true {
		c, err := s.session(ctx, anew)
		if err != nil {
			return d.refused, err
		}
		err = c.deliver(ctx, d)
		s.put(ctx, c)
		if err == nil || ctx.Err() != nil || !d.again(c) {
			return d.refused, err
		}
	}
}

// copies returns the envelope's copies without the client and without
// repetitions, which some servers refuse.
func copies(env mail.Envelope) []string {
	var all []string
	known := map[string]bool{strings.ToLower(env.To): true}
	for _, cc := range env.CC {
		if lower := strings.ToLower(cc); !known[lower] {
			known[lower] = true
			all = append(all, cc)
		}
	}
	return all
}

// Check connects, encrypts, logs in and asks for a sign of life.
func (s *Sender) Check(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	c, err := s.session(ctx, true)
	if err != nil {
		return err
	}
	defer s.put(ctx, c)
	return c.step(ctx, StageGreeting, s.options.Timeout, c.client.Noop)
}

// Close says goodbye to the server on all idle connections; those in use are
// closed after their mail. It takes a second at most.
func (s *Sender) Close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	var goodbyes sync.WaitGroup
	for _, c := range idle {
		goodbyes.Go(func() { c.quit(context.Background()) })
	}
	goodbyes.Wait()
}

// enter waits until one more connection may be in use.
func (s *Sender) enter(ctx context.Context) error {
	if ctx.Err() == nil {
		select {
		case s.slots <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("wait for a connection to the mail server: %w", interruption(ctx))
}

func (s *Sender) leave() { <-s.slots }

// session returns an idle session or, when there is none or it is to be made
// anew, a fresh one.
func (s *Sender) session(ctx context.Context, anew bool) (*session, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	if last := len(s.idle) - 1; last >= 0 && !anew {
		c := s.idle[last]
		s.idle = s.idle[:last]
		s.mu.Unlock()
		c.reused = true
		return c, nil
	}
	s.mu.Unlock()
	return s.connect(ctx)
}

// put keeps a session for the next mail, unless it is of no more use.
func (s *Sender) put(ctx context.Context, c *session) {
	if c.broken {
		c.abort()
		return
	}
	s.mu.Lock()
	keep := !s.closed && c.mails < s.options.MaxPerConnection && len(s.idle) < s.options.Connections
	if keep {
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if !keep {
		c.quit(context.WithoutCancel(ctx))
	}
}

func (s *Sender) address() string {
	return net.JoinHostPort(s.options.Host, strconv.Itoa(s.options.Port))
}
