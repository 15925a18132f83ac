//go:build odoo

package odootest_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
)

// granted is the environment with some variables changed.
func granted(changes map[string]string) func(name string) string {
	return func(name string) string {
		if value, changed := changes[strings.TrimPrefix(name, odootest.Prefix)]; changed {
			return value
		}
		return os.Getenv(name)
	}
}

// sharing returns a server whose tests share a database that has neither SQL nor a key.
func sharing(t *testing.T, database string, more map[string]string) *odootest.Server {
	t.Helper()
	changes := map[string]string{"NEWDB": "", "DROPDB": "", "DB_TEMPLATE": "", "DB": database, "SQL": "", "BOT_API_KEY": ""}
	maps.Copy(changes, more)
	s, err := odootest.New(granted(changes))
	require.NoError(t, err)
	return s
}

type user struct {
	*testing.T
	*odootest.Database
}

func (u user) call(model, method string, args []any, kwargs map[string]any) any {
	u.Helper()
	answer, err := u.Execute(odootest.Administrator, model, method, args, kwargs)
	require.NoError(u, err, "%s.%s", model, method)
	return answer
}

// look returns what tests may have changed.
func (u user) look() map[string]any {
	u.Helper()
	seen := map[string]any{}
	for model, fields := range map[string][]any{
		"crm.lead": {"name"}, "crm.stage": {"name"}, "res.users": {"login", "active", "email", "lang", "tz"}, "res.partner": {"name", "email"},
		"survey.survey": {"title"}, "ir.config_parameter": {"key", "value"}, "mail.activity.type": {"name"}, "crm.tag": {"name"},
	} {
		domain := []any{}
		if model == "ir.config_parameter" {
			domain = []any{[]any{"key", "!=", "crm_tool.tests"}} // What a database is to be again may be kept there.
		}
		seen[model] = u.call(model, "search_read", []any{domain}, map[string]any{
			"fields": fields, "order": "id", "context": map[string]any{"active_test": false},
		})
	}
	return seen
}

// A test on the only database makes records and changes others. The next one finds it as it was, and so does its owner
// at the end.
func TestTheOnlyDatabaseIsLeftAsItWas(t *testing.T) {
	server, err := odootest.New(os.Getenv)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close(os.Stderr)) })
	owner := user{t, server.Open(t)}
	before := owner.look()
	s := sharing(t, owner.Name, nil)
	var first map[string]any
	t.Run("the first", func(t *testing.T) {
		u := user{t, s.Open(t)}
		first = u.look()
		u.call("crm.lead", "create", []any{[]any{map[string]any{"name": "Chairs", "type": "opportunity", "email_from": "zoe@client.example"}}}, nil)
		u.call("survey.survey", "create", []any{[]any{map[string]any{"title": "How was it?"}}}, nil)
		u.call("crm.tag", "create", []any{[]any{map[string]any{"name": "chairs"}}}, nil)
		u.call("res.users", "create", []any{[]any{map[string]any{"login": "eve", "name": "Eve", "email": "eve@example.com"}}}, map[string]any{
			"context": map[string]any{"no_reset_password": true},
		})
		bot := u.call("res.users", "search", []any{[]any{[]any{"login", "=", odootest.Bot}}}, nil)
		u.call("res.users", "write", []any{bot, map[string]any{"email": "other@example.com", "lang": "fr_FR", "tz": "Europe/Paris"}}, nil)
		stages, _ := u.call("crm.stage", "search", []any{[]any{}}, nil).([]any)
		u.call("crm.stage", "write", []any{stages[:1], map[string]any{"name": "Renamed"}}, nil)
		require.NoError(t, u.ReceiveMail("mail.example"))
		require.NotEqual(t, first, u.look())
	})
	t.Run("the next", func(t *testing.T) { require.Equal(t, first, user{t, s.Open(t)}.look()) })
	require.NoError(t, s.Close(os.Stderr))
	require.Equal(t, before, owner.look())
}

// What was not granted is skipped, and told at the end.
func TestWhatIsSkippedIsCounted(t *testing.T) {
	server, err := odootest.New(os.Getenv)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close(os.Stderr)) })
	summary := filepath.Join(t.TempDir(), "skipped")
	s := sharing(t, server.Open(t).Name, map[string]string{"SKIPPED": summary})
	t.Run("dates", func(t *testing.T) {
		assert.NoError(t, s.Open(t).Later(0))
		t.Error("it is skipped")
	})
	t.Run("a key", func(t *testing.T) { t.Error("it is skipped", s.Open(t).Key()) })
	t.Run("two databases", func(t *testing.T) {
		s.Open(t)
		s.Open(t)
		t.Error("it is skipped")
	})
	var told bytes.Buffer
	require.NoError(t, s.Close(&told))
	const want = `1 skipped: it changes what no call can, such as dates: set CRM_TOOL_TEST_ODOO_SQL
1 skipped: it needs an API key of bot: set CRM_TOOL_TEST_ODOO_BOT_API_KEY
1 skipped: it needs two databases at once: set CRM_TOOL_TEST_ODOO_DB_TEMPLATE
`
	assert.Equal(t, want, told.String())
	written, err := os.ReadFile(summary)
	require.NoError(t, err)
	assert.Equal(t, want, string(written))
}
