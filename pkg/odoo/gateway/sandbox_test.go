//go:build !odoo

package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// everyOdoo runs a test against the stand-in as each version.
func everyOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("Odoo %d", version), func(t *testing.T) {
			t.Parallel()
			o, err := sandboxodoo.New(sandboxodoo.Options{Version: version, Clock: time.Now})
			require.NoError(t, err)
			url, err := o.Start()
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, o.Close()) })
			test(t, database{
				url: url, name: sandboxodoo.Database, bot: sandboxodoo.BotLogin, password: sandboxodoo.BotPassword, version: version,
				execute: o.Execute,
			})
		})
	}
}
