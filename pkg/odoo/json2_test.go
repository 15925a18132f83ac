package odoo_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const (
	key      = "0123456789abcdef0123456789abcdef01234567"
	jsonType = "application/json; charset=utf-8"
)

// jsonRequest is a request as a server saw it.
type jsonRequest struct {
	line, authorization, database string
	body                          any
}

// jsonServer plays an Odoo 19 of which only JSON-2 is asked: it tells its version and the
// user's id, and answers all else with one answer.
func jsonServer(t *testing.T, answer http.HandlerFunc) (string, *[]jsonRequest) {
	t.Helper()
	var seen []jsonRequest
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		asked := jsonRequest{line: r.Method + " " + r.URL.Path, authorization: r.Header.Get("Authorization"), database: r.Header.Get("X-Odoo-Database")}
		_ = json.Unmarshal(body, &asked.body) // A GET has none.
		seen = append(seen, asked)
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		w.Header().Set("Content-Type", jsonType)
		switch {
		case r.URL.Path == "/web/version":
			_, _ = io.WriteString(w, `{"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}`)
		case strings.HasSuffix(r.URL.Path, "/context_get"):
			_, _ = io.WriteString(w, recordings(t)["context-get"].answer)
		default:
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, &seen
}

func jsonAnswer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func jsonOptions(url string) odoo.Options {
	o := options(url)
	o.API, o.User, o.Password = odoo.JSON2, "", func() string { return key }
	return o
}

// jsonCall makes a call that is answered like this.
func jsonCall(t *testing.T, r odoo.Request, answer http.HandlerFunc) (any, error) {
	t.Helper()
	url, _ := jsonServer(t, answer)
	return connect(t, jsonOptions(url)).Call(t.Context(), r)
}

func TestLoginByJSON2TakesTheUserFromTheKey(t *testing.T) {
	url, seen := jsonServer(t, nil)
	c := newClient(t, jsonOptions(url))
	uid, err := c.Login(t.Context())
	require.NoError(t, err)
	assert.Equal(t, int64(5), uid)
	assert.Equal(t, odoo.Version{Major: 19, Text: "19.0"}, c.Version())
	assert.Equal(t, odoo.JSON2, c.API())
	assert.Equal(t, noon, c.Now())
	assert.Equal(t, []jsonRequest{
		{line: "GET /web/version"},
		{"POST /json/2/res.users/context_get", "bearer " + key, "crm19", map[string]any{}},
	}, *seen)
}

// The arguments of recorded requests, as callers give them.
func TestArgumentsGetTheNamesThatWereRecorded(t *testing.T) {
	type row = []any
	rows := map[string]odoo.Request{
		"search-read": {Model: "crm.lead", Method: "search_read", Args: row{odoo.Term("id", "in", []int{4010, 4011, 4012})}, Kwargs: map[string]any{
			"order": "id", "context": map[string]any{"active_test": false}, "fields": []string{
				"name", "active", "type", "create_date", "email_from", "email_normalized", "partner_id", "user_id", "team_id", "stage_id", "probability",
				"lang_id", "lang_code", "is_blacklisted", "message_bounce", "activity_ids", "company_id", "tag_ids", "expected_revenue",
			},
		}},
		"write":          {Model: "crm.lead", Method: "write", Args: row{[]int{4011, 4012}, map[string]any{"active": true}}},
		"create":         {Model: "crm.lead", Method: "create", Args: row{[]any{map[string]any{"name": "json2", "type": "opportunity"}}}},
		"fields-get":     {Model: "crm.lead", Method: "fields_get", Args: row{[]string{"name", "active"}}, Kwargs: map[string]any{"attributes": []string{"type"}}},
		"context-get":    {Model: "res.users", Method: "context_get"},
		"missing-record": {Model: "crm.lead", Method: "write", Args: row{[]int{99999999}, map[string]any{"priority": "1"}}},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			want := recordings(t)[name]
			url, seen := jsonServer(t, want.handler())
			_, _ = connect(t, jsonOptions(url)).Call(t.Context(), r) // Only what is sent matters.
			var body any
			require.NoError(t, json.Unmarshal([]byte(want.request), &body))
			assert.Equal(t, jsonRequest{"POST " + want.path, "bearer " + key, "crm19", body}, (*seen)[2])
		})
	}
	t.Run("load", func(t *testing.T) {
		want := recordings(t)["load"]
		url, seen := jsonServer(t, want.handler())
		loaded, err := connect(t, jsonOptions(url)).Load(t.Context(), "mail.message",
			[]string{"id", "model", "res_id", "subject", "body", "message_id", "message_type"},
			[][]string{{"crm_tool.fixture_4010_j", "crm.lead", "4010", "token-9", "<p>Bonjour Zoë</p>", "<fixture.4010.j@crm-tool.example>", "email"}}, nil)
		require.NoError(t, err)
		assert.Equal(t, []odoo.Loaded{{ID: 5649}}, loaded)
		var body any
		require.NoError(t, json.Unmarshal([]byte(want.request), &body))
		assert.Equal(t, body, (*seen)[2].body)
	})
}

