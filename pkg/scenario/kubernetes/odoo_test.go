//go:build odoo

package kubernetes_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// Pods remind the clients of a real Odoo. First they are counted, then everything is done to them, and Odoo is restarted.
func TestPodsServeARealOdoo(t *testing.T) {
	t.Parallel()
	server, err := odootest.New(os.Getenv)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close(os.Stderr)) })
	t.Run("four parts together cost little more than one run", func(t *testing.T) { compareParts(t, server) })
	t.Run("killed pods mail nobody twice and forget nobody", func(t *testing.T) { killPods(t, server) })
}

// realOdoo is an office with a database of its own on a real Odoo.
type realOdoo struct {
	*office
	*odootest.Database
}

func newRealOdoo(t *testing.T, server *odootest.Server) realOdoo {
	t.Helper()
	d := server.Open(t)
	return realOdoo{newOffice(t, d, d.URL, d.Name, odootest.Bot, d.Password(odootest.Bot)), d}
}
