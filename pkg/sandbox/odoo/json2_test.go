package odoo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

const botKey = "0123456789abcdef0123456789abcdef01234567"

// jsonAnswer is what came back over JSON-2.
type jsonAnswer struct {
	status int
	kind   string
	value  any
}

// name is that of the exception.
func (a jsonAnswer) name() string {
	members, _ := a.value.(map[string]any)
	name, _ := members["name"].(string)
	return name
}

// callJSON makes a call over JSON-2 with headers, each a name and a value.
func callJSON(t *testing.T, server *odoo.Server, call, body string, headers ...string) jsonAnswer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/json/2/"+call, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "bearer "+botKey)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { assert.NoError(t, response.Body.Close()) }()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := jsonAnswer{status: response.StatusCode, kind: response.Header.Get("Content-Type")}
	_ = json.Unmarshal(content, &a.value) // A page is no JSON.
	return a
}

func withKey(t *testing.T, options odoo.Options) *odoo.Server {
	t.Helper()
	server := started(t, options)
	require.NoError(t, server.AddKey(odoo.BotLogin, botKey))
	return server
}

func TestJSON2AnswersAsOdoo19Does(t *testing.T) {
	server := withKey(t, odoo.Options{})
	const jsonType, page = "application/json; charset=utf-8", "text/html; charset=utf-8"
	for name, c := range map[string]struct {
		call, body string
		headers    []string
		want       jsonAnswer
	}{
		"create, a list of ids": {call: "crm.tag/create", body: `{"vals_list": {"name": "A"}}`, want: jsonAnswer{200, jsonType, []any{1.0}}},
		"a lazy count":          {call: "crm.lead/search_count", body: `{"domain": []}`, want: jsonAnswer{200, jsonType, 0.0}},
	} {
		assert.Equal(t, c.want, callJSON(t, server, c.call, c.body, c.headers...), name)
	}
	for name, c := range map[string]struct {
		call, body string
		headers    []string
		status     int
		kind       string
		exception  string
	}{
		"a password":                   {"res.users/context_get", `{}`, []string{"Authorization", "bearer " + odoo.BotPassword}, 401, jsonType, "werkzeug.exceptions.Unauthorized"},
		"no method":                    {"crm.lead", `{}`, nil, 404, jsonType, "werkzeug.exceptions.NotFound"},
		"ids for a model's own method": {"crm.lead/search", `{"ids": [1], "domain": []}`, nil, 422, jsonType, "werkzeug.exceptions.UnprocessableEntity"},
		"an unknown argument":          {"crm.lead/search_count", `{"domian": []}`, nil, 422, jsonType, "werkzeug.exceptions.UnprocessableEntity"},
		"an unknown field":             {"crm.lead/search_read", `{"fields": ["x"]}`, nil, 500, jsonType, "builtins.ValueError"},
		"a form":                       {"res.users/context_get", `{}`, []string{"Content-Type", "text/plain"}, 415, page, ""},
	} {
		got := callJSON(t, server, c.call, c.body, c.headers...)
		assert.Equal(t, []any{c.status, c.kind, c.exception}, []any{got.status, got.kind, got.name()}, name)
	}
}

func TestOlderOdoosHaveNoJSON2(t *testing.T) {
	server := withKey(t, odoo.Options{Version: 18})
	assert.Equal(t, "text/html; charset=utf-8", callJSON(t, server, "res.users/context_get", `{}`).kind)
}

func TestJSON2ReadsFromAReplicaThatIsBehind(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	server := withKey(t, odoo.Options{Clock: func() time.Time { return now }, ReplicaDelay: 3 * time.Second})
	names := func(over string) (names []any) {
		var list []any
		if over == "JSON-2" {
			list, _ = callJSON(t, server, "crm.tag/search_read", `{"fields": ["name"], "order": "id"}`).value.([]any)
		} else {
			list, _ = execute(t, server, bot, "crm.tag", "search_read").([]any)
		}
		for _, tag := range list {
			names = append(names, tag.(map[string]any)["name"])
		}
		return names
	}
	load := `{"fields": ["id", "name"], "data": [["x.a", "A"], ["x.b", "B"]], "context": {"mode": "update", "noupdate": true}}`
	ids := callJSON(t, server, "crm.tag/load", load).value.(map[string]any)["ids"]
	assert.Equal(t, ids, callJSON(t, server, "crm.tag/load", load).value.(map[string]any)["ids"], "it is there once")
	assert.Equal(t, []any{"A", "B"}, names("XML-RPC"))
	assert.Empty(t, names("JSON-2"))

	now = now.Add(2 * time.Second)
	assert.Equal(t, true, callJSON(t, server, "crm.tag/write", `{"ids": [1], "vals": {"name": "C"}}`).value)
	assert.Equal(t, true, callJSON(t, server, "crm.tag/unlink", `{"ids": [2]}`).value)
	assert.Equal(t, 500, callJSON(t, server, "crm.tag/create", `{"vals_list": [{"name": "D"}, {"nope": 1}]}`).status, "nothing of it is done")
	assert.Empty(t, names("JSON-2"))
	now = now.Add(time.Second)
	assert.Equal(t, []any{"A", "B"}, names("JSON-2"), "in the order of the changes")
	assert.Equal(t, []any{"C"}, names("XML-RPC"), "which does not read there")
	now = now.Add(2 * time.Second)
	assert.Equal(t, []any{"C"}, names("JSON-2"))

	callJSON(t, server, "crm.tag/unlink", `{"ids": [1]}`)
	assert.Equal(t, []any{"C"}, names("JSON-2"))
	server.SettleReplica()
	assert.Empty(t, names("JSON-2"))
}
