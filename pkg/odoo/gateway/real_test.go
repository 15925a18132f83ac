//go:build odoo

package gateway_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// everyOdoo runs a test against a fresh database of a real Odoo 19, which
// .ci/odoo made; make test-odoo exports where.
func everyOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	setting := func(name string) string {
		value := os.Getenv("CRM_TOOL_TEST_ODOO" + name)
		require.NotEmpty(t, value, "CRM_TOOL_TEST_ODOO%s is not set; run these tests with make test-odoo", name)
		return value
	}
	name := "gw_" + strings.ToLower(regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(t.Name(), "_"))
	name = name[:min(len(name), 50)]
	manage := func(command string) {
		out, err := exec.CommandContext(t.Context(), setting(""), command, name).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	manage("newdb")
	url := setting("_URL")
	client, err := odoo.New(odoo.Options{
		URL: url, Database: name, User: setting("_ADMIN_LOGIN"), Password: func() string { return setting("_ADMIN_PASSWORD") },
		Timeout: time.Minute, Now: time.Now,
	})
	require.NoError(t, err)
	_, err = client.Login(t.Context())
	require.NoError(t, err)
	test(t, database{
		url: url, name: name, bot: setting("_BOT_LOGIN"), password: setting("_BOT_PASSWORD"), version: 19,
		execute: func(_, model, method string, args []any, kwargs map[string]any) (any, error) {
			return client.Call(t.Context(), odoo.Request{Model: model, Method: method, Args: args, Kwargs: kwargs})
		},
	})
	client.Close()
	manage("dropdb")
}

// newestOdoo runs a test against the one that there is.
func newestOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	everyOdoo(t, test)
}