func TestRecordedAnswersOfJSON2AreRead(t *testing.T) {
	all := recordings(t)
	for name, want := range map[string]any{
		"write": true, "create": []any{int64(4013)}, "context-get": map[string]any{"lang": "en_US", "tz": false, "uid": int64(5)},
		"fields-get": map[string]any{"name": map[string]any{"type": "char"}, "active": map[string]any{"type": "boolean"}},
		"load-again": map[string]any{"ids": []any{int64(5649)}, "messages": []any{}, "nextrow": int64(0)},
	} {
		got, err := jsonCall(t, read(), all[name].handler())
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	got, err := jsonCall(t, read(), all["search-read"].handler())
	require.NoError(t, err)
	records, err := odoo.Records(got)
	require.NoError(t, err)
	require.Len(t, records, 3)
	name, err := records[0].Text("name")
	require.NoError(t, err)
	assert.Equal(t, "Café «Zürich» & <Co> 😀", name)
	label, err := records[0].Label("user_id")
	require.NoError(t, err)
	assert.Equal(t, "CRM Bot", label)
	created, err := records[0].Time("create_date")
	require.NoError(t, err)
	assert.Equal(t, time.Date(2026, time.November, 23, 8, 0, 50, 0, time.UTC), created)
	revenue, err := records[1].Float("expected_revenue")
	require.NoError(t, err)
	assert.Zero(t, revenue)

	one, err := jsonCall(t, create(), all["create"].handler())
	require.NoError(t, err)
	assert.Equal(t, int64(4013), one, "one set of values makes one id, as by XML-RPC")
}

func TestErrorsOfJSON2AreThoseOfXMLRPC(t *testing.T) {
	all := recordings(t)
	type row struct {
		kind odoo.Kind
		code int
		text string
	}
	for name, want := range map[string]row{
		"unknown-method":   {odoo.UnknownName, 1, `Odoo says: AttributeError: The method 'crm.lead.no_such_method' does not exist`},
		"unknown-model":    {odoo.UnknownName, 2, `Odoo says: Object no.such.model doesn't exist`},
		"missing-argument": {odoo.ServerFault, 1, `Odoo says: TypeError: BaseModel._read_format() got an unexpected keyword argument 'domian'`},
		"missing-record":   {odoo.MissingRecord, 2, `Odoo says: Record does not exist or has been deleted. (Record: crm.lead(99999999,), User: 5)`},
		"access-denied": {odoo.AccessDenied, 4, `Odoo says: You are not allowed to access 'System Parameter' (ir.config_parameter) records. This operation is ` +
			`allowed for the following groups: - Role / Administrator Contact your administrator to request access if necessary.`},
		"validation-error": {odoo.Invalid, 2, `Odoo says: The operation cannot be completed: Missing required value for the field 'Survey Title' (title). Model: 'Survey' ` +
			`(survey.survey) - create/update: a mandatory field is not set - delete: another model requires the record being deleted, you can archive it instead`},
		"bad-key":          {odoo.LoginRefused, 3, `Odoo refuses the login by API key: Invalid apikey`},
		"no-key":           {odoo.LoginRefused, 3, `Odoo refuses the login by API key: User not authenticated, use an API Key with a Bearer Authorization header.`},
		"unknown-database": {odoo.UnknownDatabase, 0, `Odoo has no database "crm19"`},
		"malformed": {odoo.ServerFault, 1, `Odoo says: werkzeug.exceptions.BadRequest: 400 Bad Request: could not parse the body as json: ` +
			`Expecting value: line 1 column 13 (char 12)`},
	} {
		_, err := jsonCall(t, read(), all[name].handler())
		var e *odoo.Error
		require.ErrorAs(t, err, &e, name)
		assert.Equal(t, row{want.kind, want.code, "call crm.lead.read: " + want.text}, row{e.Kind, e.FaultCode, e.Error()}, name)
	}
}

// exception is an error in Odoo's form; without a traceback, as where a server hides it.
func exception(status int, name, message string) http.HandlerFunc {
	body, err := json.Marshal(map[string]any{"name": name, "message": message, "arguments": []any{message}, "context": map[string]any{}, "debug": ""})
	if err != nil {
		panic(err)
	}
	return jsonAnswer(status, jsonType, string(body))
}

func TestOtherErrorsOfJSON2(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   odoo.Kind
	}{
		"a lost transaction":       {exception(500, "psycopg2.errors.SerializationFailure", "could not serialize access due to concurrent update"), odoo.Temporary},
		"a lock":                   {exception(409, "odoo.exceptions.LockError", "Cannot grab a lock"), odoo.Temporary},
		"an unknown field":         {exception(500, "builtins.ValueError", "Invalid field 'x' on 'crm.lead'"), odoo.UnknownName},
		"no Survey app":            {exception(404, "werkzeug.exceptions.NotFound", "the model 'survey.survey' does not exist"), odoo.MissingApp},
		"a private method":         {exception(403, "odoo.exceptions.AccessError", "Private methods (such as 'x._y') cannot be called remotely."), odoo.AccessDenied},
		"too many requests":        {jsonAnswer(429, "text/html", "slow down"), odoo.Temporary},
		"too many, as JSON":        {exception(429, "werkzeug.exceptions.TooManyRequests", "slow down"), odoo.Temporary},
		"a proxy without Odoo":     {jsonAnswer(502, "text/html", "<h1>502</h1>"), odoo.ProxyFailed},
		"a proxy that speaks JSON": {jsonAnswer(503, jsonType, `{"error": "no upstream"}`), odoo.ProxyFailed},
		"a web page":               {jsonAnswer(200, "text/html", "<!doctype html><title>Odoo</title>"), odoo.NotOdoo},
		"half an answer":           {jsonAnswer(200, jsonType, `[{"id": 1`), odoo.Truncated},
		"no answer":                {jsonAnswer(200, jsonType, ``), odoo.Truncated},
		"no JSON":                  {jsonAnswer(200, jsonType, `[NaN]`), odoo.Malformed},
		"two answers":              {jsonAnswer(200, jsonType, `[] []`), odoo.Malformed},
		"a deep answer":            {jsonAnswer(200, jsonType, strings.Repeat("[", 500_000)), odoo.TooDeep},
		"a huge number":            {jsonAnswer(200, jsonType, `123456789012345678901234567890`), odoo.Malformed},
	} {
		_, err := jsonCall(t, create(), c.answer)
		require.Error(t, err, name)
		assert.True(t, odoo.IsKind(err, c.want), "%s: %v", name, err)
	}
}

