package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// An Odoo, or what stands before it, may answer anything: no answer is a defect of
// the program.
func TestAnotherNumberOfUsersThanWasAskedForIsAMalformedAnswer(t *testing.T) {
	t.Parallel()
	const user = `<value><struct><member><name>id</name><value><int>2</int></value></member></struct></value>`
	for number, says := range map[int]string{
		0: "read the integration user: Odoo answered with 0 users where one was asked for",
		4: "read the integration user: Odoo answered with 4 users where one was asked for",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			call, _ := io.ReadAll(r.Body)
			answer := "<value><array><data>" + strings.Repeat(user, number) + "</data></array></value>"
			switch {
			case strings.Contains(string(call), "<methodName>version<"):
				answer = `<value><struct><member><name>server_version</name><value><string>19.0</string></value></member>` +
					`<member><name>server_version_info</name><value><array><data><value><int>19</int></value></data></array></value></member></struct></value>`
			case strings.Contains(string(call), "<methodName>authenticate<"):
				answer = "<value><int>2</int></value>"
			}
			_, _ = io.WriteString(w, "<?xml version='1.0'?><methodResponse><params><param>"+answer+"</param></params></methodResponse>")
		}))
		defer server.Close()
		client, err := odoo.New(odoo.Options{
			URL: server.URL, Database: "any", User: "bot", Password: func() string { return "secret" }, Now: time.Now,
		})
		require.NoError(t, err)
		defer client.Close()
		_, err = gateway.New(client).Open(t.Context())
		require.EqualError(t, err, says)
		assert.True(t, odoo.IsKind(err, odoo.Malformed))
	}
}
