package scenario_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between the tool and Odoo. It counts the calls, and faults some.
type proxy struct {
	*httptest.Server

	odoo http.Handler

	mu    sync.Mutex
	calls map[string]int
	// bytes are those of the bodies of requests and answers.
	bytes int
	// unnamed are the calls on models that named no database before their body, named the
	// pages that were asked for as clients do not: with a database.
	unnamed, named []string
	faults         []*proxyFault
	// ahead is how much later Odoo's clock seems to be.
	ahead time.Duration
}

// proxyFault is something that a proxy does to calls.
type proxyFault struct {
	// call is a model and its method, as in "mail.message load"; empty is any.
	call string
	// about is a text that must be in the call; empty is any.
	about string
	// skip is how many of them go well before, times how often it happens.
	skip, times int
	does        faultHandler
}

// faultHandler is what becomes of one call: it answers in Odoo's stead, or not at
// all. Work lets Odoo do the call's work, and returns its answer.
type faultHandler func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder)

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	p := &proxy{odoo: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}, calls: map[string]int{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	call := calledMethod(r.URL.Path, body)
	p.noteName(call, r)
	p.weigh(len(body))
	does := p.take(call, body)
	if does == nil {
		p.odoo.ServeHTTP(p.dated(w), r)
		return
	}
	does(w, r, func() *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		p.odoo.ServeHTTP(p.dated(answer), r)
		return answer
	})
}

// take counts a call and returns what is to happen to it, or nil.
func (p *proxy) take(call string, body []byte) faultHandler {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[call]++
	for _, s := range p.faults {
		switch {
		case s.call != "" && s.call != call || s.times == 0 || !bytes.Contains(body, []byte(s.about)):
		case s.skip > 0:
			s.skip--
		default:
			s.times--
			return s.does
		}
	}
	return nil
}

// dated makes an answer tell the proxy's time.
func (p *proxy) dated(w http.ResponseWriter) http.ResponseWriter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &datedWriter{ResponseWriter: w, weigh: p.weigh, ahead: p.ahead}
}

// datedWriter shifts the date of an answer, and weighs it.
type datedWriter struct {
	http.ResponseWriter

	weigh   func(int)
	ahead   time.Duration
	written bool
}

func (w *datedWriter) WriteHeader(status int) {
	w.written = true
	if at, err := http.ParseTime(w.Header().Get("Date")); err == nil {
		w.Header().Set("Date", at.Add(w.ahead).UTC().Format(http.TimeFormat))
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *datedWriter) Write(b []byte) (int, error) {
	if !w.written {
		w.WriteHeader(http.StatusOK)
	}
	w.weigh(len(b))
	return w.ResponseWriter.Write(b)
}

// weigh counts the bytes of a body.
func (p *proxy) weigh(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes += size
}

// noteName notes a request that should have named its database, or should not.
func (p *proxy) noteName(call string, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := r.Cookie("session_id")
	named := err == nil || r.Header.Get("X-Odoo-Database") != ""
	switch {
	case strings.Contains(call, " ") && !named:
		p.unnamed = append(p.unnamed, call)
	case call == "page" && named:
		p.named = append(p.named, r.URL.Path)
	}
}

func (p *proxy) inject(s proxyFault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &s)
}

// reset forgets what was counted, and faults nothing more.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.faults, p.bytes = map[string]int{}, nil, 0
}

// tally counts the calls by model and method, count counts them all but the request
// for a session, which only earlier versions need.
func (p *proxy) tally() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *proxy) count() int {
	n := 0
	for call, calls := range p.tally() {
		if call != "session" {
			n += calls
		}
	}
	return n
}

var textValue = regexp.MustCompile(`<string>([^<]*)</string>`)

// calledMethod returns the model and its method, which in a call of execute_kw
// follow the database and the password; "common" for the other methods, and
// "session" or "page" for what is no call.
func calledMethod(path string, body []byte) string {
	if call, ok := strings.CutPrefix(path, "/json/2/"); ok {
		return strings.Replace(call, "/", " ", 1)
	}
	if path == "/web/login" {
		return "session"
	}
	if !strings.HasPrefix(path, "/xmlrpc/") {
		return "page"
	}
	texts := textValue.FindAllSubmatch(body, 4)
	if len(texts) < 4 || !bytes.Contains(body, []byte("<methodName>execute_kw<")) {
		return "common"
	}
	return string(texts[2][1]) + " " + string(texts[3][1])
}

