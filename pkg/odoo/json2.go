package odoo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/odoo/jsonvalue"
	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

const (
	jsonPrefix  = "/json/2/"
	versionPath = "/web/version"

	elsewhereHint = "JSON-2 came with Odoo 19: set odoo.api to auto for an older one; else set odoo.url to the host that answers GET " + versionPath +
		" as Odoo itself, such as https://odoo.example.com, without a path"
	keyHint = "write an API key into odoo.password_file: JSON-2 takes no passwords (in Odoo: My Preferences, Security, Add API Key); " +
		"an API key may have expired (Odoo 18 and later) or been deleted"
)

// arguments returns the names of a method's arguments, in their order; ok is false for a
// method that is not called.
func arguments(method string) (names []string, ok bool) {
	names, ok = map[string][]string{
		"search_read": {"domain", "fields", "offset", "limit", "order"}, "search": {"domain", "offset", "limit", "order"},
		"search_count": {"domain", "limit"}, "read": {"ids", "fields"}, "web_read": {"ids", "specification"}, "get_metadata": {"ids"},
		"get_base_url": {"ids"}, "fields_get": {"allfields", "attributes"},
		"has_access": {"ids", "operation"}, "check_access_rights": {"operation", "raise_exception"}, "context_get": {}, "create": {"vals_list"}, "write": {"ids", "vals"}, "unlink": {"ids"},
		"load": {"fields", "data"}, "send_mail": {"ids", "res_id"}, "button_immediate_install": {"ids"},
		"generate": {"key", "scope", "name", "expiration_date"}, "revoke": {"key"},
	}[method]
	return names, ok
}

// json2 is the API below jsonPrefix (odoo/addons/rpc/controllers/json2.py). A method's
// arguments have names, the database is in a header, and so is the API key.
type json2 struct{ c *Client }

func (json2) name() string { return "JSON-2" }

func (json2) cure() string { return elsewhereHint }

func (json2) hello() message {
	return message{step: askVersion, verb: http.MethodGet, path: versionPath, method: "version", harmless: true}
}

// login asks for the context of the key's user, which holds the user's id.
func (j json2) login(asNobody bool) message {
	o := j.c.opts
	m := j.object(Request{Model: "res.users", Method: "context_get", Repeatable: true})
	m.step, m.anonymous = "log in", asNobody
	switch {
	case !printable(o.Database):
		m.err = &Error{
			Kind: Misconfigured, Message: "JSON-2 cannot name the database " + quote(o.Database),
			Cure: "set odoo.api to xmlrpc, or give the database a name of ASCII characters without spaces",
		}
	case !asNobody && !printable(o.Password()):
		m.err = &Error{Kind: Misconfigured, Message: "what stands in odoo.password_file is no API key", Cure: keyHint}
	}
	return m
}

