package sandbox_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox"
)

const (
	bot   = sandbox.BotLogin
	sam   = sandbox.SamLogin
	admin = sandbox.AdminLogin
)

// values are the members of a struct.
type values = map[string]any

// newOdoo makes a stand-in.
func newOdoo(t *testing.T, options sandbox.OdooOptions) *sandbox.Odoo {
	t.Helper()
	odoo, err := sandbox.NewOdoo(options)
	require.NoError(t, err)
	return odoo
}

// execute calls a method that must succeed.
func execute(t *testing.T, odoo *sandbox.Odoo, login, model, method string, args ...any) any {
	t.Helper()
	result, err := odoo.Execute(login, model, method, args, nil)
	require.NoError(t, err)
	return result
}

// within calls a method that must succeed, in a context.
func within(t *testing.T, odoo *sandbox.Odoo, context values, login, model, method string, args ...any) any {
	t.Helper()
	result, err := odoo.Execute(login, model, method, args, values{"context": context})
	require.NoError(t, err)
	return result
}

// refused calls a method that must fail and returns the fault.
func refused(t *testing.T, odoo *sandbox.Odoo, login, model, method string, args ...any) sandbox.FaultError {
	t.Helper()
	_, err := odoo.Execute(login, model, method, args, nil)
	var fault *sandbox.FaultError
	require.ErrorAs(t, err, &fault)
	return sandbox.FaultError{Code: fault.Code, Text: fault.Text}
}

// newLead makes an opportunity as bot.
func newLead(t *testing.T, odoo *sandbox.Odoo, v values) int64 {
	t.Helper()
	all := values{"name": "Desks", "type": "opportunity"}
	maps.Copy(all, v)
	id, ok := execute(t, odoo, bot, "crm.lead", "create", all).(int64)
	require.True(t, ok)
	return id
}

// newMessage writes a message on an opportunity as bot.
func newMessage(t *testing.T, odoo *sandbox.Odoo, lead int64, v values) int64 {
	t.Helper()
	all := values{"model": "crm.lead", "res_id": lead, "message_type": "comment", "body": "<p>Hello</p>"}
	maps.Copy(all, v)
	id, ok := execute(t, odoo, bot, "mail.message", "create", all).(int64)
	require.True(t, ok)
	return id
}

// read returns some fields of one record, without its id.
func read(t *testing.T, odoo *sandbox.Odoo, model string, id int64, fields ...string) values {
	t.Helper()
	rows, ok := execute(t, odoo, bot, model, "read", []any{id}, fields).([]any)
	require.True(t, ok)
	require.Len(t, rows, 1)
	row, ok := rows[0].(values)
	require.True(t, ok)
	delete(row, "id")
	return row
}

// term is a leaf of a domain.
func term(field, operator string, value any) []any { return []any{field, operator, value} }
