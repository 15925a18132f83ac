// Package page opens the public pages of surveys as a client does, without an account,
// to see whether clients can.
package page

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

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

// Client opens pages. Each look is that of another client.
type Client struct {
	// Transport replaces the network in tests.
	Transport http.RoundTripper
	// CAFile names certificates that are trusted besides the system's.
	CAFile string
	// Pace is that of the Odoo whose pages they are; nil for none.
	Pace *pace.Pace
}

// timeout is how long a page may take, maxRedirects how often it may point elsewhere, and
// maxPage how many bytes of it are read, so that the connection can be used again.
const (
	timeout      = 30 * time.Second
	maxRedirects = 5
	maxPage      = 1 << 20
)

// Error says why a page could not be opened.
type Error struct {
	// Kind is [odoo.Unreachable], [odoo.Untrusted], [odoo.ProxyFailed] or
	// [odoo.Temporary] if it may be a fault of the moment. With [odoo.Misconfigured],
	// clients cannot open the page either, or this host is not let in.
	Kind odoo.Kind
	// Host is that of the page. Whoever has the whole address can answer.
	Host  string
	Cause string
}

func (e *Error) Error() string { return "a page on " + e.Host + " " + e.Cause }

// Hint says what a person can do about it.
func (e *Error) Hint() string {
	const known = "; if clients reach the page and this host cannot, as behind a firewall, set feedback.check_page to false"
	switch e.Kind { //nolint:exhaustive // A page has these kinds alone.
	case odoo.Unreachable:
		return "see whether odoo.public_url is where clients reach Odoo, and whether this host reaches it" + known
	case odoo.Untrusted:
		return "renew the certificate, or set odoo.ca_file to the authority that signed it if browsers trust it" + known
	case odoo.ProxyFailed, odoo.Temporary:
		return "run again later; if it stays so, read the log of the proxy before Odoo" + known
	}
	return "set odoo.public_url to where clients reach Odoo; on a server with several databases, Odoo needs a filter by host name (dbfilter)" + known
}

// kindOf returns what a status other than 200 says: the server asks to come
// back, does not work at the moment, or does not have the page for this host.
func kindOf(status int) odoo.Kind {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return odoo.Temporary
	case status >= 500:
		return odoo.ProxyFailed
	}
	return odoo.Misconfigured
}

// Look fetches a survey's start page. Odoo answers with status 200, or with a
// login or nothing if it does not let the client in.
func (c Client) Look(ctx context.Context, address string) error {
	a, err := c.fetch(ctx, address)
	switch {
	case err != nil:
		return err
	case a.status != http.StatusOK:
		return &Error{Kind: kindOf(a.status), Host: a.asked.Host, Cause: fmt.Sprintf("answers with status %d", a.status)}
	case !surveyPath.MatchString(a.path):
		return &Error{Kind: odoo.Misconfigured, Host: a.asked.Host, Cause: "leads away from the survey, to " + withoutToken(a.path, a.asked)}
	}
	return nil
}

// Reach tells whether something answers where an address is, whatever it answers.
func (c Client) Reach(ctx context.Context, address string) error {
	_, err := c.fetch(ctx, address)
	return err
}

// answer is what came back from an address: a status, from the path to which
// redirections led.
type answer struct {
	asked  *url.URL
	status int
	path   string
	// later: the server asks to come back after so long.
	later bool
	after time.Duration
}

// fetch gets a page, again if the server asks for it.
func (c Client) fetch(ctx context.Context, address string) (answer, error) {
	patience := pace.Patience{Left: pace.Longest, Pauses: pace.NewPauses()}
	for {
		a, err := c.get(ctx, address)
		if err != nil || !a.later || !c.Pace.PutOff(ctx, &patience, a.after) {
			return a, cmp.Or(err, context.Cause(ctx))
		}
	}
}

func (c Client) get(ctx context.Context, address string) (answer, error) {
	var none answer
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return none, &Error{Kind: odoo.Misconfigured, Host: "an unknown host", Cause: "has no usable address"}
	}
	client, err := c.client()
	if err != nil {
		return none, err
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, nil)
	if err != nil {
		return none, &Error{Kind: odoo.Misconfigured, Host: u.Host, Cause: "has no usable address"}
	}
	response, err := client.Do(request)
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	if err != nil {
		kind := odoo.Unreachable
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			kind = odoo.Untrusted
		}
		return none, &Error{Kind: kind, Host: u.Host, Cause: "cannot be reached: " + withoutToken(withoutAddress(err), u)}
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxPage))
	a := answer{asked: u, status: response.StatusCode, path: response.Request.URL.Path}
	a.after, a.later = pace.Asked(response)
	return a, nil
}

func (c Client) client() (*http.Client, error) {
	transport := c.Transport
	if transport == nil {
		roots, err := odoo.Certificates(c.CAFile)
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
	return &http.Client{Transport: c.Pace.Transport(transport), Jar: jar, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) >= maxRedirects {
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
	return (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
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