func (j json2) object(r Request) message {
	m := message{verb: http.MethodPost, path: jsonPrefix + r.Model + "/" + r.Method, method: r.Method, harmless: r.Repeatable}
	names, known := arguments(r.Method)
	if !known || len(r.Args) > len(names) || !xmlvalue.IsName(r.Model) {
		m.err = fmt.Errorf("encode %s.%s for Odoo: the names of its arguments are not known", r.Model, r.Method)
		return m
	}
	named := map[string]any{}
	maps.Copy(named, r.Kwargs)
	for i, v := range r.Args {
		named[names[i]] = v
	}
	plain, err := xmlvalue.Plain(named)
	if err != nil {
		m.err = err
		return m
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	m.err = encoder.Encode(plain)
	m.body = body.Bytes()
	_, m.single = plain.(map[string]any)["vals_list"].(map[string]any)
	return m
}

func (j json2) prepare(req *http.Request, m message) {
	if m.verb == http.MethodGet {
		return // It concerns no database.
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(databaseHeader, j.c.opts.Database)
	if !m.anonymous {
		req.Header.Set("Authorization", "bearer "+j.c.opts.Password())
	}
}

// speaks: errors have other statuses, and are JSON as well.
func (json2) speaks(resp *http.Response) bool {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	return resp.StatusCode == http.StatusOK || resp.StatusCode >= 400 && strings.TrimSpace(kind) == "application/json"
}

func (j json2) read(status int, body []byte, m message) (any, error) {
	v, err := jsonvalue.Decode(body, maxDepth)
	if err != nil {
		return nil, j.unreadable(err, body)
	}
	if status != http.StatusOK {
		return nil, j.failure(status, v, body, m)
	}
	if list, ok := v.([]any); ok && m.single && len(list) == 1 {
		return list[0], nil // XML-RPC answers one set of values with one id.
	}
	return v, nil
}

// unreadable describes an answer that is no value.
func (j json2) unreadable(err error, body []byte) *Error {
	c := j.c
	switch {
	case errors.Is(err, jsonvalue.ErrTruncated):
		return c.truncated(err)
	case errors.Is(err, jsonvalue.ErrTooDeep):
		return c.tooDeep(err)
	}
	if e := c.pageFailure(body); e != nil {
		return e
	}
	return &Error{Kind: Malformed, Message: "the answer of " + c.base + " cannot be read: " + c.line(err.Error()), Detail: c.block(body), Err: err}
}

// What an error's name, which is that of a Python exception, tells beyond its
// status. The names are the same in all languages.
const (
	accessDenied = "odoo.exceptions.AccessDenied"
	missingError = "odoo.exceptions.MissingError"
)

var noModel = regexp.MustCompile(`^the model '([^']*)' does not exist$`)

// failure turns the description of an exception into the error that the fault over
// XML-RPC becomes.
func (j json2) failure(status int, described any, body []byte, m message) *Error {
	members, _ := described.(map[string]any)
	name, _ := members["name"].(string)
	text, _ := members["message"].(string)
	if name == "" {
		return j.c.statusError(status, j.c.block(body))
	}
	debug, _ := members["debug"].(string)
	text, debug = j.c.redact(text), j.c.redact(debug)
	if !strings.Contains(debug, tracebackStart) {
		debug = tracebackStart + "\n" + strings.TrimPrefix(name, "builtins.") + ": " + text
	}
	database := j.c.opts.Database
	e := &Error{}
	model := noModel.FindStringSubmatch(text)
	switch {
	case status == http.StatusUnauthorized, name == accessDenied:
		e = j.refused(status, text, m)
	case status == http.StatusForbidden:
		e = fault(faultAccess, text, database, m.method)
	case model != nil:
		e = fault(faultWarning, "Object "+model[1]+" doesn't exist", database, m.method)
	case status == http.StatusNotFound && !strings.HasPrefix(name, "odoo."):
		e = fault(faultServer, tracebackStart+"\nAttributeError: "+text, database, m.method)
		e.Detail = block(debug)
	case status == http.StatusConflict:
		e = fault(faultWarning, text, database, m.method)
		e.Kind, e.transient = Temporary, true
	case strings.HasPrefix(name, "odoo.exceptions."):
		e = fault(faultWarning, text, database, m.method)
	default:
		e = fault(faultServer, debug, database, m.method)
	}
	if name == missingError {
		e.Kind = MissingRecord
	}
	return e
}

// refused describes an answer that is about the API key. Odoo does not know one: 401. It answers
// 403 to whatever else goes wrong while it looks for a key (ir_http, _authenticate_explicit), such
// as a connection that the replica ended; the same key may be good a moment later.
func (j json2) refused(status int, text string, m message) *Error {
	e := fault(faultLogin, text, j.c.opts.Database, m.method)
	e.Message, e.Cure = "Odoo refuses the login by API key: "+oneLine(text), keyHint
	if status == http.StatusForbidden {
		e.transient, e.unsent = true, true
		if j.c.uid != 0 { // It was good before.
			e.Kind, e.Cure, e.Message = Temporary, "", "Odoo could not check the API key: "+oneLine(text)
		}
	}
	return e
}

// noDatabase describes a page with status 404 if it says that Odoo does not have the
// database of the header, or may not use it; else it returns nil.
func (j json2) noDatabase(page []byte) *Error {
	if !bytes.Contains(page, []byte("No database is selected")) {
		return nil
	}
	return &Error{Kind: UnknownDatabase, Message: "Odoo has no database " + quote(j.c.opts.Database)}
}

// hasNoXMLRPC tells whether an address has nothing below pathPrefix.
func hasNoXMLRPC(e *Error) bool {
	return e.Kind == NotOdoo && (e.status == http.StatusNotFound || e.status == http.StatusGone)
}
