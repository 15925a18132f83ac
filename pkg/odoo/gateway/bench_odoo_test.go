//go:build odoo

package gateway_test

import (
	"net/http"
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
// does not, on a server with several databases.
func BenchmarkSmallCall(b *testing.B) {
	o := theServer(b).Open(b)
	strip := func(h http.Header) { h.Del("X-Odoo-Database") }
	cookie := session(b, o.URL, o.Name)
	for title, transport := range map[string]http.RoundTripper{
		"without its database": rename(strip),
		"with the header":      http.DefaultTransport,
		"with a session": rename(func(h http.Header) {
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
		b.Run(title, func(b *testing.B) {
			for b.Loop() {
				_, err := client.Call(b.Context(), odoo.Request{
					Model: "res.users", Method: "read", Args: []any{[]any{uid}}, Kwargs: map[string]any{"fields": []any{"name"}}, Repeatable: true,
				})
				require.NoError(b, err)
			}
		})
	}
}

// session begins a session of a database.
func session(b *testing.B, url, database string) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/web/login?db="+database, http.NoBody)
	require.NoError(b, err)
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(b, err)
	require.NoError(b, resp.Body.Close())
	require.NotEmpty(b, resp.Cookies())
	return "session_id=" + resp.Cookies()[0].Value
}
