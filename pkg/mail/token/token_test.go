package token_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/mail/token"
)

const clientSecret, firstRefresh = "secret/of+the client", "1//refresh"

// provider is a token server that hands out access-1, access-2, and so on.
type provider struct {
	*httptest.Server

	mu      sync.Mutex
	issued  int
	rotates bool
	// answer replaces the usual one.
	answer func(http.ResponseWriter, url.Values)
	asked  []url.Values
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	p.asked = append(p.asked, r.PostForm)
	w.Header().Set("Content-Type", "application/json")
	if p.answer != nil {
		p.answer(w, r.PostForm)
		return
	}
	p.issued++
	body := map[string]any{"access_token": fmt.Sprint("access-", p.issued), "token_type": "Bearer", "expires_in": 3600}
	if p.rotates {
		body["refresh_token"] = fmt.Sprint("refresh-", p.issued)
	}
	_ = json.NewEncoder(w).Encode(body)
}

// memory is a store that several sources share.
type memory struct {
	lock sync.Mutex
	text []byte
}

func (m *memory) Lock(context.Context) (func(), error) { m.lock.Lock(); return m.lock.Unlock, nil }
func (m *memory) Load() ([]byte, error)                { return m.text, nil }
func (m *memory) Save(text []byte) error               { m.text = text; return nil }

var noon = time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)

// process is a crm-tool that uses a provider.
func process(p *provider, store token.Store, change func(*token.Options)) *token.Source {
	o := token.Options{
		URL: p.URL + "/token", ClientID: "client", ClientSecret: clientSecret, Scope: "https://outlook.office365.com/.default",
		Client: p.Client(), Store: store, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
	}
	o.Client.CheckRedirect = token.NewClient(nil, nil, 0).CheckRedirect
	if change != nil {
		change(&o)
	}
	return token.New(o)
}

func TestATokenIsUsedUntilShortlyBeforeItsEnd(t *testing.T) {
	t.Parallel()
	p, now := newProvider(t), noon
	s := process(p, nil, func(o *token.Options) { o.Now = func() time.Time { return now } })
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{0, "access-1"}, {57 * time.Minute, "access-1"}, {58 * time.Minute, "access-2"}} {
		now = noon.Add(c.after)
		got, err := s.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, c.want, got, c.after)
	}
	assert.Equal(t, noon.Add(116*time.Minute), s.Until())
	assert.Equal(t, []url.Values{
		{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {clientSecret}, "scope": {"https://outlook.office365.com/.default"}},
	}, p.asked[:1])
}

func TestATokenWithoutAnEndIsUsedForMinutes(t *testing.T) {
	t.Parallel()
	for end, want := range map[string]time.Duration{``: 8 * time.Minute, `,"expires_in":"120"`: 90 * time.Second, `,"expires_in":-1`: 8 * time.Minute} {
		p := newProvider(t)
		p.answer = func(w http.ResponseWriter, _ url.Values) {
			_, _ = fmt.Fprintf(w, `{"access_token":"a","token_type":"Bearer"%s}`, end)
		}
		s := process(p, nil, nil)
		_, err := s.Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, noon.Add(want), s.Until(), end)
	}
}

func TestATokenIsKeptForOtherProcesses(t *testing.T) {
	t.Parallel()
	p, store := newProvider(t), &memory{}
	var processes sync.WaitGroup
	for range 8 {
		processes.Go(func() {
			got, err := process(p, store, nil).Token(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, "access-1", got)
		})
	}
	processes.Wait()
	for what, change := range map[string]func(*token.Options){
		"another client":       func(o *token.Options) { o.ClientID = "other" },
		"another secret":       func(o *token.Options) { o.ClientSecret = "other" },
		"another scope":        func(o *token.Options) { o.Scope = "other" },
		"another server":       func(o *token.Options) { o.URL += "/other" },
		"a token of a user":    func(o *token.Options) { o.RefreshToken = firstRefresh },
		"a time after its end": func(o *token.Options) { o.Now = func() time.Time { return noon.Add(time.Hour) } },
	} {
		before := p.issued
		_, err := process(p, &memory{text: store.text}, change).Token(t.Context())
		require.NoError(t, err)
		assert.Equal(t, before+1, p.issued, what)
	}
	store.text = []byte("damaged {")
	_, err := process(p, store, nil).Token(t.Context())
	require.NoError(t, err, "what cannot be read is replaced")
	assert.True(t, json.Valid(store.text))
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	p, store := newProvider(t), &memory{}
	old := process(p, store, nil)
	_, err := old.Token(t.Context())
	require.NoError(t, err)

	s := process(p, store, nil)
	kept, err := s.Token(t.Context())
	require.NoError(t, err)
	next, err := s.Replace(t.Context(), kept)
	require.NoError(t, err)
	assert.Equal(t, []string{"access-1", "access-2"}, []string{kept, next})

	again, err := s.Replace(t.Context(), kept)
	require.NoError(t, err)
	assert.Equal(t, next, again, "another connection was refused the same token")
	none, err := s.Replace(t.Context(), next)
	require.NoError(t, err)
	assert.Empty(t, none, "a new token that is refused is not replaced")

	other := process(p, store, nil)
	got, err := other.Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, next, got, "the next run has the new one")
	assert.Equal(t, 2, p.issued)
}

