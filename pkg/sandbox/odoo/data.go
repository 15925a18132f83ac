package odoo

import (
	"fmt"
	"maps"
	"strings"
)

// row is a record of the standard data: its external id and its values.
type row struct {
	name   string
	values map[string]any
}

// fill writes the data that a fresh Odoo with CRM has, and the users.
func (o *Server) fill() error {
	e := &env{odoo: o, system: true, role: roleAdministrator, context: map[string]any{"mail_create_nolog": true}, now: o.now()}
	for _, part := range []struct {
		model string
		rows  []row
	}{
		{"res.lang", langRows()},
		{"res.country", countryRows()},
		{"res.partner", partnerRows()},
		{"res.company", companyRows()},
		{"res.groups", groupRows()},
		{"res.users", o.userRows()},
		{"ir.module.module", o.moduleRows()},
		{"crm.stage", stageRows()},
		{"crm.team", teamRows()},
		{"ir.model", modelRows()},
		{"mail.message.subtype", subtypeRows()},
		{"mail.activity.type", activityTypeRows(o.version)},
	} {
		t := o.tables[part.model]
		for _, r := range part.rows {
			if ofSurveyApp(r.name) && !o.hasSurveys() {
				continue
			}
			record, err := e.create(t, eachMember(r.values))
			if err != nil {
				return fmt.Errorf("fill %s: %w", part.model, err)
			}
			if r.name != "" {
				e.bind(record, r.name, true)
			}
			if part.model == "res.users" {
				e.user = record
			}
		}
	}
	o.addSecrets()
	return nil
}

// addSecrets gives the users their passwords and roles.
func (o *Server) addSecrets() {
	for login, as := range map[string]struct {
		password string
		role     role
		groups   []string
	}{
		AdminLogin: {AdminPassword, roleAdministrator, []string{"base.group_system", "base.group_user", "sales_team.group_sale_manager"}},
		BotLogin:   {BotPassword, roleManager, []string{"base.group_user", "sales_team.group_sale_manager", surveyGroup}},
		SamLogin:   {SamPassword, roleSalesperson, []string{"base.group_user", "sales_team.group_sale_salesman"}},
	} {
		user := o.userByLogin(login)
		o.secrets[user.id], o.roles[user.id] = []string{as.password}, as.role
		var groups []int64
		for _, name := range as.groups {
			if x, exists := o.external.byName[name]; exists {
				groups = append(groups, x.id)
			}
		}
		user.table.set(user, groupsField(o.version), groups)
	}
}

func langRows() []row {
	return []row{
		{"base.lang_en", map[string]any{"name": "English (US)", "code": "en_US"}},
		{"base.lang_fr", map[string]any{"name": "French / Français", "code": "fr_FR"}},
	}
}

func countryRows() []row {
	return []row{
		{"base.be", map[string]any{"name": "Belgium", "code": "BE"}},
		{"base.fr", map[string]any{"name": "France", "code": "FR"}},
		{"base.us", map[string]any{"name": "United States", "code": "US"}},
	}
}

func partnerRows() []row {
	return []row{
		{"base.main_partner", map[string]any{
			"name": "Example Company", "is_company": true, "email": "info@example.com", "phone": "+33 1 98 76 54 32",
			"website": "https://www.example.com", "street": "1 Example Street", "zip": "75001", "city": "Paris", "country_id": 2,
		}},
		{"base.partner_root", map[string]any{"name": "OdooBot", "email": "odoobot@example.com", "active": false}},
		{"base.partner_admin", map[string]any{"name": "Administrator"}},
		{"base.public_partner", map[string]any{"name": "Public user", "active": false}},
		{"base.template_portal_user_id_res_partner", map[string]any{"name": "Portal User Template", "active": false}},
		{"", map[string]any{"name": "CRM Bot", "email": "bot@example.com"}},
		{"", map[string]any{"name": "Sam Seller", "email": "sam@example.com", "phone": "+33 1 23 45 67 89"}},
	}
}

func companyRows() []row {
	return []row{{"base.main_company", map[string]any{"partner_id": 1}}}
}

func groupRows() []row {
	return []row{
		{"base.group_system", map[string]any{"name": "Settings"}},
		{"base.group_user", map[string]any{"name": "Internal User"}},
		{"sales_team.group_sale_salesman", map[string]any{"name": "User: Own Documents Only"}},
		{"sales_team.group_sale_manager", map[string]any{"name": "Administrator"}},
		{surveyGroup, map[string]any{"name": "User"}},
		{"survey.group_survey_manager", map[string]any{"name": "Administrator"}},
	}
}

// userRows are the users with the ids that a fresh Odoo gives them.
func (o *Server) userRows() []row {
	user := func(login, name string, partner int, active bool) map[string]any {
		return map[string]any{
			"login": login, "partner_id": partner, "active": active, "signature": "<div>" + name + "</div>", "company_ids": []int64{1},
		}
	}
	return []row{
		{"base.user_root", user("__system__", "System", 2, false)},
		{"base.user_admin", user(AdminLogin, "Administrator", 3, true)},
		{"base.public_user", user("public", "Public user", 4, false)},
		{"base.template_portal_user_id", user("portaltemplate", "", 5, false)},
		{"", user(BotLogin, "CRM Bot", 6, true)},
		{"", user(SamLogin, "Sam Seller", 7, true)},
	}
}

