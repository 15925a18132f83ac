package odoo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kolo/xmlrpc"
)

// pathPrefix is where Odoo 16 and later answer XML-RPC with faults as numbers.
const pathPrefix = "/xmlrpc/2/"

// maxPage bounds how much is read of an answer that is an error page.
const maxPage = 64 << 10

// message is one XML-RPC request, ready to be sent, more than once if need be.
type message struct {
	step    string // what an error says was being done
	service string // common or object
	// method is the ORM's method, or the service's.
	method string
	body   []byte
	// harmless: Odoo may execute it twice.
	harmless bool
}

// exchange sends one HTTP request and returns the value that Odoo answers. An
// error is an *Error without a step.
func (c *Client) exchange(ctx context.Context, m message) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()

	var seeking, connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { seeking.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+pathPrefix+m.service, bytes.NewReader(m.body))
	if err != nil {
		return nil, &Error{Kind: Defect, Message: "the request cannot be made", Err: err}
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("User-Agent", c.userAgent())
	if named := c.selected.Load(); named != nil {
		req.Header.Set(named.header, named.value)
	}

	c.calls.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportFailure(err, seeking.Load() && !connected.Load())
	}
	defer resp.Body.Close() //nolint:errcheck // What was wanted of it has been read.
	at := c.clock.wall()
	if resp.StatusCode != http.StatusOK {
		return nil, c.statusFailure(resp)
	}
	body, err := c.readAnswer(resp.Body)
	if err != nil {
		return nil, err
	}
	v, err := decode(body)
	if err != nil {
		return nil, c.answerFailure(err, body, m.method)
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.clock.observe(date, at)
	}
	return v, nil
}

func (c *Client) userAgent() string { return "crm-tool/" + c.opts.Version }

// readAnswer reads a whole answer, within bounds.
func (c *Client) readAnswer(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, c.opts.MaxAnswer+1))
	switch {
	case int64(len(body)) > c.opts.MaxAnswer:
		return nil, &Error{Kind: TooLarge, Message: fmt.Sprintf("the answer of %s is longer than %d bytes", c.base, c.opts.MaxAnswer)}
	case err == nil:
		return body, nil
	case timedOut(err):
		return nil, c.timeout(err)
	}
	return nil, c.truncated(err)
}

func (c *Client) truncated(err error) *Error {
	return &Error{Kind: Truncated, Message: "the answer of " + c.base + " broke off before its end", Err: err, transient: true}
}

// statusFailure describes an HTTP status other than 200. Odoo answers every
// XML-RPC call with 200, its faults too, so that it is not Odoo's XML-RPC that
// speaks here.
func (c *Client) statusFailure(resp *http.Response) *Error {
	page, _ := io.ReadAll(io.LimitReader(resp.Body, maxPage)) // As much as comes; it is only shown.
	e := &Error{Detail: c.block(page)}
	status := fmt.Sprintf("HTTP %d", resp.StatusCode)
	if text := http.StatusText(resp.StatusCode); text != "" {
		status += " (" + text + ")"
	}
	switch code := resp.StatusCode; {
	case code >= 300 && code < 400:
		return c.redirected(resp)
	case code == http.StatusTooManyRequests:
		e.Kind, e.transient = Temporary, true
		e.Message = c.base + " refuses so many requests: " + status
	case code == http.StatusRequestEntityTooLarge:
		e.Kind, e.Message = ProxyFailed, "a proxy at "+c.base+" refuses the request as too large: "+status
		e.Cure = "let the proxy before Odoo accept larger requests (nginx: client_max_body_size)"
	case code >= 500:
		e.Kind, e.transient = ProxyFailed, true
		e.Message = c.base + " is there, but not Odoo behind it: " + status
	default:
		e.Kind, e.turnedAway = NotOdoo, code >= 400
		e.Message = c.base + " answers with " + status + " instead of XML-RPC"
	}
	return e
}

// redirected names the new address without what may be secret in it.
func (c *Client) redirected(resp *http.Response) *Error {
	e := &Error{Kind: Redirected, Message: c.base + " redirects to another address"}
	to, err := resp.Location()
	if err != nil {
		return e
	}
	target := (&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String()
	e.Message = c.base + " redirects to " + c.line(target)
	// A path before it, or plain http, is nothing that odoo.url takes.
	host := (&url.URL{Scheme: to.Scheme, Host: to.Host}).String()
	if _, err := baseURL(host, c.opts.AllowHTTP); err == nil && host != c.base && strings.HasPrefix(to.Path, pathPrefix) {
		e.Cure = "set odoo.url to " + c.line(host)
	}
	return e
}

// answerFailure describes an answer with status 200 that holds no result.
func (c *Client) answerFailure(err error, body []byte, method string) *Error {
	if f, ok := errors.AsType[xmlrpc.FaultError](err); ok {
		return fault(f.Code, c.redact(f.String), c.opts.Database, method)
	}
	if title, ok := webPage(body); ok {
		e := &Error{Kind: NotOdoo, Message: c.base + " answers with a web page instead of XML-RPC", Detail: c.block(body)}
		if title != "" {
			e.Message = fmt.Sprintf("%s answers with the web page %s instead of XML-RPC", c.base, quote(c.line(title)))
		}
		return e
	}
	switch {
	case errors.Is(err, errTruncated):
		return c.truncated(err)
	case errors.Is(err, errTooDeep):
		return &Error{Kind: TooDeep, Message: fmt.Sprintf("the answer of %s is nested deeper than %d elements", c.base, maxDepth), Err: err}
	case errors.Is(err, errNotXMLRPC):
		return &Error{Kind: NotOdoo, Message: c.base + " answers, but not with XML-RPC", Detail: c.block(body), Err: err}
	}
	return &Error{Kind: Malformed, Message: "the answer of " + c.base + " cannot be read: " + c.line(err.Error()), Err: err}
}

func (c *Client) timeout(err error) *Error {
	return &Error{
		Kind: Timeout, transient: true, Err: err,
		Message: fmt.Sprintf("%s gave no whole answer within %s", c.base, c.opts.Timeout.Round(time.Millisecond)),
	}
}

// redact removes the password, also as it stands in the XML of a request: an
// answer may quote what it answers.
func (c *Client) redact(s string) string {
	password := c.opts.Password()
	if password == "" {
		return s
	}
	return strings.NewReplacer(password, redacted, html.EscapeString(password), redacted).Replace(s)
}

const redacted = "<redacted>"

// line and block make a foreign text fit for an error.
func (c *Client) line(s string) string { return oneLine(c.redact(s)) }

func (c *Client) block(page []byte) string {
	return block(c.redact(string(page[:min(len(page), maxPage)])))
}
