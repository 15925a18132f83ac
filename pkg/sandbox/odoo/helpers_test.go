package odoo_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

const (
	bot   = odoo.BotLogin
	sam   = odoo.SamLogin
	admin = odoo.AdminLogin
)

// values are the members of a struct.
type values = map[string]any

// newOdoo makes a stand-in.
func newOdoo(t *testing.T, options odoo.Options) *odoo.Server {
	t.Helper()
	server, err := odoo.New(options)
	require.NoError(t, err)
	return server
}

// execute calls a method that must succeed.
func execute(t *testing.T, server *odoo.Server, login, model, method string, args ...any) any {
	t.Helper()
	result, err := server.Execute(login, model, method, args, nil)
	require.NoError(t, err)
	return result
}

// within calls a method that must succeed, in a context.
func within(t *testing.T, server *odoo.Server, context values, login, model, method string, args ...any) any {
	t.Helper()
	result, err := server.Execute(login, model, method, args, values{"context": context})
	require.NoError(t, err)
	return result
}

// refused calls a method that must fail and returns the fault.
func refused(t *testing.T, server *odoo.Server, login, model, method string, args ...any) odoo.FaultError {
	t.Helper()
	_, err := server.Execute(login, model, method, args, nil)
	var fault *odoo.FaultError
	require.ErrorAs(t, err, &fault)
	return odoo.FaultError{Code: fault.Code, Text: fault.Text}
}

// user returns a user's id, and the link to their contact as Odoo tells it.
func user(t *testing.T, server *odoo.Server, login string) (id int64, contact any) {
	t.Helper()
	found := execute(t, server, admin, "res.users", "search_read", []any{term("login", "=", login)}, []string{"partner_id"}).([]any)
	require.Len(t, found, 1)
	row := found[0].(values)
	return row["id"].(int64), row["partner_id"]
}

// newLead makes an opportunity as bot.
func newLead(t *testing.T, server *odoo.Server, v values) int64 {
	t.Helper()
	all := values{"name": "Desks", "type": "opportunity"}
	maps.Copy(all, v)
	id, ok := execute(t, server, bot, "crm.lead", "create", all).(int64)
	require.True(t, ok)
	return id
}

// newMessage writes a message on an opportunity as bot.
func newMessage(t *testing.T, server *odoo.Server, lead int64, v values) int64 {
	t.Helper()
	all := values{"model": "crm.lead", "res_id": lead, "message_type": "comment", "body": "<p>Hello</p>"}
	maps.Copy(all, v)
	id, ok := execute(t, server, bot, "mail.message", "create", all).(int64)
	require.True(t, ok)
	return id
}

// read returns some fields of one record, without its id.
func read(t *testing.T, server *odoo.Server, model string, id int64, fields ...string) values {
	t.Helper()
	rows, ok := execute(t, server, bot, model, "read", []any{id}, fields).([]any)
	require.True(t, ok)
	require.Len(t, rows, 1)
	row, ok := rows[0].(values)
	require.True(t, ok)
	delete(row, "id")
	return row
}

// term is a leaf of a domain.
func term(field, operator string, value any) []any { return []any{field, operator, value} }
