package odoo

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

// Pages opens the public pages of surveys as a client does, without an account.
type Pages struct {
	// Transport replaces the network in tests.
	Transport http.RoundTripper
	// CAFile names certificates that are trusted besides the system's.
	CAFile string
	// Pace is that of the Odoo whose pages they are; nil for none.
	Pace *pace.Pace
}

// pageTimeout is how long a page may take; pageRedirects how often it may
// point elsewhere.
const (
	pageTimeout   = 30 * time.Second
	pageRedirects = 5
)

// PageError says why a page could not be opened.
type PageError struct {
	// Kind is [Unreachable], [Untrusted], [ProxyFailed] or [Temporary] if it may
	// be a fault of the moment. With [Misconfigured], clients cannot open the page
	// either, or this host is not let in.
	Kind Kind
	// Host is that of the page. Whoever has the whole address can answer.
	Host  string
	Cause string
}

func (e *PageError) Error() string { return "a page on " + e.Host + " " + e.Cause }

// Hint says what a person can do about it.
func (e *PageError) Hint() string {
	const known = "; if clients reach the page and this host cannot, as behind a firewall, set feedback.check_page to false"
	switch e.Kind { //nolint:exhaustive // A page has these kinds alone.
	case Unreachable:
		return "see whether odoo.public_url is where clients reach Odoo, and whether this host reaches it" + known
	case Untrusted:
		return "renew the certificate, or set odoo.ca_file to the authority that signed it if browsers trust it" + known
	case ProxyFailed, Temporary:
		return "run again later; if it stays so, read the log of the proxy before Odoo" + known
	}
	return "set odoo.public_url to where clients reach Odoo; on a server with several databases, Odoo needs a filter by host name (dbfilter)" + known
}

// pageKind returns what a status other than 200 says: the server asks to come
// back, does not work at the moment, or does not have the page for this host.
func pageKind(status int) Kind {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return Temporary
	case status >= 500:
		return ProxyFailed
	}
	return Misconfigured
}

// Look fetches a survey's start page. Odoo answers with status 200, or with a
// login or nothing if it does not let the client in.
func (p Pages) Look(ctx context.Context, address string) error {
	a, err := p.fetch(ctx, address)
	switch {
	case err != nil:
		return err
	case a.status != http.StatusOK:
		return &PageError{Kind: pageKind(a.status), Host: a.asked.Host, Cause: fmt.Sprintf("answers with status %d", a.status)}
	case !surveyPath.MatchString(a.path):
		return &PageError{Kind: Misconfigured, Host: a.asked.Host, Cause: "leads away from the survey, to " + withoutToken(a.path, a.asked)}
	}
	return nil
}

// Reach tells whether something answers where an address is, whatever it answers.
func (p Pages) Reach(ctx context.Context, address string) error {
	_, err := p.fetch(ctx, address)
	return err
}

// pageAnswer is what came back from an address: a status, from the path to which
// redirections led.
type pageAnswer struct {
	asked  *url.URL
	status int
	path   string
	// later: the server asks to come back after so long.
	later bool
	after time.Duration
}

// fetch gets a page, again if the server asks for it.
func (p Pages) fetch(ctx context.Context, address string) (pageAnswer, error) {
	patience := pace.Patience{Left: pace.Longest, Pauses: pace.NewPauses()}
	for {
		a, err := p.get(ctx, address)
		if err != nil || !a.later || !p.Pace.PutOff(ctx, &patience, a.after) {
			return a, cmp.Or(err, context.Cause(ctx))
		}
	}
}

func (p Pages) get(ctx context.Context, address string) (pageAnswer, error) {
	var none pageAnswer
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return none, &PageError{Kind: Misconfigured, Host: "an unknown host", Cause: "has no usable address"}
	}
	client, err := p.client()
	if err != nil {
		return none, err
	}
	limited, cancel := context.WithTimeout(ctx, pageTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, nil)
	if err != nil {
		return none, &PageError{Kind: Misconfigured, Host: u.Host, Cause: "has no usable address"}
	}
	response, err := client.Do(request)
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	if err != nil {
		kind := Unreachable
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			kind = Untrusted
		}
		return none, &PageError{Kind: kind, Host: u.Host, Cause: "cannot be reached: " + withoutToken(withoutAddress(err), u)}
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, defaultMaxAnswer))
	a := pageAnswer{asked: u, status: response.StatusCode, path: response.Request.URL.Path}
	a.after, a.later = pace.Asked(response)
	return a, nil
}

func (p Pages) client() (*http.Client, error) {
	transport := p.Transport
	if transport == nil {
		roots, err := certificates(p.CAFile)
		if err != nil {
			return nil, err
		}
		network := http.DefaultTransport.(*http.Transport).Clone()
		network.TLSClientConfig.RootCAs = roots
		network.DialContext = dialLocalhost
		transport = network
	}
	// Odoo 20 knows a client by a cookie that the link gives them. Each look is that
	// of another client.
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: p.Pace.Transport(transport), Jar: jar, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) >= pageRedirects {
			return http.ErrUseLastResponse
		}
		return nil
	}}, nil
}

// dialLocalhost dials this host for every name under localhost (RFC 6761, section
// 6.3), which the resolver does not do.
func dialLocalhost(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err == nil && strings.HasSuffix(host, ".localhost") {
		address = net.JoinHostPort("localhost", port)
	}
	return (&net.Dialer{Timeout: pageTimeout}).DialContext(ctx, network, address)
}

// surveyPath is where surveys are; Odoo puts a language before it.
var surveyPath = regexp.MustCompile(`^/([a-z]{2,3}(_[A-Za-z@]{2,6})?/)?survey/`)

// withoutToken returns a text without the token in an address, which may have
// been sent back in a redirection.
func withoutToken(text string, address *url.URL) string {
	token := address.Query().Get("answer_token")
	if token == "" {
		return text
	}
	return strings.ReplaceAll(text, token, "<token>")
}

// withoutAddress returns an HTTP client's error without the address, which is
// a secret.
func withoutAddress(err error) string {
	if wrapped, ok := err.(*url.Error); ok { //nolint:errorlint // This is what the client returns.
		err = wrapped.Err
	}
	return err.Error()
}
