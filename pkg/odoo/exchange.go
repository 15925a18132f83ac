package odoo

import (
	"bytes"
	"cmp"
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

	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
	"github.com/crm-tool/crm-tool/pkg/odoo/webpage"
	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

// pathPrefix is where Odoo 16 and later answer XML-RPC with faults as numbers.
const pathPrefix = "/xmlrpc/2/"

// maxPage bounds how much is read of an answer that is an error page.
const maxPage = 64 << 10

// message is one request, ready to be sent, more than once if need be.
type message struct {
	step string // what an error says was being done
	// verb and path are those of HTTP.
	verb, path string
	// method is the ORM's method, or the service's.
	method string
	body   []byte
	// harmless: Odoo may execute it twice.
	harmless bool
	// once: it is made once at most. timeout is the longest that the answer may take;
	// 0 is the usual one.
	once    bool
	timeout time.Duration
	// err is why it cannot be made.
	err error
	// anonymous: it tells no API key. single: of a list of one, the item is wanted.
	anonymous, single bool
}

// exchange sends one HTTP request and returns the value that Odoo answers. An
// error is an *Error without a step.
func (c *Client) exchange(ctx context.Context, m message) (any, error) {
	timeout := cmp.Or(m.timeout, c.opts.Timeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var seeking, connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Again, if nothing could be written over the first one.
		GetConn: func(string) { seeking.Store(true); connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, m.verb, c.base+m.path, bytes.NewReader(m.body))
	if err != nil {
		return nil, &Error{Kind: Defect, Message: "the request cannot be made", Err: err}
	}
	req.Header.Set("User-Agent", c.userAgent())
	c.api.prepare(req, m)

	if m.once {
		// Over a connection that Odoo closes at this moment it may or may not have got the call.
		c.http.CloseIdleConnections()
	}
	c.calls.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportFailure(err, seeking.Load() && !connected.Load(), timeout)
	}
	defer resp.Body.Close() //nolint:errcheck // What was wanted of it has been read.
	at := c.clock.Wall()
	if after, asked := pace.Asked(resp); asked {
		return nil, c.laterFailure(resp, after)
	}
	if !c.api.speaks(resp) {
		return nil, c.statusFailure(resp)
	}
	body, err := c.readAnswer(resp, timeout)
	if err != nil {
		return nil, err
	}
	v, err := c.api.read(resp.StatusCode, body, m)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.clock.Observe(date, at)
	}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		c.certificate.Store(resp.TLS.PeerCertificates[0])
	}
	return v, nil
}

func (c *Client) userAgent() string { return "crm-tool/" + c.opts.Version }

// readAnswer reads a whole answer, within bounds.
func (c *Client) readAnswer(resp *http.Response, timeout time.Duration) ([]byte, error) {
	const foretold = 4 << 20 // Room for more than that is made as the answer comes.
	var body []byte
	var err error
	switch length := resp.ContentLength; {
	case length > c.opts.MaxAnswer:
	case length > 0 && length <= foretold:
		body = make([]byte, length)
		_, err = io.ReadFull(resp.Body, body)
	default:
		body, err = io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxAnswer+1))
	}
	switch {
	case max(int64(len(body)), resp.ContentLength) > c.opts.MaxAnswer:
		return nil, &Error{Kind: TooLarge, Message: fmt.Sprintf("the answer of %s is longer than %d bytes", c.base, c.opts.MaxAnswer)}
	case err == nil:
		return body, nil
	case timedOut(err):
		return nil, c.timeout(err, timeout)
	}
	return nil, c.truncated(err)
}

func (c *Client) truncated(err error) *Error {
	return &Error{Kind: Truncated, Message: "the answer of " + c.base + " broke off before its end", Err: err, transient: true}
}

// statusFailure describes an answer of something else than the API.
func (c *Client) statusFailure(resp *http.Response) *Error {
	if code := resp.StatusCode; code >= 300 && code < 400 {
		return c.redirected(resp)
	}
	page, _ := io.ReadAll(io.LimitReader(resp.Body, maxPage)) // As much as comes; it is only shown.
	if j, ok := c.api.(json2); ok && resp.StatusCode == http.StatusNotFound {
		if e := j.noDatabase(page); e != nil {
			return e
		}
	}
	return c.statusError(resp.StatusCode, c.block(page))
}

// statusError describes a status that is not the API's.
func (c *Client) statusError(code int, detail string) *Error {
	e := &Error{Detail: detail, status: code}
	status := fmt.Sprintf("HTTP %d", code)
	if text := http.StatusText(code); text != "" {
		status += " (" + text + ")"
	}
	switch {
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
		e.Kind, e.turnedAway, e.Cure = NotOdoo, code >= 400, c.api.cure()
		e.Message = c.base + " answers with " + status + " instead of " + c.api.name()
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
	if e := c.pageFailure(body); e != nil {
		return e
	}
	switch {
	case errors.Is(err, xmlvalue.ErrTruncated):
		return c.truncated(err)
	case errors.Is(err, xmlvalue.ErrTooDeep):
		return c.tooDeep(err)
	case errors.Is(err, xmlvalue.ErrNotXMLRPC):
		return &Error{Kind: NotOdoo, Message: c.base + " answers, but not with XML-RPC", Detail: c.block(body), Err: err}
	}
	return &Error{Kind: Malformed, Message: "the answer of " + c.base + " cannot be read: " + c.line(err.Error()), Err: err}
}

// pageFailure describes a web page; nil for another body.
func (c *Client) pageFailure(body []byte) *Error {
	title, ok := webpage.Title(body)
	if !ok {
		return nil
	}
	e := &Error{Kind: NotOdoo, Message: c.base + " answers with a web page instead of " + c.api.name(), Detail: c.block(body), Cure: c.api.cure()}
	if title != "" {
		e.Message = fmt.Sprintf("%s answers with the web page %s instead of %s", c.base, quote(c.line(title)), c.api.name())
	}
	return e
}

func (c *Client) tooDeep(err error) *Error {
	return &Error{Kind: TooDeep, Message: fmt.Sprintf("the answer of %s is nested deeper than %d elements", c.base, maxDepth), Err: err}
}

func (c *Client) timeout(err error, after time.Duration) *Error {
	return &Error{
		Kind: Timeout, transient: true, Err: err,
		Message: fmt.Sprintf("%s gave no whole answer within %s", c.base, after.Round(time.Millisecond)),
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