func (o *Server) moduleRows() []row {
	var rows []row
	for _, name := range []string{"base", "crm", "mail", "sales_team", "survey"} {
		state := "installed"
		if name == "survey" && !o.hasSurveys() {
			state = "uninstalled"
		}
		rows = append(rows, row{"base.module_" + name, map[string]any{"name": name, "state": state}})
	}
	return rows
}

func modelRows() []row {
	var rows []row
	for _, name := range []string{"crm.lead", "crm.team", "res.partner"} {
		rows = append(rows, row{modelID(name), map[string]any{"name": name, "model": name}})
	}
	return rows
}

// modelID is the external id of a model.
func modelID(name string) string {
	module, _, _ := strings.Cut(name, ".")
	if module == "res" {
		module = "base"
	}
	return module + ".model_" + strings.ReplaceAll(name, ".", "_")
}

func stageRows() []row {
	return []row{
		{"crm.stage_lead1", map[string]any{"name": "New", "sequence": 1}},
		{"crm.stage_lead2", map[string]any{"name": "Qualified", "sequence": 2}},
		{"crm.stage_lead3", map[string]any{"name": "Proposition", "sequence": 3}},
		{"crm.stage_lead4", map[string]any{"name": "Won", "sequence": 70, "is_won": true}},
	}
}

func teamRows() []row {
	return []row{
		{"sales_team.team_sales_department", map[string]any{"name": "Sales", "sequence": 0, "user_id": 2}},
		{"sales_team.salesteam_website_sales", map[string]any{"name": "Website", "sequence": 10, "active": false}},
		{"sales_team.pos_sales_team", map[string]any{"name": "Point of Sale", "sequence": 10, "active": false}},
	}
}

func subtypeRows() []row {
	subtype := func(name, label, about string, more map[string]any) row {
		values := map[string]any{"name": label, "res_model": optional(about), "sequence": 1}
		maps.Copy(values, more)
		return row{name, values}
	}
	return []row{
		subtype("mail.mt_comment", "Discussions", "", map[string]any{"default": true, "sequence": 0}),
		subtype("mail.mt_note", "Note", "", map[string]any{"internal": true, "sequence": 100}),
		subtype("mail.mt_activities", "Activities", "", map[string]any{"internal": true, "sequence": 90}),
		subtype("calendar.subtype_invitation", "Invitation", "calendar.event", nil),
		subtype("survey.mt_survey_user_input_completed", "Participation completed", "survey.user_input", map[string]any{"hidden": true}),
		subtype("survey.mt_survey_survey_user_input_completed", "Participation completed", "survey.survey", nil),
		subtype("crm.mt_lead_create", "Opportunity Created", "crm.lead", map[string]any{"hidden": true}),
		subtype("crm.mt_lead_stage", "Stage Changed", "crm.lead", nil),
		subtype("crm.mt_lead_won", "Opportunity Won", "crm.lead", nil),
		subtype("crm.mt_lead_lost", "Opportunity Lost", "crm.lead", nil),
		subtype("crm.mt_lead_restored", "Opportunity Restored", "crm.lead", nil),
		subtype("crm.mt_salesteam_lead", "Opportunity Created", "crm.team", map[string]any{"default": true, "sequence": 10}),
		subtype("crm.mt_salesteam_lead_stage", "Opportunity Stage Changed", "crm.team", map[string]any{"default": true, "sequence": 11}),
		subtype("crm.mt_salesteam_lead_won", "Opportunity Won", "crm.team", map[string]any{"default": true, "sequence": 12}),
		subtype("crm.mt_salesteam_lead_lost", "Opportunity Lost", "crm.team", map[string]any{"sequence": 13}),
		subtype("crm.mt_salesteam_lead_restored", "Opportunity Restored", "crm.team", map[string]any{"sequence": 14}),
	}
}

func activityTypeRows(version int) []row {
	todo, document, check := "To-Do", "Document", "fa-check"
	if version < 18 {
		check = "fa-tasks"
	}
	if version == 16 {
		todo = "To Do"
	}
	if version < 19 {
		document = "Upload Document"
	}
	return []row{
		{"mail.mail_activity_data_email", map[string]any{"name": "Email", "category": "default", "icon": "fa-envelope", "sequence": 3}},
		{"mail.mail_activity_data_call", map[string]any{"name": "Call", "category": "phonecall", "icon": "fa-phone", "sequence": 6}},
		{"mail.mail_activity_data_meeting", map[string]any{"name": "Meeting", "category": "meeting", "icon": "fa-users", "sequence": 9}},
		{"mail.mail_activity_data_todo", map[string]any{"name": todo, "category": "default", "icon": check, "sequence": 2}},
		{"mail.mail_activity_data_upload_document", map[string]any{"name": document, "category": "upload_file", "icon": "fa-upload", "sequence": 25}},
	}
}
