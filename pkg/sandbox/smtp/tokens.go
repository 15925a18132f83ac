package smtp

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Provider is whose ways a mailbox with access tokens has, and the server that hands these
// out.
type Provider string

// The providers. Standard has those of RFC 6749 and RFC 7628 alone.
const (
	Microsoft Provider = "microsoft"
	Google    Provider = "google"
	Standard  Provider = "standard"
)

// TokenOptions say what a token server knows.
type TokenOptions struct {
	Provider Provider
	// ClientID and ClientSecret are those of the only client.
	ClientID, ClientSecret string
	// RefreshToken is the first one of the mailbox's owner. Rotates gives another one with
	// each access token, and ends the one that was used.
	RefreshToken string
	Rotates      bool
	// Life is how long an access token is valid.
	Life time.Duration
}

// TokenServer hands out access tokens for a mailbox (RFC 6749, sections 4.4 and 6).
type TokenServer struct {
	options TokenOptions
	server  *http.Server
	url     string

	mu      sync.Mutex
	valid   map[string]time.Time
	refresh string
	issued  int
	fault   *TokenFault
}

// TokenFault is an answer in place of a token.
type TokenFault struct {
	Status int
	Body   string
	// Times is how often it is given; 0 means for ever.
	Times int
}

// StartTokens starts a token server. From then on the mailbox takes its tokens and no
// password. Close of the mailbox leaves it running.
func (b *Mailbox) StartTokens(options TokenOptions) (*TokenServer, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the token server: %w", err)
	}
	s := &TokenServer{
		options: options, url: "https://" + listener.Addr().String() + "/oauth2/v2.0/token", valid: map[string]time.Time{}, refresh: options.RefreshToken,
	}
	s.server = &http.Server{Handler: s, TLSConfig: b.tls.Clone(), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(tls.NewListener(listener, b.tls)) }() // Close ends it.
	b.mu.Lock()
	b.tokens = s
	b.mu.Unlock()
	return s, nil
}

// URL is where tokens are got.
func (s *TokenServer) URL() string { return s.url }

// Close ends the server.
func (s *TokenServer) Close() error { return s.server.Close() }

// Issued is how many access tokens were handed out.
func (s *TokenServer) Issued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issued
}

// RefreshToken is the one that is valid now.
func (s *TokenServer) RefreshToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refresh
}

// Revoke ends all access tokens, and the refresh token if that is said.
func (s *TokenServer) Revoke(refresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.valid)
	if refresh {
		s.refresh = rand.Text()
	}
}

// Inject answers otherwise.
func (s *TokenServer) Inject(f TokenFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = &f
}

// accepts tells whether an access token is valid.
func (s *TokenServer) accepts(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.valid[token]
	return ok && time.Until(until) > 0 //nolint:forbidigo // A server has a clock of its own.
}

// ServeHTTP implements [http.Handler].
func (s *TokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if f := s.fault; f != nil {
		if f.Times--; f.Times == 0 {
			s.fault = nil
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body)) // The client may be gone.
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	status, body := http.StatusOK, s.answer(r)
	if body["error"] != nil {
		status = http.StatusBadRequest
		if body["error"] == "invalid_client" {
			status = http.StatusUnauthorized
		}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // The client may be gone.
}

// answer returns a token, or an error in the words of the provider.
func (s *TokenServer) answer(r *http.Request) map[string]any {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		return s.refuse("invalid_request", "AADSTS900561", "The endpoint only accepts POST requests.")
	}
	refreshes := false
	switch form := r.PostForm; {
	case form.Get("client_id") != s.options.ClientID:
		return s.refuse(s.pick("unauthorized_client", "invalid_client"), "AADSTS700016",
			"Application with identifier '"+form.Get("client_id")+"' was not found in the directory 'Example'.")
	case form.Get("client_secret") != s.options.ClientSecret:
		return s.refuse("invalid_client", "AADSTS7000215", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "+
			"value, not the client secret ID, for a secret added to app '"+s.options.ClientID+"'.")
	case form.Get("grant_type") == "client_credentials" && s.options.Provider == Google:
		return s.refuse("unsupported_grant_type", "", "Invalid grant_type: client_credentials")
	case form.Get("grant_type") == "client_credentials" && s.options.Provider == Microsoft && form.Get("scope") == "":
		return s.refuse("invalid_request", "AADSTS900144", "The request body must contain the following parameter: 'scope'.")
	case form.Get("grant_type") == "client_credentials" && s.options.Provider == Microsoft && !strings.HasSuffix(form.Get("scope"), "/.default"):
		return s.refuse("invalid_scope", "AADSTS1002012", "The provided value for scope "+form.Get("scope")+
			" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
	case form.Get("grant_type") == "client_credentials":
	case form.Get("grant_type") != "refresh_token":
		return s.refuse("unsupported_grant_type", "AADSTS70003", "The app requested an unsupported grant type.")
	case form.Get("refresh_token") != s.refresh:
		return s.refuse("invalid_grant", "AADSTS700082", "The refresh token has expired due to inactivity.")
	default:
		refreshes = true
	}
	return s.issue(refreshes)
}

// issue returns a new access token.
func (s *TokenServer) issue(refreshes bool) map[string]any {
	token := "access." + rand.Text()
	s.valid[token] = time.Now().Add(s.options.Life) //nolint:forbidigo // A server has a clock of its own.
	s.issued++
	body := map[string]any{"access_token": token, "token_type": "Bearer", "expires_in": int(s.options.Life / time.Second)}
	if refreshes && s.options.Rotates {
		s.refresh = "refresh." + rand.Text()
		body["refresh_token"] = s.refresh
	}
	return body
}

// refuse returns an error (RFC 6749, section 5.2).
func (s *TokenServer) refuse(code, number, text string) map[string]any {
	if s.options.Provider == Microsoft {
		return map[string]any{
			"error": code, "error_codes": []int{0}, "trace_id": rand.Text(),
			"error_description": number + ": " + text + " Trace ID: 0 Correlation ID: 0 Timestamp: 2026-11-30 12:00:00Z",
		}
	}
	switch code {
	case "invalid_grant":
		text = "Token has been expired or revoked."
	case "invalid_client":
		text = "Unauthorized"
	}
	return map[string]any{"error": code, "error_description": text}
}

func (s *TokenServer) pick(microsoft, other string) string {
	if s.options.Provider == Microsoft {
		return microsoft
	}
	return other
}
