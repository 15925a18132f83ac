package odoo_test

import (
	"bytes"
	"compress/gzip"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const loginPage = "<!DOCTYPE html>\n<html><head><title>Login | Example &amp; Co</title></head><body>\x1b[31mHello</body></html>"

func TestBadServersAreToldApart(t *testing.T) {
	whole := string(response("x"))
	const where = "set odoo.url to the host that answers POST /xmlrpc/2/common as Odoo itself, such as https://odoo.example.com, without a path"
	const between = "see what stands at odoo.url and between, and read its log"
	const proxy = "see whether Odoo runs behind the proxy at odoo.url, and read the proxy's log"
	const later = "run again later; if it stays so, read the logs of Odoo and of the proxy before it"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   failure // URL stands for the server's address
	}{
		"a web page with status 200": {
			raw(loginPage),
			failure{odoo.NotOdoo, `URL answers with the web page "Login | Example & Co" instead of XML-RPC`, where},
		},
		"a web page without a title": {
			raw("<html><body>It works!</body></html>"),
			failure{odoo.NotOdoo, `URL answers with a web page instead of XML-RPC`, where},
		},
		"an XHTML page": {
			raw(`<?xml version="1.0"?><html><title>x</title></html>`),
			failure{odoo.NotOdoo, `URL answers with the web page "x" instead of XML-RPC`, where},
		},
		"JSON": {
			raw(`{"jsonrpc": "2.0"}`),
			failure{odoo.NotOdoo, `URL answers, but not with XML-RPC`, where},
		},
		"another kind of XML": {
			raw(`<?xml version="1.0"?><rss version="2.0"></rss>`),
			failure{odoo.NotOdoo, `URL answers, but not with XML-RPC`, where},
		},
		"something after the answer": {
			raw(whole + "<!-- generated in 3 ms -->"),
			failure{odoo.NotOdoo, `URL answers, but not with XML-RPC`, where},
		},
		"a page that does not exist": {
			status(404, loginPage),
			failure{odoo.NotOdoo, `URL answers with HTTP 404 (Not Found) instead of XML-RPC`, where},
		},
		"a status nobody knows": {
			status(499, ""),
			failure{odoo.NotOdoo, `URL answers with HTTP 499 instead of XML-RPC`, where},
		},
		"a proxy that wants a login": {
			status(401, loginPage),
			failure{odoo.NotOdoo, `URL answers with HTTP 401 (Unauthorized) instead of XML-RPC`, where},
		},
		"a proxy without Odoo": {
			status(502, loginPage),
			failure{odoo.ProxyFailed, `URL is there, but not Odoo behind it: HTTP 502 (Bad Gateway)`, proxy},
		},
		"a proxy that refuses large requests": {
			status(413, loginPage),
			failure{
				odoo.ProxyFailed, `a proxy at URL refuses the request as too large: HTTP 413 (Request Entity Too Large)`,
				"let the proxy before Odoo accept larger requests (nginx: client_max_body_size)",
			},
		},
		"too many requests": {
			status(429, loginPage),
			failure{
				odoo.Temporary, `URL refuses so many requests: HTTP 429 (Too Many Requests)`,
				"run again later; see whether others call this Odoo at the same time, and set odoo.rate to as many calls a second as it permits",
			},
		},
		"a redirect to https": {
			redirect("https://odoo.example.com/xmlrpc/2/object?token=secret"),
			failure{odoo.Redirected, `URL redirects to https://odoo.example.com/xmlrpc/2/object`, "set odoo.url to https://odoo.example.com"},
		},
		"a redirect to a page": {
			redirect("/web/login"),
			failure{odoo.Redirected, `URL redirects to URL/web/login`, where},
		},
		"a redirect below a path, which odoo.url does not take": {
			redirect("https://example.com/odoo/xmlrpc/2/object"),
			failure{odoo.Redirected, `URL redirects to https://example.com/odoo/xmlrpc/2/object`, where},
		},
		"a redirect to plain http, which odoo.url does not take": {
			redirect("http://odoo.example.com/xmlrpc/2/object"),
			failure{odoo.Redirected, `URL redirects to http://odoo.example.com/xmlrpc/2/object`, where},
		},
		"a redirect to itself": {
			redirect("/xmlrpc/2/common/"),
			failure{odoo.Redirected, `URL redirects to URL/xmlrpc/2/common/`, where},
		},
		"a redirect to nowhere": {
			status(302, ""),
			failure{odoo.Redirected, `URL redirects to another address`, where},
		},
		"an empty answer": {
			raw(""),
			failure{odoo.Truncated, `the answer of URL broke off before its end`, later},
		},
		"an answer cut in a tag": {
			raw(whole[:len(whole)-5]),
			failure{odoo.Truncated, `the answer of URL broke off before its end`, later},
		},
		"an answer cut after its first value": {
			raw(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(whole), "</methodResponse>"))),
			failure{odoo.Truncated, `the answer of URL broke off before its end`, later},
		},
		"an answer cut in its XML declaration": {
			raw("<?xml version"),
			failure{odoo.Truncated, `the answer of URL broke off before its end`, later},
		},
		"an answer shorter than announced": {
			short(whole),
			failure{odoo.Truncated, `the answer of URL broke off before its end`, later},
		},
		"an answer that is too long": {
			raw(string(response(strings.Repeat("x", 1<<20)))),
			failure{odoo.TooLarge, `the answer of URL is longer than 1048576 bytes`, between},
		},
		"a compressed answer that is too long": {
			compressed(response(strings.Repeat("x", 1<<20))),
			failure{odoo.TooLarge, `the answer of URL is longer than 1048576 bytes`, between},
		},
		"a nesting bomb": {
			raw("<methodResponse><params><param>" + strings.Repeat("<value><array><data>", 40_000)),
			failure{odoo.TooDeep, `the answer of URL is nested deeper than 128 elements`, between},
		},
		"a nesting bomb behind comments": {
			raw("<methodResponse><params><param>" + strings.Repeat("<value><!--</value>--><array><data>", 20_000)),
			failure{odoo.NotOdoo, `URL answers, but not with XML-RPC`, where},
		},
		"a nesting bomb behind attributes": {
			raw("<methodResponse><params><param>" + strings.Repeat(`<value a="/>">`, 20_000)),
			failure{odoo.NotOdoo, `URL answers, but not with XML-RPC`, where},
		},
		"entities within entities": {
			raw(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` +
				`<methodResponse><params><param><value><string>&b;</string></value></param></params></methodResponse>`),
			failure{odoo.NotOdoo, `URL answers, but not with XML-RPC`, where},
		},
		"an entity of nobody": {
			raw(strings.Replace(whole, ">x<", ">&b;<", 1)),
			failure{odoo.Malformed, `the answer of URL cannot be read: XML syntax error on line 3: invalid character entity &b;`, between},
		},
		"tags that do not match": {
			raw("<methodResponse><params><param><value><int>1</value></int></param></params></methodResponse>"),
			failure{odoo.Malformed, `the answer of URL cannot be read: XML syntax error on line 1: element <int> closed by </value>`, between},
		},
		"an answer without a value": {
			raw("<methodResponse><params></params></methodResponse>"),
			failure{odoo.Malformed, `the answer of URL cannot be read: EOF`, between},
		},
		"a number that is none": {
			raw(strings.ReplaceAll(string(response(1)), "<int>1<", "<int>one<")),
			failure{odoo.Malformed, `the answer of URL cannot be read: strconv.ParseInt: parsing "one": invalid syntax`, between},
		},
		"no connection kept": {
			hangUp,
			failure{odoo.Unreachable, `URL closed the connection without an answer`, "see whether Odoo runs at odoo.url, and whether a firewall stands between"},
		},
		"no answer in time": {
			silence,
			failure{odoo.Timeout, `URL gave no whole answer within 100ms`, "see why Odoo is slow, or raise odoo.timeout"},
		},
		"half an answer in time": {
			stuck(whole[:30]),
			failure{odoo.Timeout, `URL gave no whole answer within 100ms`, "see why Odoo is slow, or raise odoo.timeout"},
		},
		"no HTTP": {
			hijack("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
			failure{
				odoo.Unreachable, `the connection to URL broke: net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9.2"`,
				"see whether Odoo runs at odoo.url, and whether a firewall stands between",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			o := options(s.URL)
			o.MaxAnswer = 1 << 20
			if c.want.Kind == odoo.Timeout {
				o.Timeout = 100 * time.Millisecond
			}
			_, err := connect(t, o).Call(t.Context(), create())
			got := failureOf(t, err)
			got.Text = strings.ReplaceAll(got.Text, s.URL, "URL")
			c.want.Text = "call crm.lead.create: " + c.want.Text
			assert.Equal(t, c.want, got)
			assert.NotContains(t, got.Text, "\x1b")
		})
	}
}

