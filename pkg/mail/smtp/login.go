package smtp

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/emersion/go-sasl"
)

// mechanisms returns the ways to log in that the reply to EHLO offers. Some
// servers write AUTH in small letters, or the old AUTH=LOGIN.
func mechanisms(reply string) []string {
	var offered []string
	for line := range strings.Lines(reply) {
		line = line[min(4, len(line)):] // 250 and a hyphen
		fields := strings.FieldsFunc(strings.ToUpper(line), func(r rune) bool { return unicode.IsSpace(r) || r == '=' })
		if len(fields) > 0 && fields[0] == "AUTH" {
			offered = append(offered, fields[1:]...)
		}
	}
	slices.Sort(offered)
	return slices.Compact(offered)
}

// login is only called over TLS: Options.validate refuses a user without it. If
// the server refuses PLAIN and offers LOGIN, that is tried, too: with some servers
// only one of them works. What works is tried first on later connections.
func (c *session) login(ctx context.Context, offered []string) error {
	var failure error
	known := []string{sasl.Plain, sasl.Login}
	if c.mechanism == sasl.Login {
		slices.Reverse(known)
	}
	for _, mechanism := range known {
		if !slices.Contains(offered, mechanism) {
			continue
		}
		err := c.auth(ctx, mechanism)
		if err == nil {
			c.mechanism = mechanism
			return nil
		}
		e, ok := errors.AsType[*Error](err)
		if failure != nil && ok && e.Code == 0 {
			// The server hung up after the first attempt.
			c.mechanism, c.retry = mechanism, true
		}
		failure = cmp.Or(failure, err)
		if !ok || e.Code < 500 {
			break
		}
	}
	if failure != nil {
		return failure
	}
	return &Error{Stage: StageAuth, Err: notOffered(ErrNoLogin, offered)}
}

// auth logs in by a mechanism.
func (c *session) auth(ctx context.Context, mechanism string) error {
	password := c.options.Password()
	client := sasl.NewPlainClient("", c.options.User, password)
	if mechanism == sasl.Login {
		client = &loginClient{answers: []string{c.options.User, password}}
	}
	err := c.step(ctx, StageAuth, c.options.Timeout, func() error { return c.client.Auth(client) })
	if e, ok := errors.AsType[*Error](err); ok {
		return withoutSecrets(e, "\x00"+c.options.User+"\x00"+password, password)
	}
	return err
}

// loginClient is LOGIN. It waits for each question, because some servers do not
// understand a name that comes with the command.
type loginClient struct{ answers []string }

// Start implements [sasl.Client].
func (*loginClient) Start() (mechanism string, initial []byte, err error) {
	return sasl.Login, nil, nil
}

// Next implements [sasl.Client].
func (l *loginClient) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

// withoutSecrets removes what the server was sent from its error, which may repeat it.
func withoutSecrets(e *Error, secrets ...string) *Error {
	if errors.Is(e.Err, ErrNotSMTP) {
		e.Err = ErrNotSMTP
	}
	for _, secret := range secrets {
		if secret != "" {
			e.Text = strings.ReplaceAll(e.Text, base64.StdEncoding.EncodeToString([]byte(secret)), "<redacted>")
			e.Text = strings.ReplaceAll(e.Text, secret, "<redacted>")
		}
	}
	return e
}
