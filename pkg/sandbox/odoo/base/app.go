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
func App(version int) orm.App {
	return orm.App{
		Name: "base",
		Models: []*orm.Model{
			langModel(version), countryModel(version), companyModel(version), partnerModel(version),
			usersModel(version), groupsModel(version), attachmentModel(version), moduleModel(version),
			deniedModel(version, "ir.config_parameter", "System Parameter", ""),
			deniedModel(version, "ir.model.data", "Model Data", orm.RightsKeeper),
			deniedModel(version, "ir.model", "Models", orm.RightsKeeper), fieldsModel(version),
		},
		Data: []orm.Dataset{
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
		},
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
		app, available := e.DB.Available[e.Text(r, "name")]
		if !available || r.Values["state"] == "installed" {
			continue
		}
		if err := e.Install(app); err != nil {
			return nil, err
		}
	}
	home := "/odoo"
	if e.DB.Version < 18 {
		home = "/web"
	}
	return xmlrpc.NewObject("type", "ir.actions.act_url", "target", "self", "url", home), nil
}
