package odoo

import "strings"

// baseApp is what every database has: contacts, users, companies, and Odoo's
// records about itself. Of the users there are those that a fresh Odoo has, with
// the ids that it gives them.
func baseApp(version int) app {
	return app{
		name: "base",
		models: []*model{
			langModel(version), countryModel(version), companyModel(version), partnerModel(version),
			usersModel(version), groupsModel(version), attachmentModel(version), moduleModel(version),
			deniedModel(version, "ir.config_parameter", "System Parameter", ""),
			deniedModel(version, "ir.model.data", "Model Data", rightsKeeper),
			deniedModel(version, "ir.model", "Models", rightsKeeper), fieldsModel(version),
		},
		data: []dataset{
			{model: "res.lang", rows: []map[string]any{
				{"id": "base.lang_en", "name": "English (US)", "code": "en_US"},
				{"id": "base.lang_fr", "name": "French / Français", "code": "fr_FR"},
			}},
			{model: "res.country", rows: []map[string]any{
				{"id": "base.be", "name": "Belgium", "code": "BE"},
				{"id": "base.fr", "name": "France", "code": "FR"},
				{"id": "base.us", "name": "United States", "code": "US"},
			}},
			{model: "res.partner", rows: []map[string]any{
				{
					"id": "base.main_partner", "name": "Example Company", "is_company": true, "email": "info@example.com", "phone": "+33 1 98 76 54 32",
					"website": "https://www.example.com", "street": "1 Example Street", "zip": "75001", "city": "Paris", "country_id": 2,
				},
				{"id": "base.partner_root", "name": "OdooBot", "email": "odoobot@example.com", "active": false},
				{"id": "base.partner_admin", "name": "Administrator"},
				{"id": "base.public_partner", "name": "Public user", "active": false},
				{"id": "base.template_portal_user_id_res_partner", "name": "Portal User Template", "active": false},
			}},
			{model: "res.company", rows: []map[string]any{{"id": "base.main_company", "partner_id": 1}}},
			{model: "res.groups", rows: []map[string]any{
				{"id": "base.group_system", "name": "Settings"},
				{"id": "base.group_user", "name": "Internal User"},
				{"id": "sales_team.group_sale_salesman", "name": "User: Own Documents Only"},
				{"id": "sales_team.group_sale_manager", "name": "Administrator"},
			}},
			{model: "res.users", rows: []map[string]any{
				{"id": "base.user_root", "login": "__system__", "partner_id": 2, "active": false, "signature": "<div>System</div>"},
				{"id": "base.user_admin", "login": "admin", "partner_id": 3, "signature": "<div>Administrator</div>"},
				{"id": "base.public_user", "login": "public", "partner_id": 4, "active": false, "signature": "<div>Public user</div>"},
				{"id": "base.template_portal_user_id", "login": "portaltemplate", "partner_id": 5, "active": false, "signature": "<div></div>"},
			}},
			{model: "ir.module.module", rows: []map[string]any{
				{"id": "base.module_base", "name": "base", "state": "installed"},
				{"id": "base.module_crm", "name": "crm", "state": "uninstalled"},
				{"id": "base.module_mail", "name": "mail", "state": "uninstalled"},
				{"id": "base.module_sales_team", "name": "sales_team", "state": "installed"},
				{"id": "base.module_survey", "name": "survey", "state": "uninstalled"},
			}},
			{model: "ir.model", rows: []map[string]any{
				{"id": modelID("crm.lead"), "name": "crm.lead", "model": "crm.lead"},
				{"id": modelID("crm.team"), "name": "crm.team", "model": "crm.team"},
				{"id": modelID("res.partner"), "name": "res.partner", "model": "res.partner"},
			}},
		},
	}
}

// modelID is the external id of a model.
func modelID(name string) string {
	module, _, _ := strings.Cut(name, ".")
	if module == "res" {
		module = "base"
	}
	return module + ".model_" + strings.ReplaceAll(name, ".", "_")
}

// callInstall is ir.module.module.button_immediate_install.
func callInstall(e *env, t *table, a arguments) (any, error) {
	if e.role != roleAdministrator {
		return nil, &FaultError{Code: faultDenied, Text: "Access Denied"}
	}
	records, err := e.targets(t, a.ids(), opWrite)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		app, available := e.db.available[e.text(r, "name")]
		if !available || r.values["state"] == "installed" {
			continue
		}
		if err := e.install(app); err != nil {
			return nil, err
		}
	}
	home := "/odoo"
	if e.db.version < 18 {
		home = "/web"
	}
	return newObject("type", "ir.actions.act_url", "target", "self", "url", home), nil
}
