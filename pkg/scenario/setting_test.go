//go:build odoo || relay

package scenario_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// setting reads what the scripts in .ci print with env, and make exports.
func setting(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	require.NotEmpty(t, value, "%s is not set; these tests need real servers: run them with make test-odoo or make test-relay", name)
	return value
}