func TestTheHintsOfJSON2(t *testing.T) {
	url, _ := jsonServer(t, nil)
	o := jsonOptions(url)
	o.Password = func() string { return "a password" }
	_, err := newClient(t, o).Login(t.Context())
	got := failureOf(t, err)
	assert.Equal(t, "log in: what stands in odoo.password_file is no API key", got.Text)
	assert.Contains(t, got.Hint, "JSON-2 takes no passwords")

	o = jsonOptions(url)
	o.Database = "crm 19"
	_, err = newClient(t, o).Login(t.Context())
	assert.Equal(t, failure{
		odoo.Misconfigured, `log in: JSON-2 cannot name the database "crm 19"`,
		"set odoo.api to xmlrpc, or give the database a name of ASCII characters without spaces",
	}, failureOf(t, err))

	old := httptest.NewServer(jsonAnswer(200, "text/html", "<!doctype html><title>Odoo</title>")) // As 18 does.
	defer old.Close()
	_, err = newClient(t, jsonOptions(old.URL)).Login(t.Context())
	got = failureOf(t, err)
	assert.Equal(t, odoo.NotOdoo, got.Kind)
	assert.Contains(t, got.Hint, "JSON-2 came with Odoo 19: set odoo.api to auto")
}

// An error may quote what it answers.
func TestTheKeyIsInNoError(t *testing.T) {
	for _, answer := range []http.HandlerFunc{
		exception(500, "builtins.ValueError", "bearer "+key), exception(401, "werkzeug.exceptions.Unauthorized", key),
		jsonAnswer(200, "text/html", "<!doctype html><title>"+key+"</title>"), jsonAnswer(404, "text/html", key), jsonAnswer(200, jsonType, `["`+key),
	} {
		_, err := jsonCall(t, create(), answer)
		var e *odoo.Error
		require.ErrorAs(t, err, &e)
		assert.NotContains(t, fmt.Sprintf("%v %s %s %+v", e, e.Hint(), e.Detail, e.Err), key)
	}
}

