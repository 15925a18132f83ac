//go:build !odoo

package gateway_test

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// key is an API key of the integration user.
const key = "0123456789abcdef0123456789abcdef01234567"

// everyOdoo runs a test against the stand-in as each version, and by JSON-2 against one
// that reads from the database and one that reads from a replica that is behind.
func everyOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("Odoo %d", version), func(t *testing.T) {
			t.Parallel()
			test(t, standIn(t, sandboxodoo.Options{Version: version}, odoo.XMLRPC))
		})
	}
	for _, version := range []int{19, 20} {
		t.Run(fmt.Sprintf("Odoo %d by JSON-2", version), func(t *testing.T) {
			t.Parallel()
			test(t, standIn(t, sandboxodoo.Options{Version: version}, odoo.JSON2))
		})
		t.Run(fmt.Sprintf("Odoo %d by JSON-2 from a replica", version), func(t *testing.T) {
			t.Parallel()
			test(t, standIn(t, sandboxodoo.Options{Version: version, ReplicaDelay: 50 * time.Millisecond}, odoo.JSON2))
		})
	}
}

// newestOdoo runs a test whose subject is the same in each version, by both protocols.
func newestOdoo(t *testing.T, test func(t *testing.T, d database)) {
	t.Helper()
	for name, api := range map[string]odoo.API{"XML-RPC": odoo.XMLRPC, "JSON-2": odoo.JSON2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, standIn(t, sandboxodoo.Options{}, api))
		})
	}
}

// standIn starts one. What the administrator does in it shows at once.
func standIn(t *testing.T, options sandboxodoo.Options, api odoo.API) database {
	t.Helper()
	options.Clock = time.Now
	o, err := sandboxodoo.New(options)
	require.NoError(t, err)
	require.NoError(t, o.AddKey(sandboxodoo.BotLogin, key))
	url, err := o.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.Close()) })
	return database{
		url: url, name: sandboxodoo.Database, bot: sandboxodoo.BotLogin, password: key, version: cmp.Or(options.Version, 19), api: api,
		execute: func(login, model, method string, args []any, kwargs map[string]any) (any, error) {
			defer o.SettleReplica()
			return o.Execute(login, model, method, args, kwargs)
		},
	}
}
