// Package base is the app that every Odoo has: users, contacts, companies,
// attachments, and Odoo's records about its own models and modules.
package base

import (
	_ "embed" // schema.json
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/apps"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

//go:embed schema.json
var schema []byte

// App is what every database has: contacts, users, companies, and Odoo's
// records about itself. Of the users there are those that a fresh Odoo has, with
// the ids that it gives them.
func App() apps.App {
	refuse := func(e *orm.Env, t *orm.Table, _ orm.Arguments) (any, error) {
		return false, e.CheckModel(t, orm.OpRead)
	}
	return apps.App{Name: "base", Schema: schema, Behavior: map[string]orm.Behavior{
		"res.company": {
			Allows:   func(e *orm.Env, r *orm.Record, _ orm.Operation) bool { return slices.Contains(e.Companies(), r.ID) },
			Defaults: companyDefaults, Created: companyCreated,
			Compute: map[string]func(*orm.Env, *orm.Record) any{"catchall_email": alias("catchall"), "bounce_email": alias("bounce")},
		},
		"res.partner": {
			Title: partnerTitle, Defaults: partnerDefaults,
			Compute: map[string]func(*orm.Env, *orm.Record) any{
				"email_normalized": EmailNormalized("email"), "is_blacklisted": IsBlacklisted, "partner_share": isShared,
			},
		},
		"res.users": {
			Defaults: userDefaults, Created: userSaved, Updated: userSaved,
			Methods: map[string]orm.Method{"context_get": orm.NewMethod(callContextGet, 0)},
			Compute: map[string]func(*orm.Env, *orm.Record) any{"resource_calendar_id": userCalendar},
		},
		"res.users.apikeys": {
			Allows: func(e *orm.Env, r *orm.Record, _ orm.Operation) bool { return r.Values["user_id"] == e.User.ID },
			Methods: map[string]orm.Method{
				"generate": orm.NewMethod(callGenerate, 4, "key", "scope", "name", "expiration_date"),
				"revoke":   orm.NewMethod(callRevoke, 1, "key"),
			},
		},
		"resource.calendar.leaves": {Allows: leaveAllowed, Defaults: leaveDefaults},
		"ir.attachment": {
			Allows: attachmentAllowed, Refusal: attachmentRefusal,
			Methods: map[string]orm.Method{"search_count": orm.NewMethod(countAttachments, 1, "domain", "limit")},
			Compute: map[string]func(*orm.Env, *orm.Record) any{
				"index_content": indexContent, "raw": func(e *orm.Env, r *orm.Record) any { return e.Get(r, "datas") },
			},
		},
		"ir.module.module": {Methods: map[string]orm.Method{"button_immediate_install": orm.NewMethod(callInstall, 1, "ids")}},
		"ir.config_parameter": {Methods: map[string]orm.Method{
			"get_param": orm.NewMethod(refuse, 1, "key", "default"),
			"set_param": orm.NewMethod(refuse, 2, "key", "value"),
		}},
		"ir.model.fields": {Created: fieldCreated},
	}}
}

// ModelID is the external id of a model.
func ModelID(name string) string {
	module, _, _ := strings.Cut(name, ".")
	if module == "res" {
		module = "base"
	}
	return module + ".model_" + strings.ReplaceAll(name, ".", "_")
}

// callInstall is ir.module.module.button_immediate_install.
func callInstall(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	if e.Role != orm.RoleAdministrator {
		return nil, &orm.FaultError{Code: orm.FaultDenied, Text: "Access Denied"}
	}
	records, err := e.Targets(t, a.IDs(), orm.OpWrite)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		install, available := e.Available[e.Text(r, "name")]
		if !available || r.Values["state"] == "installed" {
			continue
		}
		if err := install(e); err != nil {
			return nil, err
		}
	}
	home := e.Since(18, "/odoo", "/web")
	return xmlrpc.NewObject("type", "ir.actions.act_url", "target", "self", "url", home), nil
}
