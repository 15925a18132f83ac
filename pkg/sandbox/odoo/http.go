package odoo

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/load"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/survey"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// maxBody limits the size of a request, in bytes.
const maxBody = 64 << 20

// ServeHTTP answers as Odoo does: the XML-RPC endpoints below /xmlrpc/2/, the
// pages of surveys below /survey/, JSON-2 from Odoo 19 on, and an HTML page for everything else.
func (o *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service, isRPC := strings.CutPrefix(r.URL.Path, "/xmlrpc/2/")
	w.Header().Set("Date", o.db.Clock().UTC().Format(http.TimeFormat))
	w.Header().Set("Server", "Werkzeug/3.1.3 Python/3.13.5")
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch {
	case o.contradicts(r):
		survey.ErrorPage(w, http.StatusForbidden, "Forbidden", "Cannot use both the session_id cookie and the x-odoo-database header.")
	case !isRPC && o.db.Version >= jsonSince && (r.URL.Path == versionPath || strings.HasPrefix(r.URL.Path, jsonPrefix)):
		o.serveJSON(w, r)
	case !isRPC:
		if o.begin(w, r) {
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.site.ServeHTTP(w, r)
	case r.Method != http.MethodPost:
		survey.ErrorPage(w, http.StatusMethodNotAllowed, "Method Not Allowed", "The method is not allowed for the requested URL.")
	default:
		o.serveRPC(w, r, service)
	}
}

// serveRPC answers one XML-RPC call.
func (o *Server) serveRPC(w http.ResponseWriter, r *http.Request, service string) {
	method, params, err := xmlrpc.Decode(r.Body)
	call := newCall(service, method, params)
	injected := o.inject(r, call)
	if injected == nil {
		return
	}
	var answer []byte
	switch {
	case injected.replaces() && !injected.AfterWork:
	case err != nil:
		answer = o.encode(nil, orm.ServerError("xml.parsers.expat.ExpatError: %s", err))
	case injected.Conflict:
		answer = o.encode(conflict(call))
	default:
		answer = o.answer(service, method, params)
	}
	o.write(w, injected, answer)
}

// inject counts a call and returns what goes wrong with it; nil if the client is gone.
func (o *Server) inject(r *http.Request, call Call) *Injected {
	injected := o.traffic.next(&call)
	if injected == nil {
		return &Injected{}
	}
	if injected.Delay > 0 {
		select {
		case <-time.After(injected.Delay):
		case <-r.Context().Done():
			return nil
		}
	}
	return injected
}

// answer does a call's work and encodes its result.
func (o *Server) answer(service, method string, params []any) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.encode(o.dispatch(service, method, params))
}

// encode writes the answer to a call: its result, or the fault that it ended in.
func (o *Server) encode(result any, err error) []byte {
	version := int(o.db.Version)
	if err == nil {
		body, err := xmlrpc.Response(version, result)
		if err == nil {
			return body
		}
		return o.encode(nil, orm.ServerError("TypeError: %s", err)) // too late for a rollback, as in Odoo
	}
	f := orm.AsFault(err)
	return xmlrpc.Fault(version, f.Code, f.Text)
}

// dispatch calls a method of one of the services.
func (o *Server) dispatch(service, method string, params []any) (any, error) {
	switch service + "." + method {
	case "common.version":
		return o.versionInfo(), nil
	case "common.authenticate", "common.login":
		return o.authenticate(params)
	case "object.execute_kw", "object.execute":
		return o.executeKW(method, params)
	}
	switch service {
	case "common":
		return nil, orm.ServerError("Exception: Method not found: %s", method)
	case "object":
		return nil, orm.ServerError("NameError: Method not available %s", method)
	default:
		return nil, orm.ServerError("KeyError: '%s'", service)
	}
}

// versionInfo is the answer to common.version.
func (o *Server) versionInfo() xmlrpc.Object {
	serie := fmt.Sprintf("%d.0", o.db.Version)
	return xmlrpc.NewObject(
		"server_version", serie,
		"server_version_info", []any{int(o.db.Version), 0, 0, "final", 0, ""},
		"server_serie", serie,
		"protocol_version", 1,
	)
}

// authenticate returns the user's id, or false for a wrong login or password.
func (o *Server) authenticate(params []any) (any, error) {
	if len(params) < 3 {
		return nil, orm.ServerError("TypeError: exp_authenticate() missing required positional arguments")
	}
	if err := o.checkDatabase(params[0]); err != nil {
		return nil, err
	}
	login, _ := params[1].(string)
	user := o.db.UserByLogin(login)
	if user == nil || !o.db.Knows(user.ID, params[2]) {
		return false, nil
	}
	return user.ID, nil
}

// checkDatabase refuses every database but the one there is.
func (o *Server) checkDatabase(name any) error {
	if name == o.database {
		return nil
	}
	return orm.ServerError("psycopg2.OperationalError: connection to server at \"localhost\" (127.0.0.1), port 5432 failed: "+
		"FATAL:  database \"%v\" does not exist\n", name)
}

// executeKW calls a method of a model for a user with the right password.
func (o *Server) executeKW(method string, params []any) (any, error) {
	if len(params) < 5 {
		return nil, orm.ServerError("TypeError: %s() missing required positional arguments", method)
	}
	if err := o.checkDatabase(params[0]); err != nil {
		return nil, err
	}
	uid, _ := params[1].(int64)
	user := o.db.Table("res.users").Rows[uid]
	if user == nil || !o.db.Knows(uid, params[2]) {
		return nil, &orm.FaultError{Code: orm.FaultDenied, Text: "Access Denied"}
	}
	model, _ := params[3].(string)
	name, _ := params[4].(string)
	args, kwargs := params[5:], map[string]any{}
	if method == "execute_kw" {
		padded := append(args, nil, nil)
		args, _ = padded[0].([]any)
		kwargs, _ = padded[1].(map[string]any)
	}
	return o.db.Execute(user, model, name, args, kwargs)
}

// conflict is the answer when the database refuses a transaction: load
// reports it in its messages, everything else fails.
func conflict(call Call) (any, error) {
	const refusal = "could not serialize access due to concurrent update"
	if call.Method != "load" {
		return nil, orm.ServerError("psycopg2.errors.SerializationFailure: %s\n", refusal)
	}
	return load.Conflict(refusal), nil
}

// write sends an answer over XML-RPC, or what was injected in its stead.
func (o *Server) write(w http.ResponseWriter, i *Injected, answer []byte) {
	if i.Fault != nil {
		answer = o.encode(nil, i.Fault)
	}
	send(w, i, answer, "text/xml; charset=utf-8", http.StatusOK)
}

// send sends an answer, or what was injected in its stead.
func send(w http.ResponseWriter, i *Injected, answer []byte, kind string, status int) {
	if i.Cut {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), i.Header)
	if i.Status != 0 || i.Body != "" {
		answer = []byte(i.Body)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", kind)
	}
	if i.Truncate > 0 && i.Truncate < len(answer) {
		answer = answer[:i.Truncate]
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
	if status = cmp.Or(i.Status, status); status != http.StatusOK {
		w.WriteHeader(status)
	}
	// A client that has gone away gets no answer; nobody else needs to know.
	_, _ = w.Write(answer)
}
