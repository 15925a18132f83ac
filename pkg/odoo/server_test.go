package odoo_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kolo/xmlrpc"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The password has all that an encoding could change.
const password = `p&ss <word> "1'`

// noon is this host's time, and that of the servers unless they say otherwise.
var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// server plays an Odoo 19: it answers common.version and common.authenticate
// as recorded, and the n-th call on object with the n-th handler, the last
// one for all that follow.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	answers []http.HandlerFunc
	calls   [][]any // the parameters of each call on object
}

func serve(t *testing.T, answers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	method, params := parseCall(body)
	w.Header().Set("Date", noon.Format(http.TimeFormat))
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	switch method {
	case "version":
		writeWire(w, "version.response")
		return
	case "authenticate":
		writeWire(w, "authenticate.response")
		return
	}
	s.mu.Lock()
	answer := s.answers[min(len(s.calls), len(s.answers)-1)]
	s.calls = append(s.calls, params)
	s.mu.Unlock()
	answer(w, r)
}

// seen returns how many calls on object have come.
func (s *server) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// value answers a call with a value.
func value(v any) http.HandlerFunc {
	return raw(string(response(v)))
}

func raw(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// faultAnswer answers with a fault as Odoo writes it.
func faultAnswer(code int, text string) http.HandlerFunc {
	body := response(map[string]any{"faultCode": code, "faultString": text})
	body = bytes.ReplaceAll(body, []byte("<params><param>"), []byte("<fault>"))
	return raw(string(bytes.ReplaceAll(body, []byte("</param></params>"), []byte("</fault>"))))
}

// traceback is a fault 1 whose last exception is the line.
func traceback(line string) http.HandlerFunc {
	return faultAnswer(1, "Traceback (most recent call last):\n  File \"odoo/http.py\", line 1, in f\n    ...\n"+line+"\n")
}

// byMethod answers each XML-RPC method with its value.
func byMethod(answers map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.NotFound(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		method, _ := parseCall(body)
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		_, _ = w.Write(response(answers[method]))
	}
}

// hangUp closes the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// silence answers nothing until the client gives up.
func silence(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// response encodes a methodResponse.
func response(v any) []byte {
	call, err := xmlrpc.EncodeMethodCall("m", v)
	if err != nil {
		panic(err)
	}
	_, params, _ := bytes.Cut(call, []byte("</methodName>"))
	params = bytes.TrimSuffix(params, []byte("</methodCall>"))
	return fmt.Appendf(nil, "<?xml version=\"1.0\"?>\n<methodResponse>\n%s\n</methodResponse>\n", params)
}

// wireXML is a value on the wire, for tests that look at requests.
type wireXML struct {
	Int     *int64  `xml:"int"`
	Boolean *string `xml:"boolean"`
	Double  *string `xml:"double"`
	String  *string `xml:"string"`
	Array   *struct {
		Values []wireXML `xml:"data>value"`
	} `xml:"array"`
	Struct *struct {
		Members []struct {
			Name  string  `xml:"name"`
			Value wireXML `xml:"value"`
		} `xml:"member"`
	} `xml:"struct"`
}

func (w wireXML) value() any {
	switch {
	case w.Int != nil:
		return *w.Int
	case w.Boolean != nil:
		return *w.Boolean == "1"
	case w.Double != nil:
		f, err := strconv.ParseFloat(*w.Double, 64)
		if err != nil {
			panic(err)
		}
		return f
	case w.String != nil:
		return *w.String
	case w.Array != nil:
		list := []any{}
		for _, v := range w.Array.Values {
			list = append(list, v.value())
		}
		return list
	case w.Struct != nil:
		members := map[string]any{}
		for _, m := range w.Struct.Members {
			members[m.Name] = m.Value.value()
		}
		return members
	}
	panic("a value without a type")
}

// parseCall reads a methodCall, independently of the codec.
func parseCall(body []byte) (method string, params []any) {
	var call struct {
		Method string    `xml:"methodName"`
		Params []wireXML `xml:"params>param>value"`
	}
	if err := xml.Unmarshal(body, &call); err != nil {
		panic(err)
	}
	for _, p := range call.Params {
		params = append(params, p.value())
	}
	return call.Method, params
}

// wire returns a part of the recordings of an Odoo version.
func wire(version int, name string) []byte {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "wire", strconv.Itoa(version)+".txtar"))
	if err != nil {
		panic(err)
	}
	for _, f := range archive.Files {
		if found, _, _ := strings.Cut(f.Name, " "); found == name {
			return f.Data
		}
	}
	panic("not recorded: " + name)
}

func writeWire(w io.Writer, name string) { _, _ = w.Write(wire(19, name)) }

// pauses remembers what a client would have waited.
type pauses struct {
	taken []time.Duration
	// each runs instead of waiting, when it is set.
	each func()
}

func (p *pauses) sleep(_ context.Context, d time.Duration) {
	p.taken = append(p.taken, d)
	if p.each != nil {
		p.each()
	}
}

func options(url string) odoo.Options {
	return odoo.Options{
		URL: url, Database: "crm19", User: "bot", Password: func() string { return password },
		Version: "1.2.3", Now: func() time.Time { return noon }, Timeout: 5 * time.Second,
		Sleep: (&pauses{}).sleep,
	}
}

func newClient(t *testing.T, o odoo.Options) *odoo.Client {
	t.Helper()
	c, err := odoo.New(o)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// connect returns a client that has logged in.
func connect(t *testing.T, o odoo.Options) *odoo.Client {
	t.Helper()
	c := newClient(t, o)
	_, err := c.Login(t.Context())
	require.NoError(t, err)
	return c
}

// read is a call that may be repeated, create one that may not.
func read() odoo.Request {
	return odoo.Request{Model: "crm.lead", Method: "read", Args: []any{[]int{7}}, Repeatable: true}
}

func create() odoo.Request {
	return odoo.Request{Model: "crm.lead", Method: "create", Args: []any{map[string]any{"name": "x"}}}
}

// failure is what a person and a script see of an *odoo.Error.
type failure struct {
	Kind odoo.Kind
	Text string
	Hint string
}

func failureOf(t *testing.T, err error) failure {
	t.Helper()
	var e *odoo.Error
	require.ErrorAs(t, err, &e)
	return failure{Kind: e.Kind, Text: e.Error(), Hint: e.Hint()}
}

func debugLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

func host(s *server) string { return strings.TrimPrefix(s.URL, "http://") }
