//go:build !odoo

package scenario_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// answers lets calls be answered so in Odoo's stead.
func (p *patient) answers(call, about, text string) {
	p.proxy.inject(proxyFault{call: call, about: about, times: -1, does: func(w http.ResponseWriter, _ *http.Request, _ func() *httptest.ResponseRecorder) {
		w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, text) // The tool may be gone.
	}})
}

// forbids takes a right on a model away.
func (p *patient) forbids(model, operation string) {
	p.answers(model+" has_access", "<string>"+operation+"<", "<?xml version='1.0'?><methodResponse><params><param><value><boolean>0</boolean></value></param></params></methodResponse>")
}

// shares writes shared state as the administrator.
func (p *patient) shares(name, value string, public bool) {
	team := p.search("crm.team", []any{[]any{"name", "=", "Website"}})[0].id()
	p.create("ir.attachment", map[string]any{
		"name": "crm-tool/" + name, "description": value, "res_model": "crm.team", "res_id": team, "public": public,
	})
}

// damages changes what the shared state says of a key.
func (p *patient) damages(key, value string) {
	for _, r := range p.search("ir.attachment", []any{[]any{"name", "=like", "crm-tool/" + key + "%"}}) {
		p.write("ir.attachment", []int64{r.id()}, map[string]any{"description": value})
	}
}

// secure puts HTTPS before Odoo. It returns the network, in which each address leads there,
// and the certificate.
func (p *patient) secure() (*http.Transport, *x509.Certificate) {
	const address = "example.com:443"
	server := httptest.NewUnstartedServer(p.proxy)
	server.Listener = p.network.listen(address)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return p.network.dial(ctx, network, address)
	}}
	p.t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	p.set("CRM_TOOL_ODOO_URL=https://example.com")
	return transport, server.Certificate()
}

