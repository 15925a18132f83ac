package odoo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// replay plays an Odoo of a version: each XML-RPC method has one recorded
// answer.
func replay(t *testing.T, version int, authenticate, execute string) string {
	t.Helper()
	recordings := map[string]string{"version": "version.response", "authenticate": authenticate, "execute_kw": execute}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "session-of-nobody"})
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		method, _ := parseCall(body)
		w.Header().Set("Content-Type", "text/xml")
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		_, _ = w.Write(wire(version, recordings[method]))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func eachVersion(t *testing.T, test func(t *testing.T, version int)) {
	t.Helper()
	for version := 16; version <= 19; version++ {
		t.Run("Odoo "+strconv.Itoa(version), func(t *testing.T) { test(t, version) })
	}
}

func TestFaultsOfEachVersionBecomeOneKindAndOneLine(t *testing.T) {
	type row struct {
		recording string
		method    string
		kind      odoo.Kind
		code      int
		message   map[int]string // by the first version that says it so
	}
	same := func(s string) map[int]string { return map[int]string{16: s} }
	rows := []row{
		{"object-wrong-password.response", "search_count", odoo.LoginRefused, 3, same(`Odoo says: Access Denied`)},
		{"search-read-bad-field.response", "search_read", odoo.UnknownName, 1, map[int]string{
			16: `Odoo says: ValueError: Invalid field crm.lead.no_such_field in leaf ('no_such_field', '=', 1)`,
			19: `Odoo says: ValueError: Invalid field crm.lead.no_such_field in condition ('no_such_field', '=', 1)`,
		}},
		{"read-unknown-field.response", "read", odoo.UnknownName, 1, map[int]string{
			16: `Odoo says: ValueError: Invalid field 'no_such_field' on model 'crm.lead'`,
			19: `Odoo says: ValueError: Invalid field 'no_such_field' on 'crm.lead'`,
		}},
		{"search-read-bad-domain.response", "search_read", odoo.ServerFault, 1, map[int]string{
			16: `Odoo says: ValueError: Invalid leaf ('name', '~~', 'x')`,
			19: `Odoo says: ValueError: Invalid operator in condition ('name', '~~', 'x')`,
		}},
		{"write-missing-record.response", "write", odoo.MissingRecord, 2, map[int]string{
			16: `Odoo says: Record does not exist or has been deleted. (Record: crm.lead(99999999,), User: 6)`,
			19: `Odoo says: Record does not exist or has been deleted. (Record: crm.lead(99999999,), User: 5)`,
		}},
		{"unknown-model.response", "search_count", odoo.UnknownName, 2, same(`Odoo says: Object no.such.model doesn't exist`)},
		{"unknown-method.response", "no_such_method", odoo.UnknownName, 1, map[int]string{
			16: `Odoo says: AttributeError: The method 'no_such_method' does not exist on the model 'crm.lead'`,
			19: `Odoo says: AttributeError: The method 'crm.lead.no_such_method' does not exist`,
		}},
		{"private-method.response", "_search", odoo.AccessDenied, 4, map[int]string{
			16: `Odoo says: Private methods (such as _search) cannot be called remotely.`,
			19: `Odoo says: Private methods (such as 'crm.lead._search') cannot be called remotely.`,
		}},
		{"access-denied.response", "search_read", odoo.AccessDenied, 4, map[int]string{
			16: `Odoo says: You are not allowed to access 'System Parameter' (ir.config_parameter) records. This operation is ` +
				`allowed for the following groups: - Administration/Settings Contact your administrator to request access if necessary.`,
			19: `Odoo says: You are not allowed to access 'System Parameter' (ir.config_parameter) records. This operation is ` +
				`allowed for the following groups: - Role / Administrator Contact your administrator to request access if necessary.`,
		}},
		{"validation-error.response", "create", odoo.Invalid, 2, map[int]string{
			16: `Odoo says: The operation cannot be completed: - Create/update: a mandatory field is not set. - Delete: another model ` +
				`requires the record being deleted. If possible, archive it instead. Model: Survey (survey.survey) Field: Survey Title (title)`,
			19: `Odoo says: The operation cannot be completed: Missing required value for the field 'Survey Title' (title). Model: 'Survey' ` +
				`(survey.survey) - create/update: a mandatory field is not set - delete: another model requires the record being deleted, you can archive it instead`,
		}},
		{"load-unknown-column.response", "load", odoo.UnknownName, 1, map[int]string{
			16: `Odoo says: KeyError: 'nope'`,
			18: `Odoo says: ValueError: Invalid field name 'nope'`,
		}},
		{
			"action-archive-none-fault.response", "action_archive", odoo.ServerFault, 1,
			same(`Odoo says: TypeError: cannot marshal None unless allow_none is enabled`),
		},
		{"no-such-endpoint.response", "version", odoo.ServerFault, 1, same(`Odoo says: KeyError: 'nosuch'`)},
		{"malformed-xml.response", "read", odoo.ServerFault, 1, same(`Odoo says: xml.parsers.expat.ExpatError: no element found: line 1, column 68`)},
		{"authenticate-unknown-database.response", "read", odoo.UnknownDatabase, 1, same(`Odoo has no database "nosuchdb"`)},
	}
	for _, r := range rows {
		t.Run(r.recording, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version int) {
				o := options(replay(t, version, "authenticate.response", r.recording))
				o.Database = "nosuchdb"
				_, err := connect(t, o).Call(t.Context(), odoo.Request{Model: "crm.lead", Method: r.method})

				message := ""
				for v := 16; v <= version; v++ {
					if m, ok := r.message[v]; ok {
						message = m
					}
				}
				var e *odoo.Error
				require.ErrorAs(t, err, &e)
				type seen struct {
					Kind    odoo.Kind
					Code    int
					Text    string
					Details bool
				}
				assert.Equal(t,
					seen{r.kind, r.code, "call crm.lead." + r.method + ": " + message, r.code == 1},
					seen{e.Kind, e.FaultCode, err.Error(), e.Detail != ""})
			})
		})
	}
}

