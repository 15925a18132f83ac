// Package token gets access tokens (RFC 6749) with which a client logs in to a mail server
// in place of a password: by a refresh token, or by the client's own credentials.
//
// A token is kept for the runs after this one, in a [Store], until shortly before its end,
// or until the mail server refuses it. Some token servers hand out a new refresh token
// each time and end the old one; the newest is kept beside the access token. Processes
// that share a store get tokens one after another. No error contains a secret.
package token

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Store keeps a text for later runs on this host.
type Store interface {
	// Lock waits until no other process has the store.
	Lock(ctx context.Context) (release func(), err error)
	// Load returns what was saved last; nothing if nothing was.
	Load() ([]byte, error)
	// Save replaces it.
	Save(text []byte) error
}

// Options say where tokens come from.
type Options struct {
	// URL is the token server's: https, but for this host itself.
	URL string
	// ClientID and ClientSecret are the client's. A public client has no secret.
	ClientID, ClientSecret string
	// RefreshToken is that of the mailbox's owner. Without one, the client asks in its own
	// name (RFC 6749, section 4.4).
	RefreshToken string
	// Scope is what the token is for; empty for what the server usually gives.
	Scope string
	// Client makes the requests. It follows no redirection, and has a time limit.
	Client *http.Client
	// Store is nil if nothing can be kept.
	Store Store
	Now   func() time.Time
	Log   *slog.Logger
}

// Key tells whether two Options may share a token.
func (o Options) Key() string {
	return digest(o.URL, o.ClientID, o.ClientSecret, o.RefreshToken, o.Scope)
}

// Name returns a name for the store, which is another one for another client or another
// refresh token. A changed client secret keeps the store, with its refresh token.
func (o Options) Name() string { return digest(o.URL, o.ClientID, o.RefreshToken)[:12] }

func digest(texts ...string) string {
	quoted, _ := json.Marshal(texts) // Texts always can be.
	sum := sha256.Sum256(quoted)
	return hex.EncodeToString(sum[:])
}

// NewClient returns the HTTP client for a token server. It trusts these authorities, nil for
// the system's, and follows no redirection: the secrets go to the address that was set.
func NewClient(roots *x509.CertPool, proxy func(*http.Request) (*url.URL, error), timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			Proxy: proxy, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Source hands out access tokens. Several goroutines may use it.
type Source struct {
	options Options

	mu   sync.Mutex
	held kept
	// fresh says that this process got the token that is held.
	fresh bool
	// refusal is why there will be no token.
	refusal *Error
}

// kept is what is in the store.
type kept struct {
	// Key is that of the options that the token is for.
	Key    string `json:"key"`
	Access string `json:"access_token"`
	// Until is when another one is fetched.
	Until time.Time `json:"until"`
	// Refresh is the newest refresh token; empty if it is that of the options.
	Refresh string `json:"refresh_token,omitempty"`
}

// New returns a Source.
func New(options Options) *Source { return &Source{options: options} }

// Token returns an access token that has not ended. An error is an [*Error], or that of
// ctx.
func (s *Source) Token(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isUsable(s.held) {
		return s.held.Access, nil
	}
	return s.renew(ctx, "")
}

// Replace returns another token than the one that the mail server refused. It returns
// none if that one was new.
func (s *Source) Replace(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.held.Access != refused && s.isUsable(s.held):
		return s.held.Access, nil
	case s.fresh:
		return "", nil
	}
	return s.renew(ctx, refused)
}

// Until returns when the token that was returned last is replaced; zero before the first.
func (s *Source) Until() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held.Until
}

func (s *Source) isUsable(k kept) bool {
	return k.Access != "" && k.Key == s.options.Key() && s.options.Now().Before(k.Until)
}

// renew takes a token from the store, or a new one from the server.
func (s *Source) renew(ctx context.Context, refused string) (string, error) {
	if s.refusal != nil {
		return "", s.refusal
	}
	if s.options.Store != nil {
		release, err := s.options.Store.Lock(ctx)
		if err != nil {
			s.warn("the access token is fetched without a lock", err)
		} else {
			defer release()
		}
	}
	before := s.load()
	if s.isUsable(before) && before.Access != refused {
		s.held, s.fresh = before, false
		return before.Access, nil
	}
	next, err := s.fetch(ctx, before.Refresh)
	if e, ok := err.(*Error); ok && e.Kind == Refused && before.Refresh != "" && before.Refresh != s.options.RefreshToken { //nolint:errorlint // fetch itself makes it.
		// A refresh token that was handed out may have been lost with its answer.
		next, err = s.fetch(ctx, "")
	}
	if e, ok := err.(*Error); ok && !e.Temporary() { //nolint:errorlint // fetch itself makes it.
		s.refusal = e
	}
	if err != nil {
		return "", err
	}
	s.held, s.fresh = next, true
	s.save(next)
	return next.Access, nil
}

// load returns what an earlier run kept; nothing if that cannot be read.
func (s *Source) load() kept {
	var k kept
	if s.options.Store == nil {
		return k
	}
	text, err := s.options.Store.Load()
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		s.warn("the access token of an earlier run cannot be read", err)
		return kept{}
	}
	return k
}

func (s *Source) save(k kept) {
	if s.options.Store == nil {
		if k.Refresh != "" {
			s.options.Log.Warn("the token server gave a new refresh token, which is not kept, as state_dir is none; the old one may end")
		}
		return
	}
	text, err := json.Marshal(k) //nolint:gosec // To keep the token is what it is for.
	if err == nil {
		err = s.options.Store.Save(text)
	}
	if err != nil {
		s.warn("the access token is not kept for the next run", err)
	}
}

func (s *Source) warn(text string, err error) {
	s.options.Log.Warn(text, "error", err.Error()) //nolint:sloglint // Each caller's text is constant.
}

// How long before its end a token is replaced, unless it lives shorter, and how long one
// is used whose end is not said.
const (
	margin   = 2 * time.Minute
	unstated = 10 * time.Minute
)

// fetch gets a token from the server, by this refresh token or that of the options.
func (s *Source) fetch(ctx context.Context, refresh string) (kept, error) {
	o := s.options
	if refresh == "" {
		refresh = o.RefreshToken
	}
	config := clientcredentials.Config{
		ClientID: o.ClientID, ClientSecret: o.ClientSecret, TokenURL: o.URL, Scopes: strings.Fields(o.Scope),
		// Google and Microsoft document this way alone.
		AuthStyle: oauth2.AuthStyleInParams,
	}
	if refresh != "" {
		config.EndpointParams = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	}
	asked := o.Now()
	got, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, o.Client))
	if ctx.Err() != nil {
		return kept{}, context.Cause(ctx)
	}
	if err != nil {
		return kept{}, s.failure(err, refresh)
	}
	life := lifeOf(got)
	k := kept{Key: o.Key(), Access: got.AccessToken, Until: asked.Add(life - min(margin, life/4))}
	if got.RefreshToken != o.RefreshToken {
		k.Refresh = got.RefreshToken
	}
	o.Log.Debug("an access token was fetched", "until", k.Until)
	return k, nil
}

// lifeOf returns for how long a token is valid. Some servers write the number as a text.
func lifeOf(t *oauth2.Token) time.Duration {
	seconds, err := strconv.ParseFloat(fmt.Sprint(t.Extra("expires_in")), 64)
	if err != nil || seconds <= 0 {
		return unstated
	}
	return time.Duration(min(seconds, 365*24*3600)) * time.Second
}
