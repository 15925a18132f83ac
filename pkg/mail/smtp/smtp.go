// Package smtp hands composed mails to one mail server (RFC 5321), over a few
// connections that are kept open from mail to mail.
//
// After an error the caller knows what happened: an [Error] names the stage at
// which the mail failed and whose refusal it was, and [Error.Failure] says
// whether the mail may have left. That is only possible once the end of its data
// was being written. Before that the mail surely did not leave. Its connection is
// dropped then and never closed in order, because closing ends the data and would
// send half a mail.
//
// Nothing is tried twice, except where nothing was sent: the server had closed an
// idle connection or takes no more mails over it, it closed the connection at a
// copy's address, or it allows fewer connections than Options.Connections. Then
// the Sender goes on with those that it has. A login is repeated once, with a new access token, if
// the server refuses one from an earlier run. Passwords and tokens are sent over TLS only, and no error contains one.
package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
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
	// StartTLS begins without encryption and requires STARTTLS (RFC 3207)
	// before anything is said about a mail.
	StartTLS TLSMode = "starttls"
	// ImplicitTLS encrypts from the first byte (RFC 8314).
	ImplicitTLS TLSMode = "implicit"
	// NoTLS does not encrypt, and allows no login.
	NoTLS TLSMode = "none"
)

// quitTimeout is how long a server may take to answer QUIT.
const quitTimeout = time.Second

// Options say which server gets the mails, and how.
type Options struct {
	Host string
	Port int
	TLS  TLSMode
	// CAFile is a file of PEM certificates that are trusted in addition to
	// the system's; empty for the system's only.
	CAFile string
	// User logs in with an access token if Tokens is set, else with Password; empty for no
	// login.
	User     string
	Password func() string
	Tokens   Tokens
	// LocalName is the name that EHLO gives; empty for the connection's own
	// address.
	LocalName string
	// Timeout is the longest that the server may take to accept a connection
	// or to answer a command; 0 for 30 seconds.
	Timeout time.Duration
	// DataTimeout is the longest that a mail may take from the DATA command to
	// the server's last reply; 0 for 4 minutes, which fit between
	// [ledger.SendDeadline] and [ledger.ClaimTTL].
	DataTimeout time.Duration
	// Connections is how many are open at the same time; 0 for one.
	Connections int
	// MaxPerConnection is how many mails go over a connection before it is
	// replaced, because servers limit that; 0 for 100.
	MaxPerConnection int
	// Dial replaces the network in tests; nil for the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// ErrClosed says that the Sender was closed.
var ErrClosed = errors.New("the mail sender is closed")

// Sender sends mails. Several goroutines may use it; if there are more than
// Options.Connections, they wait for each other. It connects when the first mail
// is sent. Call [Sender.Close] in the end.
type Sender struct {
	options Options
	tls     *tls.Config
	// slots holds one value for each connection in use, and for each that the
	// server does not allow.
	slots chan struct{}

	mu     sync.Mutex
	idle   []*session
	closed bool
	// mechanism is the one by which the last login worked.
	mechanism string
	// denied is how many connections the server does not allow.
	denied int
	// waits are the pauses left before attempts to connect, because the server
	// may not know yet that an earlier connection has been ended.
	waits []time.Duration
}

var _ ledger.Sender = (*Sender)(nil)

// New checks the options and reads Options.CAFile; it does not connect.
func New(options Options) (*Sender, error) {
	options.Timeout = cmp.Or(options.Timeout, 30*time.Second)
	options.DataTimeout = cmp.Or(options.DataTimeout, 4*time.Minute)
	options.Connections = cmp.Or(options.Connections, 1)
	options.MaxPerConnection = cmp.Or(options.MaxPerConnection, 100)
	if options.Dial == nil {
		options.Dial = new(net.Dialer).DialContext
	}
	if err := options.validate(); err != nil {
		return nil, err
	}
	roots, err := Certificates(options.CAFile)
	if err != nil {
		return nil, err
	}
	return &Sender{
		options: options,
		tls:     &tls.Config{ServerName: options.Host, RootCAs: roots, MinVersion: tls.VersionTLS12},
		slots:   make(chan struct{}, options.Connections),
	}, nil
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
	case o.User != "" && o.Password == nil && o.Tokens == nil:
		return errors.New("smtp.user: a login needs a password")
	case strings.ContainsFunc(o.LocalName, notName):
		return fmt.Errorf("local name: %q is not a host name", o.LocalName)
	case o.Timeout < 0 || o.DataTimeout < 0 || o.Connections < 0 || o.MaxPerConnection < 0:
		return errors.New("smtp: a limit is negative")
	}
	return nil
}