// callFault is a way in which a call can fail on its way to Odoo or back.
type callFault struct {
	// name is the scripts' word for it, title a sentence for people.
	name, title string
	does        faultHandler
}

// callFaults are those ways: first those in which Odoo never got the call.
func callFaults() []callFault {
	return []callFault{
		{"cut", "The connection breaks before Odoo gets the call", hangUp},
		{"late", "No answer comes in time; Odoo never got the call", late(nil)},
		{"502", "A proxy answers 502 with a web page", instead(http.StatusBadGateway, "text/html", "<h1>502 Bad Gateway</h1>")},
		{"webpage", "A web page comes with status 200", instead(http.StatusOK, "text/html", "<!doctype html><title>Maintenance</title>")},
		{"conflict", "Odoo's database refuses the transaction", instead(http.StatusOK, "text/xml", databaseConflict)},
		{"cut-after-work", "The connection breaks when Odoo has done the work", afterWork(hangUp)},
		{"late-after-work", "Odoo does the work, and its answer comes too late", afterWork(late(nil))},
		{"belated", "Odoo does the work a minute after the tool gave up", late(func() { time.Sleep(time.Minute) })},
		{"half", "The connection breaks in the middle of the answer", half(true)},
		{"truncated", "Half an answer comes, and claims to be whole", half(false)},
		{"garbled", "The answer is garbled", garbled},
	}
}

func faultNamed(t require.TestingT, name string) faultHandler {
	all := callFaults()
	i := slices.IndexFunc(all, func(f callFault) bool { return f.name == name })
	require.GreaterOrEqual(t, i, 0, "no fault %s", name)
	return all[i].does
}

const databaseConflict = `<?xml version='1.0'?><methodResponse><fault><value><struct>` +
	`<member><name>faultCode</name><value><int>1</int></value></member>` +
	`<member><name>faultString</name><value><string>Traceback (most recent call last):
psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update
</string></value></member></struct></value></fault></methodResponse>`

// hangUp gives no answer.
func hangUp(http.ResponseWriter, *http.Request, func() *httptest.ResponseRecorder) {
	panic(http.ErrAbortHandler) // This is how a handler does it.
}

// hang says when the call is there, and never answers it.
func hang(there chan<- struct{}) faultHandler {
	return func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
		close(there)
		late(nil)(w, r, work)
	}
}

// late gives no answer until the caller has gone; then, if something is to
// happen before, the call reaches Odoo all the same.
func late(before func()) faultHandler {
	return func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
		<-r.Context().Done()
		if before != nil {
			before()
			work()
		}
		hangUp(w, r, work)
	}
}

// afterWork lets Odoo do its work before something else goes wrong.
func afterWork(does faultHandler) faultHandler {
	return func(w http.ResponseWriter, r *http.Request, work func() *httptest.ResponseRecorder) {
		work()
		does(w, r, work)
	}
}

// instead gives another answer.
func instead(status int, kind, body string) faultHandler {
	return func(w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // The caller may be gone.
	}
}

// half gives half of the answer; then the connection breaks, or the answer
// counts as whole.
func half(breaks bool) faultHandler {
	return func(w http.ResponseWriter, _ *http.Request, work func() *httptest.ResponseRecorder) {
		answer := work()
		body := answer.Body.Bytes()
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		if breaks {
			w.Header().Set("Content-Length", "1000000")
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body[:len(body)/2]) // The caller may be gone.
		if breaks {
			hangUp(nil, nil, nil)
		}
	}
}

// garbled damages the answer in several places.
func garbled(w http.ResponseWriter, _ *http.Request, work func() *httptest.ResponseRecorder) {
	answer := work()
	body := bytes.Clone(answer.Body.Bytes())
	for i := 20; i < len(body); i += 97 {
		body[i] ^= 0x15
	}
	w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body) // The caller may be gone.
}
