package sandbox_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox"
)

// newOdoo makes a stand-in.
func newOdoo(t *testing.T, options sandbox.OdooOptions) *sandbox.Odoo {
	t.Helper()
	odoo, err := sandbox.NewOdoo(options)
	require.NoError(t, err)
	return odoo
}

// execute calls a method that must succeed.
func execute(t *testing.T, odoo *sandbox.Odoo, login, model, method string, args []any) any {
	t.Helper()
	result, err := odoo.Execute(login, model, method, args, nil)
	require.NoError(t, err)
	return result
}
