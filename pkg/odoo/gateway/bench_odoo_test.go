//go:build odoo

package gateway_test

import (
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
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
	const name = "bench_small_call"
	setting := func(s string) string { return os.Getenv("CRM_TOOL_TEST_ODOO" + s) }
	out, err := exec.CommandContext(b.Context(), setting(""), "newdb", name).CombinedOutput()
	require.NoError(b, err, "%s", out)
	b.Cleanup(func() { _ = exec.Command(setting(""), "dropdb", name).Run() })
	strip := func(h http.Header) { h.Del("X-Odoo-Database") }
	cookie := session(b, setting("_URL"), name)
	for title, transport := range map[string]http.RoundTripper{
		"without its database": rename(strip),
		"with the header":      http.DefaultTransport,
		"with a session": rename(func(h http.Header) {
			strip(h)
			h.Set("Cookie", cookie)
		}),
	} {
		client, err := odoo.New(odoo.Options{
			URL: setting("_URL"), Database: name, User: setting("_BOT_LOGIN"), Password: func() string { return setting("_BOT_PASSWORD") },
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
