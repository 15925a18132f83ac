// Package base is the app that every Odoo has: users, contacts, companies,
// attachments, and Odoo's records about its own models and modules.
package base

import (
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// App is what every database has: contacts, users, companies, and Odoo's
// records about itself. Of the users there are those that a fresh Odoo has, with
// the ids that it gives them.
func App(version orm.Version) orm.App {
	return orm.App{
		Name:   "base",
		Models: models(version),
		Data:   data(),
	}
}

// models are the app's models.
func models(version orm.Version) []orm.Model {
	return []orm.Model{
		{
			Name: "res.lang", Label: "Languages", Rights: orm.ReadOnly(),
			Fields: []orm.Field{
				{Name: "name", Label: "Name", Kind: orm.Char, Required: true},
				{Name: "code", Label: "Locale Code", Kind: orm.Char, Required: true},
				{Name: "active", Label: "Active", Kind: orm.Boolean},
			},
		},
		{
			Name: "res.country", Label: "Country", Rights: orm.ReadOnly(), Order: "name",
			Fields: []orm.Field{
				{Name: "name", Label: "Country Name", Kind: orm.Char, Required: true},
				{Name: "code", Label: "Country Code", Kind: orm.Char, Required: true},
			},
		},
		companyModel(),
		partnerModel(),
		usersModel(version),
		{
			Name: "res.groups", Label: "Access Groups", Rights: orm.ReadOnly(),
			Fields: []orm.Field{
				{Name: "name", Label: "Name", Kind: orm.Char, Required: true},
			},
		},
		attachmentModel(),
		{
			Name: "ir.module.module", Label: "Module", Rights: orm.ReadOnly(), Order: "name",
			Methods: map[string]orm.Method{"button_immediate_install": orm.NewMethod(callInstall, 1, "ids")},
			Fields: []orm.Field{
				{Name: "name", Label: "Technical Name", Kind: orm.Char, Required: true},
				{Name: "shortdesc", Label: "Module Name", Kind: orm.Char},
				{Name: "state", Label: "Status", Kind: orm.Selection},
				{Name: "latest_version", Label: "Installed Version", Kind: orm.Char},
			},
		},
		deniedModel("ir.config_parameter", "System Parameter", ""),
		deniedModel("ir.model.data", "Model Data", orm.RightsKeeper),
		deniedModel("ir.model", "Models", orm.RightsKeeper),
		fieldsModel(),
	}
}

// data are the records that come with the app.
func data() []orm.Dataset {
	return []orm.Dataset{
		{Model: "res.lang", Rows: []map[string]any{
			{"id": "base.lang_en", "name": "English (US)", "code": "en_US"},
			{"id": "base.lang_fr", "name": "French / Français", "code": "fr_FR"},
		}},
		{Model: "res.country", Rows: []map[string]any{
			{"id": "base.be", "name": "Belgium", "code": "BE"},
			{"id": "base.fr", "name": "France", "code": "FR"},
			{"id": "base.us", "name": "United States", "code": "US"},
		}},
		{Model: "res.partner", Rows: []map[string]any{
			{
				"id": "base.main_partner", "name": "Example Company", "is_company": true, "email": "info@example.com", "phone": "+33 1 98 76 54 32",
				"website": "https://www.example.com", "street": "1 Example Street", "zip": "75001", "city": "Paris", "country_id": 2,
			},
			{"id": "base.partner_root", "name": "OdooBot", "email": "odoobot@example.com", "active": false},
			{"id": "base.partner_admin", "name": "Administrator"},
			{"id": "base.public_partner", "name": "Public user", "active": false},
			{"id": "base.template_portal_user_id_res_partner", "name": "Portal User Template", "active": false},
		}},
		{Model: "res.company", Rows: []map[string]any{{"id": "base.main_company", "partner_id": 1}}},
		{Model: "res.groups", Rows: []map[string]any{
			{"id": "base.group_system", "name": "Settings"},
			{"id": "base.group_user", "name": "Internal User"},
			{"id": "sales_team.group_sale_salesman", "name": "User: Own Documents Only"},
			{"id": "sales_team.group_sale_manager", "name": "Administrator"},
		}},
		{Model: "res.users", Rows: []map[string]any{
			{"id": "base.user_root", "login": "__system__", "partner_id": 2, "active": false, "signature": "<div>System</div>"},
			{"id": "base.user_admin", "login": "admin", "partner_id": 3, "signature": "<div>Administrator</div>"},
			{"id": "base.public_user", "login": "public", "partner_id": 4, "active": false, "signature": "<div>Public user</div>"},
			{"id": "base.template_portal_user_id", "login": "portaltemplate", "partner_id": 5, "active": false, "signature": "<div></div>"},
		}},
		{Model: "ir.module.module", Rows: []map[string]any{
			{"id": "base.module_base", "name": "base", "state": "installed"},
			{"id": "base.module_crm", "name": "crm", "state": "uninstalled"},
			{"id": "base.module_mail", "name": "mail", "state": "uninstalled"},
			{"id": "base.module_sales_team", "name": "sales_team", "state": "installed"},
			{"id": "base.module_survey", "name": "survey", "state": "uninstalled"},
		}},
		{Model: "ir.model", Rows: []map[string]any{
			{"id": ModelID("crm.lead"), "name": "crm.lead", "model": "crm.lead"},
			{"id": ModelID("crm.team"), "name": "crm.team", "model": "crm.team"},
			{"id": ModelID("res.partner"), "name": "res.partner", "model": "res.partner"},
		}},
	}
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
		app, available := e.Available[e.Text(r, "name")]
		if !available || r.Values["state"] == "installed" {
			continue
		}
		if err := e.Install(app); err != nil {
			return nil, err
		}
	}
	home := e.Since(18, "/odoo", "/web")
	return xmlrpc.NewObject("type", "ir.actions.act_url", "target", "self", "url", home), nil
}