func TestTheNewestRefreshTokenIsUsed(t *testing.T) {
	t.Parallel()
	p, store := newProvider(t), &memory{}
	p.rotates = true
	late := func(hours int) func(*token.Options) {
		return func(o *token.Options) {
			o.RefreshToken, o.Scope = firstRefresh, ""
			o.Now = func() time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
		}
	}
	for hours := range 3 {
		_, err := process(p, store, late(hours)).Token(t.Context())
		require.NoError(t, err)
	}
	var used []string
	for _, form := range p.asked {
		assert.Equal(t, "refresh_token", form.Get("grant_type"))
		assert.NotContains(t, form, "scope")
		used = append(used, form.Get("refresh_token"))
	}
	assert.Equal(t, []string{firstRefresh, "refresh-1", "refresh-2"}, used)

	p.asked, p.answer = nil, func(w http.ResponseWriter, form url.Values) {
		if form.Get("refresh_token") != firstRefresh {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"new","token_type":"Bearer"}`))
	}
	got, err := process(p, store, late(9)).Token(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "new", got, "that of the settings may still be good")
	assert.NotContains(t, string(store.text), "refresh-3")
}

func TestErrorsOfTokenServers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		kind   token.Kind
		want   string
		cure   string
	}{
		{
			"a wrong secret", 401, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1 Timestamp: 2"}`,
			token.Refused, "invalid_client: AADSTS7000215: Invalid client secret provided.", "not its ID",
		},
		{
			"a secret that ended", 401, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired."}`,
			token.Refused, "invalid_client: AADSTS7000222: The provided client secret keys are expired.", "make a new one",
		},
		{"a wrong secret elsewhere", 401, `{"error":"invalid_client","error_description":"Unauthorized"}`, token.Refused, "invalid_client: Unauthorized", "client_secret_file"},
		{
			"a wrong tenant", 400, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'x' not found."}`,
			token.Misconfigured, "invalid_request: AADSTS90002: Tenant 'x' not found.", "Directory (tenant) ID",
		},
		{
			"a grant that ended", 400, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`,
			token.Refused, "invalid_grant: Token has been expired or revoked.", "get a new one into smtp.oauth2.refresh_token_file",
		},
		{"a client without permission", 400, `{"error":"unauthorized_client"}`, token.Refused, "unauthorized_client", "administrator"},
		{"a wrong scope", 400, `{"error":"invalid_scope","error_description":"bad"}`, token.Misconfigured, "invalid_scope: bad", "smtp.oauth2.scope"},
		{"another code", 400, `{"error":"interaction_required"}`, token.Refused, "interaction_required", ""},
		{"an error with status 200", 200, `{"error":"invalid_grant"}`, token.Refused, "invalid_grant", "get a new one"},
		{"too many requests", 429, `slow down`, token.Later, "it answers with HTTP 429", "later"},
		{"a server that is busy", 400, `{"error":"temporarily_unavailable"}`, token.Later, "temporarily_unavailable", "later"},
		{"a server in trouble", 502, `<html>`, token.Later, "it answers with HTTP 502", "later"},
		{"a redirection", 302, ``, token.Misconfigured, "it redirects to another address", "final address"},
		{"a web server", 404, `<html>`, token.Misconfigured, "it answers with HTTP 404, and not as a token server does", "token_url"},
		{"a page", 200, `<html>`, token.Unreachable, "it does not answer as a token server does", "token_url"},
		{"no token", 200, `{"token_type":"Bearer"}`, token.Unreachable, "it does not answer as a token server does", "token_url"},
		{
			"an echo", 400, `{"error":"invalid_request","error_description":"secret/of+the client secret%2Fof%2Bthe+client 1//refresh \u001b[2J"}`,
			token.Misconfigured, "invalid_request: <redacted> <redacted> <redacted> [2J", "scope",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.answer = func(w http.ResponseWriter, _ url.Values) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}
			s := process(p, nil, func(o *token.Options) { o.RefreshToken = firstRefresh })
			_, err := s.Token(t.Context())
			var e *token.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "get an access token from "+e.Host+": "+c.want, err.Error())
			assert.Equal(t, c.kind, e.Kind)
			assert.Contains(t, e.Hint(), c.cure)
			assert.Equal(t, c.cure == "", e.Hint() == "")
			_, again := s.Token(t.Context())
			require.ErrorAs(t, again, &e)
			assert.Equal(t, e.Temporary(), len(p.asked) == 2, "what cannot change is not asked again")
		})
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.Close()
	_, err := process(p, nil, nil).Token(t.Context())
	var e *token.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, token.Unreachable, e.Kind)
	assert.Contains(t, e.Message, "no connection to 127.0.0.1:")
	assert.True(t, e.Temporary())

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.DeadlineExceeded)
	_, err = process(newProvider(t), nil, nil).Token(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded, "a run that ends is no fault of the server")
}