// roundTripper is a network.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip answers a request.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// odooDefects are those of the way to Odoo, and of what it holds.
func odooDefects() []defect {
	none := sandboxodoo.Options{}
	return []defect{
		{"Odoo is down", none, func(p *patient) {
			p.env.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") })
			p.set("CRM_TOOL_ODOO_URL=http://127.0.0.1:1")
		}, "odoo.url", 69, "connection refused", "odoo.url"},
		{"Odoo's certificate is of an unknown authority", none, func(p *patient) {
			p.env.Transport, _ = p.secure()
		}, "odoo.url", 69, "certificate", "odoo.ca_file"},
		{"Odoo's certificate ends soon", none, func(p *patient) {
			transport, certificate := p.secure()
			roots := x509.NewCertPool()
			roots.AddCert(certificate)
			transport.TLSClientConfig = &tls.Config{RootCAs: roots}
			p.env.Transport = transport
			time.Sleep(time.Until(certificate.NotAfter.Add(-7 * 24 * time.Hour)))
		}, "odoo.certificate", 0, "the certificate of Odoo ends on", "renew it"},
		{"something else answers at Odoo's address", none, func(p *patient) {
			p.answers("common", "", "<!doctype html><title>Welcome</title>")
		}, "odoo.url", 69, "", "odoo.url"},
		{"Odoo is too old", none, func(p *patient) {
			p.answers("common", "<methodName>version<", strings.ReplaceAll(oldVersion, "\n", ""))
		}, "odoo.url", 78, "15", "16"},
		{"the password would travel in clear", none, func(p *patient) { p.set("CRM_TOOL_ODOO_URL=http://odoo.example.com") }, "settings", 78, "odoo.url", "odoo.allow_http"},
		{"the database does not exist", none, func(p *patient) { p.set("CRM_TOOL_ODOO_DATABASE=nosuch") }, "odoo.database", 78, "nosuch", "odoo.database"},
		{"the password is wrong", none, func(p *patient) {
			p.set("CRM_TOOL_ODOO_PASSWORD_FILE=" + p.file("wrong", "wrong"))
		}, "odoo.login", 77, `refuses the login of "bot"`, "odoo.password_file"},
		{"the API key ends tomorrow", none, func(p *patient) {
			p.set("CRM_TOOL_ODOO_PASSWORD_FILE=" + p.file("key", apiKey))
			require.NoError(p.t, p.EndKey(apiKey, "crm-tool", time.Now().Add(24*time.Hour)))
		}, "odoo.key", 0, "2026-11-24", "rotate-key"},
		{"the API key has ended", none, func(p *patient) {
			p.set("CRM_TOOL_ODOO_PASSWORD_FILE=" + p.file("key", apiKey))
			require.NoError(p.t, p.EndKey(apiKey, "crm-tool", time.Now().Add(-time.Hour)))
		}, "odoo.login", 77, "refuses the login", "expired"},
		{"the user was deactivated", none, func(p *patient) { p.write("res.users", []int64{p.user(bot)}, map[string]any{"active": false}) }, "odoo.login", 77, "refuses the login", "expired"},
		{"the data are a copy", none, func(p *patient) {
			p.works()
			p.set("CRM_TOOL_ODOO_URL=http://127.0.0.1:8069")
		}, "odoo.instance", 78, "looks like a copy", "crm-tool config adopt"},
		{"the user is another one", none, func(p *patient) {
			p.works()
			p.logsInAs("kim", "sales_team.group_sale_manager", "survey.group_survey_user")
		}, "odoo.instance", 78, "logs in as the one with the id", "odoo.user"},
		{"the note about the first run is damaged", none, func(p *patient) {
			p.works()
			p.damages("first-run", "{")
		}, "odoo.instance", 78, "is damaged", "delete the attachment crm-tool/first-run"},
		{"a shared setting makes no sense", none, func(p *patient) { p.shares("reminders.days", "seven", false) }, "settings.shared", 78, "reminders.days", "seven"},
		{"a stranger wrote what looks like a setting", none, func(p *patient) { p.shares("reminders.days", "[1]", true) }, "settings.strangers", 0, "by Administrator (user 2)", "delete them"},
		{"the user's time zone is none", none, func(p *patient) {
			p.drop("CRM_TOOL_TIMEZONE")
			p.write("res.users", []int64{p.user(bot)}, map[string]any{"tz": "Mars/Phobos"})
		}, "timezone", 78, "Mars/Phobos", "set timezone"},
		{"a stage of the settings does not exist", none, func(p *patient) { p.set("CRM_TOOL_ARCHIVE_KEEP=stage:Nowhere") }, "settings.names", 78, "stage:Nowhere", "archive.keep"},
		{"a rule never counts", none, func(p *patient) {
			p.set("CRM_TOOL_CONFIG=" + p.file("config.yaml", "rules:\n- {exclude: true}\n- {team: Sales, days: [3]}\n"))
		}, "settings.names", 0, "earlier ones leave nothing", "put the narrower rule first"},
		{"answers never reach Odoo", none, func(p *patient) {
			p.works()
			time.Sleep(15 * 24 * time.Hour)
		}, "mail.incoming", 0, "Odoo never got a mail", "Incoming Mail Servers"},
		{"Odoo lacks the Survey app", sandboxodoo.Options{WithoutSurveys: true}, func(*patient) {}, "feedback.surveys", 0, "lacks the Survey app", "crm-tool setup"},
		{"clients cannot be reached where Odoo says", none, func(p *patient) {
			way := p.env.Transport
			p.env.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host == "clients.example.com" {
					return nil, errors.New("no route to host")
				}
				return way.RoundTrip(r)
			})
			p.set("CRM_TOOL_ODOO_PUBLIC_URL=http://clients.example.com")
		}, "feedback.page", 69, "cannot be reached", "odoo.public_url"},
	}
}