func TestNothingIsSentToWhereARedirectLeads(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("HTTP %d was followed", code) }))
		defer elsewhere.Close()
		s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL+r.URL.Path, code) })
		_, err := connect(t, options(s.URL)).Call(t.Context(), create())
		assert.Equal(t, odoo.Redirected, failureOf(t, err).Kind)
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusMovedPermanently) }
}

// short announces more than it sends.
func short(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(body))
	}
}

// stuck sends the beginning of an answer and nothing more.
func stuck(begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(begin))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

func compressed(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes())
	}
}

// hijack answers with something that is not HTTP.
func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.Close()
	}
}

func TestCompressedAnswersAreRead(t *testing.T) {
	s := serve(t, compressed(response("Zoë")))
	got, err := connect(t, options(s.URL)).Call(t.Context(), read())
	require.NoError(t, err)
	assert.Equal(t, "Zoë", got)
}

func TestCharactersThatXMLForbidsCostNoPage(t *testing.T) {
	body := string(response([]any{"fine", "ONE", "TWO", "half\u00ADwidth ｡\uFFFD"}))
	s := serve(t, raw(strings.NewReplacer("ONE", "page\x0bbreak", "TWO", "\uFFFEodd\uFFFF").Replace(body)))
	got, err := connect(t, options(s.URL)).Call(t.Context(), read())
	require.NoError(t, err)
	assert.Equal(t, []any{"fine", "page break", "\uFFFDodd\uFFFD", "half\u00ADwidth ｡\uFFFD"}, got)
}