// Certificates returns the system's roots and those of the file; nil, which
// means the system's, without a file.
func Certificates(file string) (*x509.CertPool, error) {
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

// Send implements [ledger.Sender]: see [Sender.Deliver].
func (s *Sender) Send(ctx context.Context, m ledger.Mail, begin func() error) (refusedCC []string, err error) {
	return s.Deliver(ctx, m.Envelope, m.Raw, begin)
}

// Deliver hands over one mail. It calls begin immediately before the DATA command,
// at most once; if begin returns an error, the mail is not sent and Deliver returns
// that error, wrapped. It returns the copies that the server refused with the
// server's words, also if the mail was sent.
//
// Every error that the server or the network caused is an [*Error]. If ctx ends,
// the connection is dropped at any stage; the outcome is unknown only if the
// server's last reply was awaited.
func (s *Sender) Deliver(ctx context.Context, env mail.Envelope, raw []byte, begin func() error) (refusedCC []string, err error) {
	if err := env.Validate(); err != nil {
		return nil, fmt.Errorf("check the envelope: %w", err)
	}
	d := &delivery{from: env.From, to: env.To, cc: copies(env), raw: raw, begin: begin}
	for again := true; again; {
		again, err = s.attempt(ctx, d)
	}
	return d.refused, err
}

// attempt waits for a connection and sends the mail, and tells whether to do so
// again because the server takes fewer connections than there are.
func (s *Sender) attempt(ctx context.Context, d *delivery) (again bool, err error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	keep := false
	defer func() {
		if !keep {
			s.leave()
		}
	}()
	err = s.deliver(ctx, d)
	if !d.crowdedOut(err) {
		return false, err
	}
	keep = s.giveUpOne()
	return keep || s.wait(ctx, d), err
}

// deliver sends one mail, on another connection if it failed on one without the
// server's having meant the mail.
func (s *Sender) deliver(ctx context.Context, d *delivery) error {
	for anew := false; ; anew = true {
		c, err := s.session(ctx, anew)
		if err != nil {
			return err
		}
		err = c.deliver(ctx, d)
		again := ctx.Err() == nil && d.again(c, err)
		c.spent = again || d.crowdedOut(err)
		s.put(ctx, c)
		if !again {
			return err
		}
	}
}

// Takes asks the server whether it takes a mail for the envelope's client, and sends
// none.
func (s *Sender) Takes(ctx context.Context, env mail.Envelope) error {
	return s.visit(ctx, false, func(c *session) error {
		err := c.announce(ctx, &delivery{from: env.From, to: env.To})
		c.reset(ctx)
		return err
	})
}

// copies returns the envelope's copies without the client and without
// duplicates, which some servers refuse.
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

// Check connects, encrypts, logs in and sends NOOP.
func (s *Sender) Check(ctx context.Context) error {
	return s.visit(ctx, true, func(c *session) error {
		return c.step(ctx, StageGreeting, s.options.Timeout, c.client.Noop)
	})
}

// Certificate connects, and returns the server's certificate; nil without encryption.
func (s *Sender) Certificate(ctx context.Context) (certificate *x509.Certificate, err error) {
	err = s.visit(ctx, false, func(c *session) error {
		certificate = c.certificate
		return nil
	})
	return certificate, err
}

// visit does something on a session that sends no mail.
func (s *Sender) visit(ctx context.Context, anew bool, do func(*session) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	c, err := s.session(ctx, anew)
	if err != nil {
		return err
	}
	defer s.put(ctx, c)
	return do(c)
}

// Close ends all idle connections with QUIT; those in use are closed after their
// mail. It takes at most a second.
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

// enter waits until one more connection may be used.
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

// session returns an idle session, or a new one if there is none or if anew is
// set.
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

// put keeps a session for the next mail, or ends it.
func (s *Sender) put(ctx context.Context, c *session) {
	if c.broken {
		c.abort()
		return
	}
	s.mu.Lock()
	keep := !s.closed && !c.spent && c.mails < s.options.MaxPerConnection && len(s.idle) < s.options.Connections
	if keep {
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if !keep {
		c.quit(context.WithoutCancel(ctx))
		s.ended(c)
	}
}
