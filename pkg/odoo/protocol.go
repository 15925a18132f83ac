package odoo

import (
	"net/http"

	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

// API is one of the ways to call Odoo from outside.
type API string

// The APIs.
const (
	// Auto is XML-RPC while the server has it, else JSON-2.
	Auto API = "auto"
	// XMLRPC is below /xmlrpc/2. All versions up to 21 have it.
	XMLRPC API = "xmlrpc"
	// JSON2 is below /json/2. Odoo has it from 19 on, and takes only API keys
	// there, no passwords.
	JSON2 API = "json2"
)

// protocol is one API: what is sent for a call, and what an answer says.
type protocol interface {
	// hello asks for the version, login for the user's id. Logging in as nobody
	// is refused if the database exists.
	hello() message
	login(asNobody bool) message
	// object is a call of a model's method.
	object(r Request) message
	// prepare gives a request the headers that each has.
	prepare(req *http.Request, m message)
	// speaks tells whether it is the API that answers, and no other page.
	speaks(resp *http.Response) bool
	// read returns the value in an answer. An error is an *Error without a step.
	read(status int, body []byte, m message) (any, error)
	// name is what people call it. cure is the hint if something else answers; empty
	// for the usual one.
	name() string
	cure() string
}

// newProtocol returns the API of the options, to begin with.
func (c *Client) newProtocol() protocol {
	if c.opts.API == JSON2 {
		return json2{c}
	}
	return xmlRPC{c}
}

// API returns the one in use, which [Auto] chooses in Login.
func (c *Client) API() API {
	if _, ok := c.api.(json2); ok {
		return JSON2
	}
	return XMLRPC
}

// xmlRPC is the API below pathPrefix.
type xmlRPC struct{ c *Client }

func (xmlRPC) name() string { return "XML-RPC" }

func (xmlRPC) cure() string { return "" }

func (x xmlRPC) hello() message {
	return x.message(message{step: askVersion, path: "common", method: "version", harmless: true}, "version")
}

func (x xmlRPC) login(asNobody bool) message {
	user, password := x.c.opts.User, x.c.opts.Password()
	if asNobody {
		user, password = "", ""
	}
	m := message{step: "log in", path: "common", method: "authenticate", harmless: true}
	return x.message(m, m.method, x.c.opts.Database, user, password, map[string]any{})
}

func (x xmlRPC) object(r Request) message {
	args, kwargs := r.Args, r.Kwargs
	if args == nil {
		args = []any{}
	}
	if kwargs == nil {
		kwargs = map[string]any{}
	}
	m := message{path: "object", method: r.Method, harmless: r.Repeatable}
	return x.message(m, "execute_kw", x.c.opts.Database, x.c.uid, x.c.opts.Password(), r.Model, r.Method, args, kwargs)
}

// message fills in the body, and completes the path of a service.
func (x xmlRPC) message(m message, method string, params ...any) message {
	m.verb, m.path = http.MethodPost, pathPrefix+m.path
	m.body, m.err = xmlvalue.Encode(method, params)
	return m
}

func (x xmlRPC) prepare(req *http.Request, _ message) {
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	if named := x.c.selected.Load(); named != nil {
		req.Header.Set(named.header, named.value)
	}
}

// speaks: Odoo answers every XML-RPC call with 200, its faults too.
func (xmlRPC) speaks(resp *http.Response) bool { return resp.StatusCode == http.StatusOK }

func (x xmlRPC) read(_ int, body []byte, m message) (any, error) {
	v, err := xmlvalue.Decode(body, maxDepth)
	if err != nil {
		return nil, x.c.answerFailure(err, body, m.method)
	}
	return v, nil
}

// maxDepth bounds the nesting of an answer, in XML elements. A page of
// records with many2one fields has 14; the codec recurses, and a hostile
// answer would exhaust the stack.
const maxDepth = 128