func TestAMethodWithoutKnownNamesIsADefect(t *testing.T) {
	url, seen := jsonServer(t, nil)
	c := connect(t, jsonOptions(url))
	for _, r := range []odoo.Request{
		{Model: "crm.lead", Method: "action_set_lost"}, {Model: "crm.lead/../x", Method: "read"}, {Model: "crm.lead", Method: "unlink", Args: []any{1, 2}},
	} {
		_, err := c.Call(t.Context(), r)
		assert.True(t, odoo.IsKind(err, odoo.Defect), "%v", err)
	}
	assert.Len(t, *seen, 2, "nothing was sent")
}

func TestAutoIsXMLRPCWhileTheServerHasIt(t *testing.T) {
	s := serve(t, value(true))
	c := connect(t, options(s.URL))
	assert.Equal(t, odoo.XMLRPC, c.API())
	assert.Equal(t, 2, c.Calls())
}

func TestAutoIsJSON2WhereXMLRPCIsGone(t *testing.T) {
	url, _ := jsonServer(t, jsonAnswer(404, "text/html", "<!doctype html><title>404 Not Found</title>"))
	o := options(url)
	o.Password = func() string { return key }
	var log strings.Builder
	o.Logger = debugLog(&log)
	c := connect(t, o)
	assert.Equal(t, odoo.JSON2, c.API())
	assert.Contains(t, log.String(), "it has no XML-RPC any more")
	require.NoError(t, odoo.FindDatabase(t.Context(), o))
	version, err := odoo.Greet(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, 19, version.Major)
}

func TestADatabaseIsLookedForByJSON2(t *testing.T) {
	all := recordings(t)
	for name, want := range map[string]odoo.Kind{"no-key": "", "unknown-database": odoo.UnknownDatabase} {
		s := httptest.NewServer(all[name].handler())
		err := odoo.FindDatabase(t.Context(), jsonOptions(s.URL))
		s.Close()
		if want == "" {
			require.NoError(t, err)
			continue
		}
		assert.True(t, odoo.IsKind(err, want), "%v", err)
	}
}

// A huge answer is refused before it is read, or when the limit is reached, with less than
// the memory that a host needs.
func TestAHugeAnswerIsRefusedInFlatMemory(t *testing.T) {
	const size = 200 << 20
	for _, api := range []odoo.API{odoo.XMLRPC, odoo.JSON2} {
		for _, told := range []bool{true, false} {
			huge := func(w http.ResponseWriter, _ *http.Request) {
				if told {
					w.Header().Set("Content-Length", strconv.Itoa(size))
				}
				chunk := []byte(`["` + strings.Repeat("x", 1<<20))
				for range size / len(chunk) {
					if _, err := w.Write(chunk); err != nil {
						return
					}
				}
			}
			var url string
			if api == odoo.JSON2 {
				url, _ = jsonServer(t, huge)
			} else {
				url = serve(t, huge).URL
			}
			o := jsonOptions(url)
			o.API, o.User = api, "bot"
			c := connect(t, o)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Call(t.Context(), create())
			runtime.ReadMemStats(&after)
			assert.True(t, odoo.IsKind(err, odoo.TooLarge), "%s: %v", api, err)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20), "%s: bytes", api)
		}
	}
}
