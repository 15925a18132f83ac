package odoo_test

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// started makes a stand-in that serves for the time of a test.
func started(t *testing.T, options odoo.Options) *odoo.Server {
	t.Helper()
	server := newOdoo(t, options)
	_, err := server.Start()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return server
}

// element writes a value as XML.
func element(v any) string {
	switch v := v.(type) {
	case int:
		return fmt.Sprintf("<value><int>%d</int></value>", v)
	case string:
		return "<value>" + v + "</value>"
	case []any:
		var b strings.Builder
		for _, item := range v {
			b.WriteString(element(item))
		}
		return "<value><array><data>" + b.String() + "</data></array></value>"
	default:
		panic(fmt.Sprintf("no element for %T", v))
	}
}

// envelope writes a method call.
func envelope(method string, params ...any) string {
	var b strings.Builder
	for _, p := range params {
		b.WriteString("<param>" + element(p) + "</param>")
	}
	return "<?xml version='1.0'?>\n<methodCall><methodName>" + method + "</methodName><params>" + b.String() + "</params></methodCall>"
}

// botCall writes a call of a model's method by bot.
func botCall(model, method string, args ...any) string {
	return envelope("execute_kw", odoo.Database, 5, odoo.BotPassword, model, method, args)
}

// createTag is a call that leaves a trace.
func createTag(name string) string {
	return botCall("crm.tag", "load", []any{"id", "name"}, []any{[]any{"crm_tool." + name, name}})
}

// tags counts the traces.
func tags(t *testing.T, server *odoo.Server) any {
	t.Helper()
	return execute(t, server, bot, "crm.tag", "search_count", []any{})
}

// answer is what came back over HTTP.
type answer struct {
	status int
	header http.Header
	body   string
}