func TestLoginTellsTheVersionAndTheUser(t *testing.T) {
	users := map[int]int64{16: 6, 17: 6, 18: 6, 19: 5}
	texts := map[int]string{16: "16.0", 17: "17.0", 18: "18.0+e-20241005", 19: "19.0"}
	eachVersion(t, func(t *testing.T, version int) {
		c := newClient(t, options(replay(t, version, "authenticate.response", "")))
		uid, err := c.Login(t.Context())
		require.NoError(t, err)
		assert.Equal(t, users[version], uid)
		assert.Equal(t, odoo.Version{Major: version, Text: texts[version]}, c.Version())
		sessions := map[bool]int{true: 1} // Later versions have a header for it.
		assert.Equal(t, 2+sessions[version < 19], c.Calls())
	})
}

func TestRecordedOpportunitiesAreRead(t *testing.T) {
	eachVersion(t, func(t *testing.T, version int) {
		c := connect(t, options(replay(t, version, "authenticate.response", "search-read-leads.response")))
		answer, err := c.Call(t.Context(), odoo.Request{Model: "crm.lead", Method: "search_read"})
		require.NoError(t, err)
		records, err := odoo.Records(answer)
		require.NoError(t, err)

		type lead struct {
			Name, Type, Email string
			Active            bool
			Created           time.Time
			Partner, User     int64
			Stage             string
			Bounces           int64
		}
		read := func(r odoo.Record) (l lead) {
			errs := make([]error, 9)
			l.Name, errs[0] = r.Text("name")
			l.Type, errs[1] = r.Text("type")
			l.Email, errs[2] = r.Text("email_from")
			l.Active, errs[3] = r.Bool("active")
			l.Created, errs[4] = r.Time("create_date")
			l.Partner, errs[5] = r.Ref("partner_id")
			l.User, errs[6] = r.Ref("user_id")
			l.Stage, errs[7] = r.Label("stage_id")
			l.Bounces, errs[8] = r.Int("message_bounce")
			for _, err := range errs {
				require.NoError(t, err)
			}
			l.Created = l.Created.Truncate(time.Hour) // They were recorded within some minutes.
			return l
		}
		var leads []lead
		for _, r := range records {
			leads = append(leads, read(r))
		}
		user := map[bool]int64{true: 6, false: 5}[version < 19]
		created := leads[0].Created
		assert.Equal(t, 2026, created.Year())
		assert.Equal(t, []lead{
			{Name: "Café «Zürich» & <Co> 😀", Type: "opportunity", Email: "Zoë Müller <zoe@client.example>", Active: true, Created: created, User: user, Stage: "New"},
			{Name: "No e-mail", Type: "opportunity", Active: true, Created: created, Stage: "New"},
			{Name: "Plain", Type: "opportunity", Email: "plain@client.example", Active: true, Created: created, User: user, Stage: "New"},
		}, leads)
	})
}

func TestRequestsAreThoseThatWereRecorded(t *testing.T) {
	eachVersion(t, func(t *testing.T, version int) {
		_, want := parseCall(wire(version, "load-claim-first.request"))
		s := serve(t, value(map[string]any{"ids": []any{5}, "messages": []any{}}))
		o := options(s.URL)
		o.Database, o.Password = want[0].(string), func() string { return want[2].(string) }
		c := connect(t, o)

		args := want[5].([]any)
		columns, rows := texts(args[0]), [][]string{texts(args[1].([]any)[0])}
		_, err := c.Load(t.Context(), want[3].(string), columns, rows, nil)
		require.NoError(t, err)
		want[1] = int64(5) // The server plays Odoo 19's user.
		assert.Equal(t, want, s.calls[0])
	})
}

func texts(list any) []string {
	var out []string
	for _, v := range list.([]any) {
		out = append(out, v.(string))
	}
	return out
}

func TestLoginNamesWhatIsWrong(t *testing.T) {
	eachVersion(t, func(t *testing.T, version int) {
		o := options(replay(t, version, "authenticate-wrong-password.response", ""))
		_, err := newClient(t, o).Login(t.Context())
		assert.Equal(t, failure{
			odoo.LoginRefused, `log in: Odoo refuses the login of "bot" in database "crm19"`,
			"check odoo.user and odoo.password_file; an API key may have expired (Odoo 18 and later) or been deleted, " +
				"and a user with two-factor authentication needs one",
		}, failureOf(t, err))

		o = options(replay(t, version, "authenticate-unknown-database.response", ""))
		_, err = newClient(t, o).Login(t.Context())
		assert.Equal(t, failure{
			odoo.UnknownDatabase, `log in: Odoo has no database "crm19"`,
			"set odoo.database to the name of a database of this Odoo",
		}, failureOf(t, err))
	})
}