// oldVersion is what an Odoo 15 says of itself.
const oldVersion = `<?xml version='1.0'?>
<methodResponse><params><param><value><struct>
<member><name>server_version</name><value><string>15.0</string></value></member>
<member><name>server_version_info</name><value><array><data><value><int>15</int></value><value><int>0</int></value>
<value><int>0</int></value><value><string>final</string></value><value><int>0</int></value><value><string></string></value></data></array></value></member>
<member><name>server_serie</name><value><string>15.0</string></value></member>
<member><name>protocol_version</name><value><int>1</int></value></member>
</struct></value></param></params></methodResponse>`

// rightDefects are those of the user's rights.
func rightDefects() []defect {
	none := sandboxodoo.Options{}
	list := []defect{
		{"the user sees their own opportunities alone", none, func(p *patient) { p.logsInAs("kim", "sales_team.group_sale_salesman") }, "odoo.rights", 77, "kim may not work on all opportunities", "Sales / Administrator"},
		{"that is so in Odoo 16", sandboxodoo.Options{Version: 16}, func(p *patient) {
			p.set("CRM_TOOL_MAIL_ENVELOPE_FROM=bounce@example.com")
			p.logsInAs("kim", "sales_team.group_sale_salesman")
		}, "odoo.rights", 77, "kim may not work on all opportunities", "Sales / Administrator"},
		{"a rule hides the opportunities of others", none, func(p *patient) {
			for _, r := range p.search(leadModel, []any{}) {
				p.write(leadModel, []int64{r.id()}, map[string]any{"user_id": p.user(bot)})
			}
		}, "odoo.opportunities", 0, "are their own or nobody's", "record rule"},
		{"a company is not the user's", none, func(p *patient) {
			p.employ("Second Company", "lou")
		}, "odoo.companies", 0, "does not see the opportunities of Second Company", "Allowed Companies"},
		{"the user may not use surveys", none, func(p *patient) { p.logsInAs("kim", "sales_team.group_sale_manager") }, "feedback.surveys", 77, "lacks the right Surveys / User", "Surveys / User"},
		{"the user may not send through Odoo", none, func(p *patient) {
			p.throughOdoo()
			p.drop("CRM_TOOL_SMTP_")
			p.forbids("mail.template", "create")
		}, "mail.transport", 77, "may not have a mail template", "mail.transport"},
		{"the user may not make surveys", none, func(p *patient) { p.forbids("survey.survey", "create") }, "feedback.surveys", 77, "may not create survey.survey", "Surveys / User"},
	}
	for _, right := range []string{"write crm.lead", "create mail.message", "unlink mail.message", "create mail.activity", "unlink ir.attachment", "read res.partner", "read crm.stage", "read resource.calendar"} {
		operation, model, _ := strings.Cut(right, " ")
		list = append(list, defect{"the user may not " + right, none, func(p *patient) { p.forbids(model, operation) }, "odoo.rights", 77, "bot may not " + right, "Sales / Administrator"})
	}
	return list
}

// logsInAs makes a user with rights, and lets the tool log in as that one.
func (p *patient) logsInAs(login string, groups ...string) {
	field := "group_ids"
	if len(p.execute(admin, "res.users", "fields_get", []any{[]any{field}}, nil).(map[string]any)) == 0 {
		field = "groups_id"
	}
	var ids, wanted []any
	for _, r := range p.search("res.groups", []any{}) {
		ids = append(ids, r.id())
	}
	for _, r := range p.execute(admin, "res.groups", "get_metadata", []any{ids}, nil).([]any) {
		m := record(r.(map[string]any))
		for _, group := range append([]string{"base.group_user"}, groups...) {
			if m.text("xmlid") == group {
				wanted = append(wanted, m.id())
			}
		}
	}
	require.Len(p.t, wanted, len(groups)+1)
	p.execute(admin, "res.users", "create", []any{map[string]any{
		"login": login, "name": login, "email": login + "@example.com", "password": personPassword(login), field: []any{[]any{6, 0, wanted}},
	}}, map[string]any{"context": map[string]any{"no_reset_password": true}})
	p.set("CRM_TOOL_ODOO_USER="+login, "CRM_TOOL_ODOO_PASSWORD_FILE="+p.file("password-"+login, personPassword(login)))
}
