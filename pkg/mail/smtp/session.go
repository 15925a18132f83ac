package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strconv"
	"strings"
	"time"

	gosmtp "github.com/emersion/go-smtp"
)

// session is one connection on which mails can be sent, one after the other.
// It is used by one goroutine at a time.
type session struct {
	options Options
	// conn is the connection itself, below TLS.
	conn net.Conn
	// wire is the connection below the client.
	wire   *wire
	client *gosmtp.Client
	// certificate is the server's; nil without encryption.
	certificate *x509.Certificate
	// maxSize is the size in bytes of the largest mail that the server accepts;
	// 0 if it did not say.
	maxSize int
	// mails is how many were begun on it.
	mails int
	// reused says that it was idle before the mail in hand, so the server may
	// have closed it meanwhile.
	reused bool
	// broken says that it cannot be used any more, and spent that it is not to be.
	broken, spent bool
	// mechanism is the one by which the login worked, or is to be tried first on
	// another connection if retry is set.
	mechanism string
	retry     bool
	// token is the access token to log in with, if it is by one.
	token string
}

// connect makes a session that is ready for a mail.
func (s *Sender) connect(ctx context.Context) (*session, error) {
	s.mu.Lock()
	mechanism := s.mechanism
	s.mu.Unlock()
	c, err := s.open(ctx, mechanism)
	if c.retry {
		c, err = s.open(ctx, c.mechanism)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.mechanism = c.mechanism
	s.mu.Unlock()
	return c, nil
}

// open opens a session, and logs in by this mechanism first. With an error, the
// session is closed.
func (s *Sender) open(ctx context.Context, mechanism string) (*session, error) {
	c := &session{options: s.options, mechanism: mechanism}
	if s.options.User != "" && s.options.Tokens != nil {
		var err error
		if c.token, err = s.options.Tokens.Token(ctx); err != nil {
			return c, tokenError(ctx, err)
		}
	}
	dialing, cancel := context.WithTimeoutCause(ctx, s.options.Timeout, timeoutError(s.options.Timeout))
	defer cancel()
	conn, err := s.options.Dial(dialing, "tcp", net.JoinHostPort(s.options.Host, strconv.Itoa(s.options.Port)))
	if err != nil {
		if dialing.Err() != nil {
			err = interruption(dialing)
		}
		return c, newError(StageDial, 0, err)
	}
	c.conn = conn
	if err = c.open(ctx, s.tls); err != nil {
		c.abort()
	}
	return c, err
}

// open encrypts, sends EHLO and logs in.
func (c *session) open(ctx context.Context, config *tls.Config) error {
	channel := &wire{Conn: c.conn, left: maxReply}
	if c.options.TLS == StartTLS {
		if err := c.startTLS(ctx, channel); err != nil {
			return err
		}
	}
	if c.options.TLS != NoTLS {
		encrypted := tls.Client(c.conn, config)
		if err := c.step(ctx, StageTLS, c.options.Timeout, func() error { return encrypted.HandshakeContext(ctx) }); err != nil {
			return err
		}
		c.certificate = encrypted.ConnectionState().PeerCertificates[0]
		channel = &wire{Conn: encrypted, left: maxReply, replay: channel.replay}
	}
	var reply strings.Builder
	channel.heard = &reply
	c.wire = channel
	c.client = gosmtp.NewClient(channel)
	// The deadlines of each step come earlier than these.
	c.client.CommandTimeout = c.options.Timeout + time.Minute
	c.client.SubmissionTimeout = c.options.DataTimeout + time.Minute
	err := c.step(ctx, StageGreeting, c.options.Timeout, func() error { return c.client.Hello(c.localName()) })
	channel.heard = nil
	if err == nil {
		channel.hello = reply.String()[strings.Index("\n"+reply.String(), "\n250"):]
		c.maxSize, _ = c.client.MaxMessageSize()
	}
	if err != nil || c.options.User == "" {
		return err
	}
	if c.options.Tokens != nil {
		return c.loginByToken(ctx, mechanisms(reply.String()))
	}
	return c.login(ctx, mechanisms(reply.String()))
}

// localName returns the name that EHLO gives. A client that has no name gives its
// address (RFC 5321, section 4.1.4); many servers refuse "localhost".
func (c *session) localName() string {
	if c.options.LocalName != "" {
		return c.options.LocalName
	}
	local, ok := c.conn.LocalAddr().(*net.TCPAddr)
	switch {
	case !ok:
		return "[127.0.0.1]"
	case local.IP.To4() != nil:
		return "[" + local.IP.String() + "]"
	default:
		return "[IPv6:" + local.IP.String() + "]"
	}
}

// step calls do, which talks to the server, and limits its time: go-smtp takes no
// context, and has no deadline for writing data. An error becomes an [*Error] of
// the stage.
func (c *session) step(ctx context.Context, stage Stage, limit time.Duration, do func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, timeoutError(limit))
	defer cancel()
	stop := context.AfterFunc(ctx, c.abort)
	err := do()
	if !stop() {
		c.broken = true
	}
	if err == nil {
		return nil
	}
	e := newError(stage, 0, err)
	if e.Code == 0 && ctx.Err() != nil {
		e.Err = interruption(ctx)
	}
	// 421 announces that the server closes the connection.
	if e.Code == 0 || e.Code == 421 {
		c.broken = true
	}
	return e
}

// reset ends a transaction without a mail.
func (c *session) reset(ctx context.Context) {
	if c.broken {
		return
	}
	c.broken = c.step(ctx, StageMail, c.options.Timeout, c.client.Reset) != nil
	c.wire.reset = true
}

func (c *session) quit(ctx context.Context) {
	// Nothing is lost when QUIT fails.
	_ = c.step(ctx, StageFinal, min(quitTimeout, c.options.Timeout), c.client.Quit)
	c.abort()
}

// abort drops the connection, whatever is under way. Any goroutine may call it.
func (c *session) abort() { _ = c.conn.Close() }