// fetch posts a call.
func fetch(t *testing.T, server *odoo.Server, path, body string) (answer, error) {
	t.Helper()
	response, err := http.Post(server.URL()+path, "text/xml", strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	got, err := io.ReadAll(response.Body)
	require.NoError(t, response.Body.Close())
	return answer{response.StatusCode, response.Header, string(got)}, err
}

const objects = "/xmlrpc/2/object"

func TestOdooKnowsWhoCalls(t *testing.T) {
	server := started(t, odoo.Options{})
	require.NoError(t, server.AddKey(bot, "6843090ed5625220c0ff4ab3e2207d218cbe0919"))
	assert.Error(t, server.AddKey("nobody", "key"))
	for _, tc := range []struct{ name, login, secret, want string }{
		{"a password", "bot", odoo.BotPassword, "<value><int>5</int></value>"},
		{"a key", "bot", "6843090ed5625220c0ff4ab3e2207d218cbe0919", "<value><int>5</int></value>"},
		{"not somebody else's key", "sam", "6843090ed5625220c0ff4ab3e2207d218cbe0919", "<value><boolean>0</boolean></value>"},
		{"not a wrong password", "bot", "x", "<value><boolean>0</boolean></value>"},
		{"not an unknown login", "nobody", "x", "<value><boolean>0</boolean></value>"},
		{"not a user who was switched off", "__system__", "", "<value><boolean>0</boolean></value>"},
	} {
		t.Run("by "+tc.name, func(t *testing.T) {
			got, err := fetch(t, server, "/xmlrpc/2/common", envelope("authenticate", odoo.Database, tc.login, tc.secret))
			require.NoError(t, err)
			assert.Contains(t, got.body, tc.want)
		})
	}
}

func TestOdooAnswersOverHTTP(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	server := started(t, odoo.Options{Clock: func() time.Time { return now }})
	t.Run("with the time of its own clock", func(t *testing.T) {
		now = now.Add(time.Hour)
		got, err := fetch(t, server, "/xmlrpc/2/common", envelope("version"))
		require.NoError(t, err)
		assert.Equal(t, "Mon, 23 Nov 2026 09:00:00 GMT", got.header.Get("Date"))
	})
	t.Run("with a page when the address is none of its own", func(t *testing.T) {
		got, err := fetch(t, server, "/nosuch", "x")
		require.NoError(t, err)
		assert.Equal(t, http.StatusNotFound, got.status)
		assert.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
	})
	t.Run("with a session of its database to who asks for it, and with none to others", func(t *testing.T) {
		status, cookie := askFor(t, server, "/web/login?debug=1&db="+odoo.Database, nil)
		assert.Equal(t, http.StatusFound, status)
		assert.Contains(t, cookie, "session_id=")
		status, _ = askFor(t, server, "/web/login?db="+odoo.Database, http.Header{"Cookie": {cookie}, "X-Odoo-Database": {"another"}})
		assert.Equal(t, http.StatusForbidden, status, "two databases at once")
		_, cookie = askFor(t, server, "/web/login?db="+odoo.Database, nil)
		status, _ = askFor(t, server, "/web/login?db="+odoo.Database, http.Header{"Cookie": {cookie}, "X-Odoo-Database": {"another"}})
		assert.Equal(t, http.StatusFound, status, "a session in which nothing changed is not kept")
		_, cookie = askFor(t, server, "/web/login?db=another", nil)
		assert.Empty(t, cookie)
	})
	t.Run("only to POST", func(t *testing.T) {
		response, err := http.Get(server.URL() + objects)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	})
	t.Run("with a fault after the work when the method returns nothing", func(t *testing.T) {
		lead := newLead(t, server, nil)
		got, err := fetch(t, server, objects, botCall("crm.lead", "action_archive", []any{int(lead)}))
		require.NoError(t, err)
		assert.Contains(t, got.body, "TypeError: cannot marshal None unless allow_none is enabled\n</string>")
		assert.Equal(t, values{"active": false}, read(t, server, "crm.lead", lead, "active"))
	})
	t.Run("with a fault when the request is nested too deeply", func(t *testing.T) {
		deep := strings.Repeat("<value><array><data>", 1000)
		got, err := fetch(t, server, objects, "<methodCall><methodName>execute_kw</methodName><params><param>"+deep)
		require.NoError(t, err)
		assert.Contains(t, got.body, "nested too deeply")
	})
	t.Run("and reads every type of value", func(t *testing.T) {
		body := "<methodCall><methodName>execute_kw</methodName><params><param><value>sandbox</value></param><param><value><i4>5</i4></value></param>" +
			"<param><value><string>bot-password</string></value></param><param><value>crm.lead</value></param><param><value>create</value></param>" +
			"<param><value><array><data><value><struct>" +
			"<member><name>name</name><value><base64>RGVz\na3M=</base64></value></member>" +
			"<member><name>active</name><value><boolean>1</boolean></value></member>" +
			"<member><name>phone</name><value><nil/></value></member>" +
			"<member><name>expected_revenue</name><value><double>2.5</double></value></member>" +
			"</struct></value></data></array></value></param></params></methodCall>"
		got, err := fetch(t, server, objects, body)
		require.NoError(t, err)
		assert.Contains(t, got.body, "<value><int>2</int></value>")
		assert.Equal(t, values{"name": "Desks", "phone": false, "expected_revenue": 2.5}, read(t, server, "crm.lead", 2, "name", "phone", "expected_revenue"))
	})
	t.Run("without the characters that XML cannot hold", func(t *testing.T) {
		newLead(t, server, values{"name": "a\x01b"})
		got, err := fetch(t, server, objects, botCall("crm.lead", "read", []any{3}, []any{"name"}))
		require.NoError(t, err)
		assert.Contains(t, got.body, "<string>ab</string>")
	})
}

func TestClientsGetTheAddressUnderWhichOdooServes(t *testing.T) {
	const public = "https://odoo.example.com"
	for _, tc := range []struct{ name, public string }{{"its own", ""}, {"a public one", public}} {
		t.Run(tc.name, func(t *testing.T) {
			server := newOdoo(t, odoo.Options{PublicURL: tc.public})
			survey := execute(t, server, bot, "survey.survey", "create", values{"title": "Feedback"}).(int64)
			for range 2 { // the second time on another port
				url, err := server.Start()
				require.NoError(t, err)
				link := read(t, server, "survey.survey", survey, "session_link")["session_link"].(string)
				assert.Equal(t, cmp.Or(tc.public, url), strings.TrimSuffix(link, "/s/1001"))
				require.NoError(t, server.Close())
			}
		})
	}
}

func TestOdooCountsItsCalls(t *testing.T) {
	server := started(t, odoo.Options{})
	for _, body := range []string{botCall("crm.lead", "search", []any{}), botCall("crm.lead", "search", []any{}), botCall("crm.tag", "search", []any{})} {
		_, err := fetch(t, server, objects, body)
		require.NoError(t, err)
	}
	_, err := fetch(t, server, "/xmlrpc/2/common", envelope("version"))
	require.NoError(t, err)
	execute(t, server, bot, "crm.lead", "search", []any{})
	assert.Equal(t, 4, server.Calls())
	assert.Equal(t, map[string]int{"crm.lead.search": 2, "crm.tag.search": 1, "common.version": 1}, server.Tally())
	server.ResetCalls()
	assert.Zero(t, server.Calls())
	assert.Empty(t, server.Tally())
}

func TestOdooFailsAsItIsTold(t *testing.T) {
	for _, tc := range []struct {
		name     string
		injected odoo.Injected
		done     int // how many records the call makes
		status   int // 0: no answer
		kind     string
		body     string
	}{
		{"the answer of a proxy, without the work", odoo.Injected{
			Status: 502, Header: http.Header{"Content-Type": {"text/html"}, "Retry-After": {"5"}}, Body: "<html>Bad Gateway</html>",
		}, 0, 502, "text/html", "<html>Bad Gateway</html>"},
		{"the answer of a proxy, after the work", odoo.Injected{Status: 504, AfterWork: true}, 1, 504, "text/xml; charset=utf-8", ""},
		{"a connection that is cut before the work", odoo.Injected{Cut: true}, 0, 0, "", ""},
		{"a connection that is cut after the work", odoo.Injected{Cut: true, AfterWork: true}, 1, 0, "", ""},
		{"an answer that is cut short", odoo.Injected{Truncate: 21}, 1, 200, "text/xml; charset=utf-8", "<?xml version=\"1.0\"?>"},
		{"a fault", odoo.Injected{Fault: &odoo.FaultError{Code: 1, Text: "psycopg2.InterfaceError: cursor already closed"}}, 0, 200, "text/xml; charset=utf-8", "cursor already closed"},
		{"a conflict with somebody else", odoo.Injected{Conflict: true}, 0, 200, "text/xml; charset=utf-8", "could not serialize access due to concurrent update"},
		{"a delay", odoo.Injected{Delay: time.Millisecond}, 1, 200, "text/xml; charset=utf-8", "<name>ids</name>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := started(t, odoo.Options{})
			server.Fail(func(call odoo.Call) *odoo.Injected {
				if call.Model == "crm.tag" && call.Method == "load" && call.Number == 2 {
					return &tc.injected
				}
				return nil
			})
			_, err := fetch(t, server, objects, createTag("first"))
			require.NoError(t, err)
			got, err := fetch(t, server, objects, createTag("second"))
			if tc.status == 0 {
				assert.Error(t, err)
			} else {
				require.NoError(t, err)
				assert.Equal(t, tc.status, got.status)
				assert.Equal(t, tc.kind, got.header.Get("Content-Type"))
				assert.Contains(t, got.body, tc.body)
			}
			assert.Equal(t, 1+tc.done, tags(t, server))
			server.Fail(nil)
			_, err = fetch(t, server, objects, createTag("third"))
			require.NoError(t, err)
			assert.Equal(t, 2+tc.done, tags(t, server))
		})
	}
	t.Run("a conflict is an answer of load and a fault of everything else", func(t *testing.T) {
		server := started(t, odoo.Options{})
		server.Fail(func(odoo.Call) *odoo.Injected { return &odoo.Injected{Conflict: true} })
		got, err := fetch(t, server, objects, createTag("x"))
		require.NoError(t, err)
		assert.Contains(t, got.body, "<name>ids</name>\n<value><boolean>0</boolean></value>")
		got, err = fetch(t, server, objects, botCall("crm.lead", "search", []any{}))
		require.NoError(t, err)
		assert.Contains(t, got.body, "<name>faultCode</name>\n<value><int>1</int></value>")
	})
}

