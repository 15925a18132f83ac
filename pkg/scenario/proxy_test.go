package scenario_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// countingProxy stands between the tool and Odoo and counts the calls.
type countingProxy struct {
	*httptest.Server

	mu    sync.Mutex
	calls map[string]int
}

func newCountingProxy(t testing.TB, target string) *countingProxy {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	forward := httputil.NewSingleHostReverseProxy(u)
	p := &countingProxy{calls: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		p.calls[calledMethod(body)]++
		p.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

var textValue = regexp.MustCompile(`<string>([^<]*)</string>`)

// calledMethod returns the model and its method: in a call of execute_kw they
// follow the database and the password.
func calledMethod(body []byte) string {
	texts := textValue.FindAllSubmatch(body, 4)
	if len(texts) < 4 || !bytes.Contains(body, []byte("<methodName>execute_kw<")) {
		return "common"
	}
	return string(texts[2][1]) + " " + string(texts[3][1])
}

func (p *countingProxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = map[string]int{}
}

// tally counts the calls by method, count counts them all.
func (p *countingProxy) tally() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *countingProxy) count() int {
	n := 0
	for _, calls := range p.tally() {
		n += calls
	}
	return n
}
