//go:build !odoo

package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

func TestTheLoginReadsTheKeysWithTheUser(t *testing.T) {
	t.Parallel()
	end := time.Now().AddDate(0, 0, 10).UTC().Truncate(time.Second)
	for version := 16; version <= 20; version++ {
		for _, tells := range []bool{true, false} {
			o, err := sandboxodoo.New(sandboxodoo.Options{Version: version, Clock: time.Now})
			require.NoError(t, err)
			require.NoError(t, o.AddKey(sandboxodoo.BotLogin, key))
			require.NoError(t, o.AddKey(sandboxodoo.SamLogin, "ffffffffffffffffffffffffffffffffffffffff"))
			require.NoError(t, o.EndKey(key, "cron", end))
			_, err = o.Start()
			require.NoError(t, err)
			defer func() { require.NoError(t, o.Close()) }()
			if !tells {
				o.Fail(func(c sandboxodoo.Call) *sandboxodoo.Injected {
					if c.Method != "web_read" {
						return nil
					}
					return &sandboxodoo.Injected{Fault: &sandboxodoo.FaultError{Code: 4, Text: "You are not allowed to access 'Users API Keys' records."}}
				})
			}
			client, err := odoo.New(odoo.Options{
				URL: o.URL(), Database: sandboxodoo.Database, User: sandboxodoo.BotLogin, Password: func() string { return key }, Now: time.Now,
			})
			require.NoError(t, err)
			defer client.Close()
			s, err := gateway.New(client).Open(t.Context())
			require.NoError(t, err, "Odoo %d", version)
			assert.Equal(t, "bot", s.Name)
			assert.EqualValues(t, 1, s.Company)
			if version < 18 || !tells {
				assert.Empty(t, s.Keys, "Odoo %d", version)
				continue
			}
			require.Len(t, s.Keys, 1, "Odoo %d", version)
			assert.Equal(t, "cron", s.Keys[0].Name)
			assert.Equal(t, end, s.Keys[0].End)
			assert.Equal(t, 1, o.Tally()["res.users.web_read"])
			assert.Zero(t, o.Tally()["res.users.read"], "no further call")
		}
	}
}
