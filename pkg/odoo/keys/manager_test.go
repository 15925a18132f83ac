package keys_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

const key = "6843090ed5625220c0ff4ab3e2207d218cbe0919"

// serve returns a stand-in in which bot has a key.
func serve(t *testing.T, version int) *sandboxodoo.Server {
	t.Helper()
	o, err := sandboxodoo.New(sandboxodoo.Options{Version: version, Clock: now})
	require.NoError(t, err)
	require.NoError(t, o.AddKey(sandboxodoo.BotLogin, key))
	_, err = o.Start()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.Close()) })
	return o
}

// manager logs in to it as somebody.
func manager(t *testing.T, o *sandboxodoo.Server, api odoo.API, user, secret string) keys.Manager {
	t.Helper()
	c, err := odoo.New(odoo.Options{
		URL: o.URL(), Database: sandboxodoo.Database, API: api, User: user, Password: func() string { return secret }, Now: now,
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.Login(t.Context())
	require.NoError(t, err)
	return keys.NewManager(c)
}

func TestAProgramMakesKeysWhereOdooLetsIt(t *testing.T) {
	t.Parallel()
	for version := 16; version <= 20; version++ {
		m := manager(t, serve(t, version), odoo.XMLRPC, sandboxodoo.BotLogin, key)
		want := "Odoo " + fmt.Sprint(version) + ".0 lets nobody make API keys by a call"
		if version == 20 {
			want = "this Odoo lets nobody but administrators make API keys by a call: its system parameter base.enable_programmatic_api_keys is not set"
		}
		assert.EqualError(t, m.Check(t.Context()), want)
	}
	later := serve(t, 19)
	require.NoError(t, later.ManageKeys())
	for _, api := range []odoo.API{odoo.XMLRPC, odoo.JSON2} {
		require.NoError(t, manager(t, later, api, sandboxodoo.BotLogin, key).Check(t.Context()), "a later build of 19, over %s", api)
	}
	assert.NoError(t, manager(t, serve(t, 20), odoo.XMLRPC, sandboxodoo.AdminLogin, sandboxodoo.AdminPassword).Check(t.Context()), "an administrator")
}

func TestAKeyIsMadeAndRevoked(t *testing.T) {
	t.Parallel()
	for _, api := range []odoo.API{odoo.XMLRPC, odoo.JSON2} {
		o := serve(t, 20)
		require.NoError(t, o.ManageKeys())
		m := manager(t, o, api, sandboxodoo.BotLogin, key)
		end, err := m.Longest(t.Context())
		require.NoError(t, err)
		assert.Equal(t, now().AddDate(0, 0, 90).Add(-time.Minute), end)
		made, err := m.Generate(t.Context(), key, "crm-tool web1 2026-11-30", end)
		require.NoError(t, err)
		assert.True(t, keys.Looks(made))
		assert.Equal(t, []string{"crm-tool", "crm-tool web1 2026-11-30"}, o.KeyNames(sandboxodoo.BotLogin))

		require.NoError(t, manager(t, o, api, sandboxodoo.BotLogin, made).Revoke(t.Context(), key))
		assert.Equal(t, []string{"crm-tool web1 2026-11-30"}, o.KeyNames(sandboxodoo.BotLogin))
		err = manager(t, o, api, sandboxodoo.BotLogin, made).Revoke(t.Context(), key)
		require.ErrorIs(t, err, keys.ErrUnknownKey)
		assert.NotContains(t, err.Error(), key)
	}
}

func TestOdoosLimitsOfKeysAreTold(t *testing.T) {
	t.Parallel()
	o := serve(t, 20)
	require.NoError(t, o.ManageKeys())
	m := manager(t, o, odoo.XMLRPC, sandboxodoo.BotLogin, key)
	for _, end := range []time.Time{{}, in(91)} {
		_, err := m.Generate(t.Context(), key, "too long", end)
		assert.True(t, odoo.IsKind(err, odoo.Invalid), "%v", err)
	}
	_, err := m.Generate(t.Context(), "0123456789abcdef0123456789abcdef01234567", "by a stranger", in(1))
	assert.True(t, odoo.IsKind(err, odoo.LoginRefused), "%v", err)
	for n := 1; n < 10; n++ {
		_, err := m.Generate(t.Context(), key, "one more", in(1))
		require.NoError(t, err)
	}
	_, err = m.Generate(t.Context(), key, "one too many", in(1))
	require.EqualError(t, err, "call res.users.apikeys.generate: Odoo says: Limit of 10 API keys is reached for programmatic creation")
}

func TestAServerThatRepeatsAKeyShowsNone(t *testing.T) {
	t.Parallel()
	o := serve(t, 20)
	require.NoError(t, o.ManageKeys())
	m := manager(t, o, odoo.XMLRPC, sandboxodoo.BotLogin, key)
	other := "ffffffffffffffffffffffffffffffffffffffff"
	o.Fail(func(c sandboxodoo.Call) *sandboxodoo.Injected {
		if c.Method != "revoke" {
			return nil
		}
		return &sandboxodoo.Injected{Fault: &sandboxodoo.FaultError{Code: 2, Text: "no key " + other}}
	})
	err := m.Revoke(t.Context(), other)
	require.EqualError(t, err, "call res.users.apikeys.revoke: Odoo says: no key <redacted>")
}
