//go:build !odoo

package odoo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox"
)

// everyOdoo runs a test against the stand-in as each version.
func everyOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	for version := 16; version <= 19; version++ {
		t.Run(fmt.Sprintf("Odoo %d", version), func(t *testing.T) {
			t.Parallel()
			o, err := sandbox.NewOdoo(sandbox.OdooOptions{Version: version, Clock: time.Now})
			require.NoError(t, err)
			url, err := o.Start()
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, o.Close()) })
			test(t, database{
				url: url, name: sandbox.Database, bot: sandbox.BotLogin, password: sandbox.BotPassword, version: version,
				execute: o.Execute,
			})
		})
	}
}
