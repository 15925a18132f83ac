package smtp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"

	"github.com/crm-tool/crm-tool/pkg/mail/token"
)

// Tokens hands out access tokens for the login.
type Tokens interface {
	// Token returns one that is probably valid.
	Token(ctx context.Context) (string, error)
	// Replace returns another than the one that the server refused, or none if that one
	// is as new as can be.
	Replace(ctx context.Context, refused string) (string, error)
}

var _ Tokens = (*token.Source)(nil)

// xoauth2 is Google's and Microsoft's mechanism; see
// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol. The standard one of
// RFC 7628 is [sasl.OAuthBearer].
const xoauth2 = "XOAUTH2"

// ErrNoTokenLogin says that the server offers no login by an access token.
var ErrNoTokenLogin = errors.New("the server offers neither XOAUTH2 nor OAUTHBEARER")

// loginByToken is only called over TLS. A token of an earlier run may have been revoked, so
// a refusal is answered with a new one, once.
func (c *session) loginByToken(ctx context.Context, offered []string) error {
	known := []string{xoauth2, sasl.OAuthBearer}
	i := slices.IndexFunc(known, func(mechanism string) bool { return slices.Contains(offered, mechanism) })
	if i < 0 {
		return &Error{Stage: StageAuth, Err: notOffered(ErrNoTokenLogin, offered), byToken: true}
	}
	err := c.authByToken(ctx, known[i])
	if e, ok := errors.AsType[*Error](err); !ok || e.Code < 500 {
		return err
	}
	another, failure := c.options.Tokens.Replace(ctx, c.token)
	switch {
	case failure != nil:
		return tokenError(ctx, failure)
	case another == "":
		return err
	case c.broken:
		c.retry = true
		return err
	}
	c.token = another
	err = c.authByToken(ctx, known[i])
	if e, ok := errors.AsType[*Error](err); ok && e.Code == 0 {
		// The server hung up after the first attempt.
		c.retry = true
	}
	return err
}

// notOffered names what a server offers in place of what was looked for.
func notOffered(err error, offered []string) error {
	if len(offered) == 0 {
		return err
	}
	return fmt.Errorf("%w, but %s", err, clean(strings.Join(offered, ", ")))
}

// tokenError is about a token that could not be had.
func tokenError(ctx context.Context, err error) *Error {
	if ctx.Err() != nil {
		err = interruption(ctx)
	}
	return &Error{Stage: StageToken, Err: err, byToken: true}
}

func (c *session) authByToken(ctx context.Context, mechanism string) error {
	port := strconv.Itoa(c.options.Port)
	client := &tokenClient{mechanism: mechanism}
	bearer := "auth=Bearer " + c.token + "\x01\x01"
	if mechanism == xoauth2 {
		client.initial = "user=" + c.options.User + "\x01" + bearer
	} else {
		client.farewell = "\x01"
		client.initial = "n,a=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(c.options.User) + ",\x01host=" + c.options.Host + "\x01port=" + port + "\x01" + bearer
	}
	err := c.step(ctx, StageAuth, c.options.Timeout, func() error { return c.client.Auth(client) })
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.byToken = true
	if e.Code != 0 {
		e.Text = strings.TrimSpace(e.Text + client.complaint())
	}
	return withoutSecrets(e, client.initial, c.token)
}

// tokenClient is XOAUTH2 and OAUTHBEARER. A server that refuses the token first says why,
// as a challenge, and wants an answer before it refuses the login.
type tokenClient struct {
	mechanism, initial, farewell string
	challenge                    []byte
}

// Start implements [sasl.Client].
func (t *tokenClient) Start() (mechanism string, initial []byte, err error) {
	return t.mechanism, []byte(t.initial), nil
}

// Next implements [sasl.Client].
func (t *tokenClient) Next(challenge []byte) ([]byte, error) {
	if t.challenge != nil {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	t.challenge = append([]byte{}, challenge...)
	return []byte(t.farewell), nil
}

// complaint returns what the challenge says, as the rest of a sentence.
func (t *tokenClient) complaint() string {
	var said struct {
		Status any    `json:"status"`
		Scope  string `json:"scope"`
	}
	if len(t.challenge) == 0 || json.Unmarshal(t.challenge, &said) != nil || said.Status == nil {
		return ""
	}
	text := fmt.Sprintf("the token was refused with status %v", said.Status)
	if said.Scope != "" {
		text += "; its scope has to be " + said.Scope
	}
	return " (" + clean(text) + ")"
}

// loginHint returns advice about a login that failed.
func (e *Error) loginHint() string {
	failed, isToken := errors.AsType[*token.Error](e.Err)
	says := func(words string) bool { return strings.Contains(strings.ToLower(e.Text), words) }
	switch {
	case isToken:
		return failed.Hint()
	case errors.Is(e.Err, ErrNoTokenLogin):
		return "set smtp.auth to password, if the server wants one; see also smtp.host"
	case errors.Is(e.Err, ErrNoLogin) && strings.Contains(e.Err.Error(), xoauth2):
		return "set smtp.auth: oauth2; the installation guide says how, for Microsoft 365 and Google"
	case errors.Is(e.Err, ErrNoLogin) && e.Err.Error() != ErrNoLogin.Error():
		return "let the server allow PLAIN or LOGIN for this user; some providers have an app password for it"
	case errors.Is(e.Err, ErrNoLogin):
		return "leave smtp.user empty if the server needs no login"
	case e.Code < 500:
		return e.refusalHint()
	case says("smtpclientauthentication is disabled"):
		return "let an administrator allow SMTP AUTH for this mailbox: Set-CASMailbox -Identity MAILBOX -SmtpClientAuthenticationDisabled $false; see the installation guide"
	case !e.byToken && (says("basic authentication") || e.Enhanced == [3]int{5, 7, 139}):
		return "the server takes no passwords: set smtp.auth: oauth2; the installation guide says how"
	case !e.byToken && says("application-specific password"):
		return "make an app password for this account, or set smtp.auth: oauth2; the installation guide says how"
	case e.byToken:
		return "see whether smtp.user is the mailbox, and whether this client may send as it (Microsoft 365: SMTP.SendAsApp, New-ServicePrincipal, " +
			"Add-MailboxPermission); the installation guide says how"
	}
	return "check smtp.user and smtp.password_file"
}
