package odoo

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// Call describes one HTTP call to an XML-RPC endpoint.
type Call struct {
	// Number counts the calls since the start or the last ResetCalls, from 1.
	Number int
	// Service is "common" or "object".
	Service string
	// Model and Method say what was called; Model is empty for the methods of
	// the common service. Method is the model's own, not execute_kw.
	Model  string
	Method string
	// Args are the positional arguments of the model's method.
	Args []any
}

// Injected says what goes wrong with a call. The zero value is a call that
// goes well.
type Injected struct {
	// Delay passes before anything else happens.
	Delay time.Duration
	// AfterWork lets Odoo do the call's work before the answer fails.
	AfterWork bool
	// Cut closes the connection without an answer.
	Cut bool
	// Status, Header and Body replace the answer, as a proxy's error page does.
	Status int
	Header http.Header
	Body   string
	// Fault replaces the answer by a fault.
	Fault *orm.FaultError
	// Truncate cuts the answer after so many bytes; the connection is sound.
	Truncate int
	// Conflict makes the database refuse the transaction because of a
	// concurrent one.
	Conflict bool
}

// replaces is true when the answer to the call will not be its own.
func (i *Injected) replaces() bool {
	return i.Cut || i.Status != 0 || i.Body != "" || i.Fault != nil
}

// traffic counts the calls and asks the hook about each.
type traffic struct {
	mu    sync.Mutex
	calls int
	tally map[string]int
	fail  func(Call) *Injected
}

// next counts a call and returns what to inject into it, or nil.
func (t *traffic) next(call *Call) *Injected {
	t.mu.Lock()
	t.calls++
	call.Number = t.calls
	t.tally[call.name()]++
	fail := t.fail
	t.mu.Unlock()
	if fail == nil {
		return nil
	}
	return fail(*call)
}

// name is the key of a call in the tally.
func (c Call) name() string {
	if c.Model == "" {
		return c.Service + "." + c.Method
	}
	return c.Model + "." + c.Method
}

// newCall describes a decoded call.
func newCall(service, method string, params []any) Call {
	call := Call{Service: service, Method: method}
	if service != "object" || len(params) < 5 {
		return call
	}
	call.Model, _ = params[3].(string)
	call.Method, _ = params[4].(string)
	if len(params) > 5 {
		call.Args, _ = params[5].([]any)
	}
	return call
}

// Fail sets the function that is asked about every call, before its work,
// what shall go wrong with it; nil, as its answer or in its place, means
// nothing. It may be called from several goroutines.
func (o *Server) Fail(f func(Call) *Injected) {
	o.traffic.mu.Lock()
	defer o.traffic.mu.Unlock()
	o.traffic.fail = f
}

// Calls is the number of HTTP calls so far.
func (o *Server) Calls() int {
	o.traffic.mu.Lock()
	defer o.traffic.mu.Unlock()
	return o.traffic.calls
}

// Tally is the number of HTTP calls so far for each method, such as
// "crm.lead.search_read" or "common.authenticate".
func (o *Server) Tally() map[string]int {
	o.traffic.mu.Lock()
	defer o.traffic.mu.Unlock()
	return maps.Clone(o.traffic.tally)
}

// Unchosen are the searches of messages and activities by a user that did not name their
// model: the model searched, and the domain. Odoo 20 refuses them when they find thousands.
func (o *Server) Unchosen(login string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	user := o.db.UserByLogin(login)
	if user == nil {
		return nil
	}
	return slices.Clone(o.db.Unchosen[user.ID])
}

// ResetCalls begins counting anew.
func (o *Server) ResetCalls() {
	o.traffic.mu.Lock()
	defer o.traffic.mu.Unlock()
	o.traffic.calls = 0
	clear(o.traffic.tally)
}

// FaultError is a fault as Odoo answers it over XML-RPC.
type FaultError = orm.FaultError
