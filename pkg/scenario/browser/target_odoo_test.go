//go:build odoo

package browser_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func targets() []target {
	return []target{standIn(), {name: "odoo-19", confirms: true, open: realOdoo}}
}

// realOdoo makes a database of its own on the server of .ci/odoo.
func realOdoo(t *testing.T) *server {
	t.Helper()
	setting := func(name string) string {
		value := os.Getenv("CRM_TOOL_TEST_ODOO" + name)
		require.NotEmpty(t, value, "CRM_TOOL_TEST_ODOO%s is not set; run this with make test-odoo", name)
		return value
	}
	manage := func(args ...string) error {
		out, err := exec.Command(setting(""), args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	database := fmt.Sprintf("browser_%d", os.Getpid())
	require.NoError(t, manage("newdb", database))
	t.Cleanup(func() { assert.NoError(t, manage("dropdb", database)) })
	return &server{
		url: setting("_URL"), database: database,
		sam: user{setting("_SAM_LOGIN"), setting("_SAM_PASSWORD")}, bot: user{setting("_BOT_LOGIN"), setting("_BOT_PASSWORD")},
	}
}