func TestOdooRollsBackWhatFails(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	refused(t, server, bot, "crm.lead", "create", []any{values{"name": "good"}, values{"type": "opportunity"}})
	assert.Empty(t, execute(t, server, bot, "crm.lead", "search", []any{}))
	assert.Equal(t, 0, execute(t, server, bot, "mail.message", "search_count", []any{term("model", "=", "crm.lead")}))
}

func TestOdooBindsArgumentsAsPythonDoes(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	for _, tc := range []struct {
		name, method string
		args         []any
		kwargs       values
		want         string
	}{
		{"too many", "search", []any{1, 2, 3, 4, 5}, nil, "TypeError: BaseModel.search() takes from 2 to 5 positional arguments but 6 were given"},
		{"too few", "search", nil, nil, "TypeError: BaseModel.search() missing 1 required positional argument: 'domain'"},
		{"no ids", "read", nil, nil, "IndexError: list index out of range"},
		{"an unknown one", "search", []any{[]any{}}, values{"nope": 1}, "TypeError: BaseModel.search() got an unexpected keyword argument 'nope'"},
		{"a negative limit", "search", []any{[]any{}}, values{"limit": -1}, "psycopg2.errors.InvalidRowCountInLimitClause: LIMIT must not be negative"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := server.Execute(bot, "crm.lead", tc.method, tc.args, tc.kwargs)
			var fault *odoo.FaultError
			require.ErrorAs(t, err, &fault)
			assert.Contains(t, fault.Text, tc.want+"\n")
		})
	}
}

func TestOdooVersions(t *testing.T) {
	for _, version := range []int{15, 21} {
		_, err := odoo.New(odoo.Options{Version: version})
		assert.EqualError(t, err, fmt.Sprintf("no stand-in for Odoo %d, only for 16 to 20", version))
	}
}

// askFor asks for a page, follows no redirect, and returns the status and the cookie.
func askFor(t *testing.T, server *odoo.Server, path string, header http.Header) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL()+path, http.NoBody)
	require.NoError(t, err)
	maps.Copy(r.Header, header)
	response, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, response.Header.Get("Set-Cookie")
}