func TestServersThatAreNoOdooAreToldApartAtLogin(t *testing.T) {
	version := func(info ...any) map[string]any {
		return map[string]any{"server_version": "x", "server_version_info": info}
	}
	for name, c := range map[string]struct {
		answer any
		want   failure
	}{
		"another XML-RPC server": {
			map[string]any{"version": "4.2"},
			failure{
				odoo.NotOdoo, "URL speaks XML-RPC, but does not tell a version as Odoo does",
				"set odoo.url to the host that answers POST /xmlrpc/2/common as Odoo itself, such as https://odoo.example.com, without a path",
			},
		},
		"a version that is none": {
			version("beta"),
			failure{
				odoo.NotOdoo, "URL tells a version that is none of Odoo's: x",
				"set odoo.url to the host that answers POST /xmlrpc/2/common as Odoo itself, such as https://odoo.example.com, without a path",
			},
		},
		"an Odoo that is too old": {
			map[string]any{"server_version": "15.0", "server_version_info": []any{15, 0, 0, "final", 0, ""}},
			failure{odoo.TooOld, "URL is Odoo 15.0; crm-tool needs 16 or later", "upgrade Odoo to version 16 or later"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(value(c.answer))
			defer s.Close()
			_, err := newClient(t, options(s.URL)).Login(t.Context())
			got := failureOf(t, err)
			got.Text = strings.ReplaceAll(got.Text, s.URL, "URL")
			c.want.Text = "ask for Odoo's version: " + c.want.Text
			assert.Equal(t, c.want, got)
		})
	}
}

func TestOdooOnlineTellsItsVersionInItsOwnWay(t *testing.T) {
	answers := map[string]any{
		"version":      map[string]any{"server_version": "saas~17.4+e", "server_version_info": []any{"saas~17", 4, 0, "final", 0, "e"}},
		"authenticate": 9,
	}
	s := httptest.NewServer(byMethod(answers))
	defer s.Close()
	c := newClient(t, options(s.URL))
	uid, err := c.Login(t.Context())
	require.NoError(t, err)
	assert.Equal(t, int64(9), uid)
	assert.Equal(t, odoo.Version{Major: 17, Online: true, Text: "saas~17.4+e"}, c.Version())
}

func TestAHostWithoutOdooIsUnreachable(t *testing.T) {
	const nobody = "http://127.0.0.1:1"
	_, err := newClient(t, options(nobody)).Login(t.Context())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Equal(t, failure{
		odoo.Unreachable, "ask for Odoo's version: no connection to " + nobody + ": connect: connection refused",
		"see whether Odoo runs at odoo.url, and whether a firewall stands between",
	}, failureOf(t, err))
}

// broken is a network on which every request ends with the same error.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

func TestAHostNameThatDoesNotExistIsNotTriedAgain(t *testing.T) {
	o, p := options("https://odoo.example"), &pauses{}
	o.Sleep = p.sleep
	o.Transport = broken{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Name: "odoo.example", IsNotFound: true}}}
	_, err := newClient(t, o).Login(t.Context())
	assert.Equal(t, failure{
		odoo.Unreachable, `ask for Odoo's version: the host name "odoo.example" cannot be found`,
		"check the host name in odoo.url, and this host's name server",
	}, failureOf(t, err))
	assert.Empty(t, p.taken)
}

func TestAHostThatTakesNoConnectionInTimeIsUnreachable(t *testing.T) {
	o := options("https://odoo.example")
	o.Transport = hole{}
	o.Timeout = 10 * time.Millisecond
	_, err := newClient(t, o).Login(t.Context())
	assert.Equal(t, failure{
		odoo.Unreachable, "ask for Odoo's version: no connection to https://odoo.example within 10ms",
		"see whether Odoo runs at odoo.url, and whether a firewall stands between",
	}, failureOf(t, err))
}

// hole is a network that drops every packet.
type hole struct{}

func (hole) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GetConn("")
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAnAnswerThatIsNoUserIsNotTakenForOne(t *testing.T) {
	for _, answer := range []any{true, 0, -1, "5", []any{5}} {
		s := httptest.NewServer(byMethod(map[string]any{
			"version":      map[string]any{"server_version": "19.0", "server_version_info": []any{19, 0}},
			"authenticate": answer,
		}))
		_, err := newClient(t, options(s.URL)).Login(t.Context())
		assert.Equal(t, odoo.Malformed, failureOf(t, err).Kind, "%v", answer)
		s.Close()
	}
}
