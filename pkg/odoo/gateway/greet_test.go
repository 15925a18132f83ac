package gateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

func TestAnswersAreTriedBeforeAllAreThere(t *testing.T) {
	everyOdoo(t, func(t *testing.T, d database) {
		o := odoo.Options{URL: d.url, Now: time.Now}
		version, err := odoo.Greet(t.Context(), o)
		require.NoError(t, err)
		assert.Equal(t, d.version, version.Major)

		o.Database = "nosuch"
		var failure *odoo.Error
		require.ErrorAs(t, odoo.FindDatabase(t.Context(), o), &failure)
		assert.Equal(t, odoo.UnknownDatabase, failure.Kind)
		assert.Equal(t, `look for the database: Odoo has no database "nosuch"`, failure.Error())
		assert.Equal(t, "set odoo.database to the name of a database of this Odoo", failure.Hint())
		o.Database = d.name
		require.NoError(t, odoo.FindDatabase(t.Context(), o))
	})
}

func TestOnlyASalesAdministratorMayShare(t *testing.T) {
	everyOdoo(t, func(t *testing.T, d database) {
		for login, want := range map[string]bool{d.bot: true, "sam": false} {
			password := d.password
			if login == "sam" {
				password = "sam-password"
			}
			client, err := odoo.New(odoo.Options{
				URL: d.url, Database: d.name, User: login, Password: func() string { return password }, Now: time.Now,
			})
			require.NoError(t, err)
			defer client.Close()
			gateway := gateway.New(client)
			_, err = gateway.Open(t.Context())
			require.NoError(t, err)
			may, err := gateway.MayShare(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, may, login)
		}
	})
}
