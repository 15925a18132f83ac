//go:build odoo

package gateway_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// rename changes how requests name their database.
type rename func(h http.Header)

func (f rename) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	f(r.Header)
	return http.DefaultTransport.RoundTrip(r)
}

// BenchmarkSmallCall compares a small call that names its database with one that
// does not, on a server with several databases. The calls take turns, so that what else
// the machine does slows them alike.
func BenchmarkSmallCall(b *testing.B) {
	o := theServer(b).Open(b)
	strip := func(h http.Header) { h.Del("X-Odoo-Database") }
	cookie := session(b, o.URL, o.Name)
	clients, took := map[string]func(){}, map[string][]time.Duration{}
	for way, transport := range map[string]http.RoundTripper{
		"without": rename(strip),
		"header":  http.DefaultTransport,
		"session": rename(func(h http.Header) {
			strip(h)
			h.Set("Cookie", cookie)
		}),
	} {
		client, err := odoo.New(odoo.Options{
			URL: o.URL, Database: o.Name, User: odootest.Bot, Password: func() string { return o.Password(odootest.Bot) },
			Timeout: time.Minute, Now: time.Now, Transport: transport,
		})
		require.NoError(b, err)
		uid, err := client.Login(b.Context())
		require.NoError(b, err)
		clients[way] = func() {
			_, err := client.Call(b.Context(), odoo.Request{
				Model: "res.users", Method: "read", Args: []any{[]any{uid}}, Kwargs: map[string]any{"fields": []any{"name"}}, Repeatable: true,
			})
			require.NoError(b, err)
		}
	}
	for b.Loop() {
		for way, call := range clients {
			began := time.Now()
			call()
			took[way] = append(took[way], time.Since(began))
		}
	}
	for way, times := range took {
		slices.Sort(times)
		b.ReportMetric(milliseconds(times[0]), way+"-fastest-ms")
		b.ReportMetric(milliseconds(times[len(times)/2]), way+"-median-ms")
	}
	b.ReportMetric(0, "ns/op") // It would be of all ways together.
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// session begins a session of a database.
func session(b *testing.B, url, database string) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/web/login?debug=1&db="+database, http.NoBody)
	require.NoError(b, err)
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(b, err)
	require.NoError(b, resp.Body.Close())
	require.NotEmpty(b, resp.Cookies())
	return "session_id=" + resp.Cookies()[0].Value
}
