//go:build odoo

package gateway_test

import (
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

var realServer = sync.OnceValues(func() (*odootest.Server, error) { return odootest.New(os.Getenv) })

func theServer(t testing.TB) *odootest.Server {
	t.Helper()
	s, err := realServer()
	require.NoError(t, err)
	return s
}

func TestMain(m *testing.M) {
	status := m.Run()
	if s, err := realServer(); err == nil && s.Close(os.Stderr) != nil {
		status = 1
	}
	os.Exit(status)
}

// everyOdoo runs a test against a database of the real Odoo that the environment
// names; make test-odoo says which.
func everyOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	o := theServer(t).Open(t)
	test(t, database{
		url: o.URL, name: o.Name, bot: odootest.Bot, password: o.Password(odootest.Bot), version: o.Version(),
		execute: func(_, model, method string, args []any, kwargs map[string]any) (any, error) {
			return o.Execute(odootest.Administrator, model, method, args, kwargs)
		},
	})
}

// newestOdoo runs a test against the one that there is.
func newestOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	everyOdoo(t, test)
}
