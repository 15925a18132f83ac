//go:build odoo

package browser_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

func targets() []target { return []target{standIn(), {name: "odoo", open: realOdoo}} }

// realOdoo takes a database on the server that the environment names.
func realOdoo(t *testing.T) *server {
	t.Helper()
	s, err := odootest.New(os.Getenv)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close(os.Stderr)) })
	o := s.Open(t)
	return &server{
		url: o.URL, database: o.Name,
		sam: user{o.Login(odootest.Sam), o.Password(odootest.Sam)}, bot: user{o.Login(odootest.Bot), o.Password(odootest.Bot)},
	}
}
