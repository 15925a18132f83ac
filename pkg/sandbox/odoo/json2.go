package odoo

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/survey"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// JSON-2, which Odoo has from 19 on.
const (
	jsonSince   = 19
	jsonPrefix  = "/json/"
	versionPath = "/web/version"

	jsonType = "application/json; charset=utf-8"
)

// noDatabasePage is what Odoo shows if it does not know which database is meant.
const noDatabasePage = `<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>

<!-- Alternatively, use the X-Odoo-Database header. -->
`

// refusal is an answer over JSON-2 that is no result.
type refusal struct {
	status int
	// name is that of a Python exception.
	name, message, debug string
}

// httpRefusal is one of Werkzeug's exceptions.
func httpRefusal(status int, name, message string) *refusal {
	name = "werkzeug.exceptions." + name
	return &refusal{status, name, message, fmt.Sprintf("Traceback (most recent call last):\n  ...\n%s: %d %s: %s\n", name, status, http.StatusText(status), message)}
}

// body describes the refusal as Odoo does.
func (r *refusal) body() []byte {
	arguments := []any{r.message}
	if strings.HasPrefix(r.name, "werkzeug.") {
		arguments = append(arguments, r.status)
	}
	body, _ := xmlrpc.JSON(xmlrpc.NewObject( // It is made of texts and numbers.
		"name", r.name, "message", r.message, "arguments", arguments, "context", xmlrpc.Object{}, "debug", r.debug))
	return body
}

// serveJSON answers one call over JSON-2, and which version this is.
func (o *Server) serveJSON(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == versionPath {
		if injected := o.inject(r, Call{Service: "common", Method: "version"}); injected != nil {
			serie := fmt.Sprintf("%d.0", o.db.Version)
			body, _ := xmlrpc.JSON(xmlrpc.NewObject("version_info", []any{int(o.db.Version), 0, 0, "final", 0, ""}, "version", serie))
			send(w, injected, body, jsonType, http.StatusOK)
		}
		return
	}
	model, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, jsonPrefix+"2/"), "/")
	call := Call{Service: "object", Model: model, Method: method}
	injected := o.inject(r, call)
	switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
	case injected == nil:
	case injected.replaces() && !injected.AfterWork:
		o.sendJSON(w, injected, nil, nil)
	case r.Header.Get(databaseHeader) != "" && r.Header.Get(databaseHeader) != o.database:
		send(w, injected, []byte(noDatabasePage), "text/html; charset=utf-8", http.StatusNotFound)
	case !ok || r.Method != http.MethodPost:
		o.sendJSON(w, injected, nil, httpRefusal(http.StatusNotFound, "NotFound", "Did you mean POST /json/2/<model>/<method>?"))
	case kind != "application/json" && r.ContentLength != 0:
		survey.ErrorPage(w, http.StatusUnsupportedMediaType, "Unsupported Media Type", "Request inferred type is compatible with another type.")
	default:
		result, refused := o.answerJSON(r, call, injected)
		o.sendJSON(w, injected, result, refused)
	}
}

// sendJSON sends a result or a refusal, or what was injected in its stead.
func (o *Server) sendJSON(w http.ResponseWriter, i *Injected, result any, refused *refusal) {
	if i.Fault != nil {
		refused = refusalOf(i.Fault)
	}
	answer, err := xmlrpc.JSON(result)
	if err != nil {
		refused = refusalOf(orm.ServerError("TypeError: %s", err))
	}
	status := http.StatusOK
	if refused != nil {
		answer, status = refused.body(), refused.status
	}
	send(w, i, answer, jsonType, status)
}

var apiKey = regexp.MustCompile(`^[0-9a-f]{40}$`)

