package odoo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

// Options say which Odoo to talk to, and how.
type Options struct {
	// URL is Odoo's address without the path of a page, such as
	// https://odoo.example.com. Plain http is refused for any host but this
	// one, unless AllowHTTP is set: the password travels with every call.
	URL       string
	AllowHTTP bool
	// API is how Odoo is called; empty means Auto.
	API API
	// Database is the name of the database, User the login of the
	// integration user. With JSON2 the API key tells the user, who then need not
	// be named.
	Database string
	User     string
	// Password returns the password or API key. It is a function so that
	// printing the options never shows it.
	Password func() string
	// CAFile names a file of PEM certificates that are trusted besides the
	// system's; empty for none.
	CAFile string
	// Timeout bounds each HTTP request, from dialing to the last byte of the
	// answer; 0 means 30 seconds.
	Timeout time.Duration
	// Attempts is how often a call is made that stumbles, before it fails; 0
	// means five times within about eight seconds. With 1, a server may put a call
	// off for Timeout, else for [pace.Longest].
	Attempts int
	// Pace says when requests may begin. All clients of one Odoo share one; nil for no
	// limit.
	Pace *pace.Pace
	// MaxAnswer bounds an answer, in bytes after decompression; 0 means 16 MiB.
	MaxAnswer int64
	// Version is the program's, for the User-Agent header.
	Version string
	// Logger receives calls at debug level and repeated ones at info level,
	// never their contents; nil for none.
	Logger *slog.Logger
	// Now is this host's clock. It must be given.
	Now func() time.Time
	// Sleep waits before a call is repeated, and returns early when the
	// context ends; nil means to really wait.
	Sleep func(ctx context.Context, d time.Duration)
	// Proxy chooses the HTTP proxy of a request; nil for none.
	Proxy func(*http.Request) (*url.URL, error)
	// Transport replaces the network, CAFile and Proxy included; nil for the
	// network.
	Transport http.RoundTripper
}

const (
	defaultTimeout   = 30 * time.Second
	defaultMaxAnswer = 16 << 20

	// Connections that lie idle for longer may have been dropped by a
	// firewall or a proxy; nginx closes them after 75 seconds.
	idleTimeout = 30 * time.Second
)

// named checks that the options say who logs in, and where.
func (o Options) named() error {
	switch {
	case o.Password == nil:
		return unset("odoo.password_file")
	case o.Database == "":
		return unset("odoo.database")
	case o.User == "" && o.API != JSON2:
		return unset("odoo.user")
	}
	return nil
}

// complete checks the options and fills in the defaults.
func (o Options) complete() (Options, error) {
	switch {
	case o.Now == nil:
		return o, &Error{Kind: Defect, Message: "the connection to Odoo was given no clock"}
	case o.Timeout < 0 || o.MaxAnswer < 0:
		return o, &Error{Kind: Misconfigured, Message: "odoo.timeout is negative", Cure: "give odoo.timeout a duration such as 30s"}
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Password == nil {
		o.Password = func() string { return "" }
	}
	if o.API == "" {
		o.API = Auto
	}
	if o.Attempts == 0 {
		o.Attempts = maxAttempts
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = defaultMaxAnswer
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Sleep == nil {
		o.Sleep = pace.Sleep
	}
	return o, nil
}

func unset(setting string) error {
	return &Error{Kind: Misconfigured, Message: setting + " is not set", Cure: "set " + setting}
}

// baseURL checks an address and returns it without a slash at its end. An
// address that may hold a password is never quoted in the error.
func baseURL(raw string, allowHTTP bool) (string, error) {
	if raw == "" {
		return "", unset("odoo.url")
	}
	refuse := func(why, hint string) (string, error) {
		return "", &Error{Kind: Misconfigured, Message: "odoo.url " + why, Cure: hint}
	}
	const form = "set odoo.url to the address of Odoo, such as https://odoo.example.com"
	u, err := url.Parse(raw)
	switch {
	case strings.Contains(raw, "@"):
		return refuse("holds a user name or a password", "write them in odoo.user and odoo.password_file, and odoo.url without them")
	case err != nil, u.Host == "", u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http":
		return refuse("is not an address: "+quote(raw), form)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return refuse("ends with a query or a fragment: "+quote(raw), form)
	case u.Scheme == "http" && !allowHTTP && !loopback(u.Hostname()):
		return refuse("is plain http: "+quote(raw)+"; the password would travel unencrypted",
			"use https, or set odoo.allow_http when the network between is trusted")
	}
	return strings.TrimRight(raw, "/"), nil
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// httpClient returns a client that follows no redirect: a POST that is
// redirected becomes a GET, and the password would travel to an address that
// nobody configured.
func httpClient(o Options) (*http.Client, error) {
	transport := o.Transport
	if transport == nil {
		roots, err := Certificates(o.CAFile)
		if err != nil {
			return nil, err
		}
		transport = &http.Transport{
			Proxy:               o.Proxy,
			DialContext:         (&net.Dialer{KeepAlive: idleTimeout}).DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     idleTimeout,
		}
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Certificates returns the system's roots and those of the file; nil, which
// means the system's, without a file.
func Certificates(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	const hint = "let odoo.ca_file name a readable file of PEM certificates"
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, &Error{Kind: Misconfigured, Message: "read odoo.ca_file: " + err.Error(), Err: err, Cure: hint}
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, &Error{Kind: Misconfigured, Message: "odoo.ca_file holds no certificate: " + quote(file), Cure: hint}
	}
	return roots, nil
}
