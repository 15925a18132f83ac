//go:build bench

package bench_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// call is a request to Odoo as it was made.
type call struct {
	path string
	// header also names the database.
	header http.Header
	body   []byte
}

// recorder stands between the tool and Odoo, and keeps the calls.
type recorder struct {
	*httptest.Server

	odoo  http.Handler
	mu    sync.Mutex
	calls []call
}

func newRecorder(t *testing.T, target string) *recorder {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	r := &recorder{odoo: &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(u) }}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.calls = append(r.calls, call{path: q.URL.RequestURI(), header: q.Header.Clone(), body: body})
	r.mu.Unlock()
	q.Body = io.NopCloser(bytes.NewReader(body))
	r.odoo.ServeHTTP(w, q)
}

// of returns the calls of a method of a model that were made.
func (r *recorder) of(model, method string) []call {
	named := regexp.MustCompile(`>` + regexp.QuoteMeta(model) + `</string></value></param><param><value><string>` + method + `<`)
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []call
	for _, c := range r.calls {
		if named.Match(c.body) {
			found = append(found, c)
		}
	}
	return found
}

// replay makes the calls again, one after the other over one connection. Odoo has to
// accept each.
func replay(t *testing.T, to string, calls []call) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, c := range calls {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to+c.path, bytes.NewReader(c.body))
		require.NoError(t, err)
		q.Header = c.header.Clone()
		q.Header.Del("Accept-Encoding") // The transport asks for it, and unpacks the answer.
		answer, err := client.Do(q)
		require.NoError(t, err)
		content, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.False(t, strings.Contains(string(content), "<fault>"), "%s", content)
	}
}