// answerJSON does a call's work.
func (o *Server) answerJSON(r *http.Request, call Call, injected *Injected) (any, *refusal) {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "bearer ")
	if !bearer {
		return nil, httpRefusal(http.StatusUnauthorized, "Unauthorized", "User not authenticated, use an API Key with a Bearer Authorization header.")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	user := o.keyHolder(key)
	if user == nil {
		return nil, httpRefusal(http.StatusUnauthorized, "Unauthorized", "Invalid apikey")
	}
	arguments, err := xmlrpc.DecodeJSON(r.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, httpRefusal(http.StatusBadRequest, "BadRequest", "could not parse the body as json: "+err.Error())
	}
	if injected.Conflict {
		result, err := conflict(call)
		return result, refusalOf(err)
	}
	if o.db.Table(call.Model) == nil {
		return nil, httpRefusal(http.StatusNotFound, "NotFound", fmt.Sprintf("the model '%s' does not exist", call.Model))
	}
	if slices.Contains([]string{"search", "search_count", "search_read", "load", "create", "fields_get"}, call.Method) && arguments["ids"] != nil {
		return nil, httpRefusal(http.StatusUnprocessableEntity, "UnprocessableEntity", fmt.Sprintf("cannot call %s.%s with ids", call.Model, call.Method))
	}
	work := func() (any, error) { return o.db.Execute(user, call.Model, call.Method, nil, arguments) }
	var result any
	if slices.Contains([]string{"read", "web_read", "search", "search_count", "search_read"}, call.Method) {
		result, err = o.db.Replica.Read(o.db.Now(), work)
	} else {
		result, err = work()
	}
	if id, ok := result.(int64); ok && call.Method == "create" {
		result = []any{id}
	}
	return result, refusalOf(err)
}

// keyHolder returns the user whose key this is, or nil. A password is no key.
func (o *Server) keyHolder(key string) *orm.Record {
	if !apiKey.MatchString(key) {
		return nil
	}
	known := o.db.Key(key)
	if known == nil {
		return nil
	}
	user := o.db.System(nil).Browse("res.users", known.Values["user_id"])
	if user.Values["active"] != true {
		return nil
	}
	return user
}

var (
	unknownMethod  = regexp.MustCompile(`(?m)^AttributeError: (The method '.*' does not exist)$`)
	wrongArguments = regexp.MustCompile(`(?m)^TypeError: [\w.]+\(\) (missing .*|got an unexpected .*|takes .*)$`)
	lastLine       = regexp.MustCompile(`(?m)^([\w.]+): (.*)\n?\z`)
)

// refusalOf turns a fault into what it is over JSON-2; nil for none.
func refusalOf(err error) *refusal {
	if err == nil {
		return nil
	}
	f := orm.AsFault(err)
	trace := func(name string) string {
		return "Traceback (most recent call last):\n  ...\n" + name + ": " + f.Text + "\n"
	}
	expected := func(status int, name string) *refusal {
		name = "odoo.exceptions." + name
		return &refusal{status, name, f.Text, trace(name)}
	}
	switch {
	case f.Code == orm.FaultAccess:
		return expected(http.StatusForbidden, "AccessError")
	case f.Code == orm.FaultDenied:
		return expected(http.StatusForbidden, "AccessDenied")
	case f.Code == orm.FaultWarning && strings.HasPrefix(f.Text, orm.RecordMissing):
		return expected(http.StatusNotFound, "MissingError")
	case f.Code == orm.FaultWarning && strings.HasPrefix(f.Text, orm.NotCompleted):
		return expected(http.StatusUnprocessableEntity, "ValidationError")
	case f.Code == orm.FaultWarning:
		return expected(http.StatusUnprocessableEntity, "UserError")
	}
	if m := unknownMethod.FindStringSubmatch(f.Text); m != nil {
		return httpRefusal(http.StatusNotFound, "NotFound", m[1])
	}
	if m := wrongArguments.FindStringSubmatch(f.Text); m != nil && !strings.Contains(f.Text, "_read_format") {
		return httpRefusal(http.StatusUnprocessableEntity, "UnprocessableEntity", m[1])
	}
	name, message := "builtins.Exception", f.Text
	if m := lastLine.FindStringSubmatch(f.Text); m != nil {
		if name, message = m[1], m[2]; !strings.Contains(name, ".") {
			name = "builtins." + name
		}
	}
	return &refusal{http.StatusInternalServerError, name, message, f.Text}
}
