package odoo

// salesKeeper is the group that changes the settings of the sales application.
const salesKeeper = "Sales/Administrator"

// crmApp is the sales pipeline.
func crmApp(version int) app {
	return app{
		name: "crm",
		models: []*model{
			stageModel(version), teamModel(version), tagModel(version), lostReasonModel(version), leadModel(version),
		},
		data: []dataset{
			{model: "crm.stage", rows: []map[string]any{
				{"id": "crm.stage_lead1", "name": "New", "sequence": 1},
				{"id": "crm.stage_lead2", "name": "Qualified", "sequence": 2},
				{"id": "crm.stage_lead3", "name": "Proposition", "sequence": 3},
				{"id": "crm.stage_lead4", "name": "Won", "sequence": 70, "is_won": true},
			}},
			{model: "crm.team", rows: []map[string]any{
				{"id": "sales_team.team_sales_department", "name": "Sales", "sequence": 0, "user_id": 2},
				{"id": "sales_team.salesteam_website_sales", "name": "Website", "sequence": 10, "active": false},
				{"id": "sales_team.pos_sales_team", "name": "Point of Sale", "sequence": 10, "active": false},
			}},
			{model: "mail.message.subtype", rows: []map[string]any{
				{"id": "crm.mt_lead_create", "name": "Opportunity Created", "res_model": "crm.lead", "sequence": 1, "hidden": true},
				{"id": "crm.mt_lead_stage", "name": "Stage Changed", "res_model": "crm.lead", "sequence": 1},
				{"id": "crm.mt_lead_won", "name": "Opportunity Won", "res_model": "crm.lead", "sequence": 1},
				{"id": "crm.mt_lead_lost", "name": "Opportunity Lost", "res_model": "crm.lead", "sequence": 1},
				{"id": "crm.mt_lead_restored", "name": "Opportunity Restored", "res_model": "crm.lead", "sequence": 1},
				{"id": "crm.mt_salesteam_lead", "name": "Opportunity Created", "res_model": "crm.team", "default": true, "sequence": 10},
				{"id": "crm.mt_salesteam_lead_stage", "name": "Opportunity Stage Changed", "res_model": "crm.team", "default": true, "sequence": 11},
				{"id": "crm.mt_salesteam_lead_won", "name": "Opportunity Won", "res_model": "crm.team", "default": true, "sequence": 12},
				{"id": "crm.mt_salesteam_lead_lost", "name": "Opportunity Lost", "res_model": "crm.team", "sequence": 13},
				{"id": "crm.mt_salesteam_lead_restored", "name": "Opportunity Restored", "res_model": "crm.team", "sequence": 14},
			}},
		},
	}
}

// stageModel is crm.stage.
func stageModel(version int) *model {
	return newModel(model{
		name: "crm.stage", label: "CRM Stages", rights: everything(), managed: changing(), keeper: salesKeeper, order: "sequence, name, id",
	}, version,
		field{name: "name", label: "Stage Name", kind: char, required: true},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "is_won", label: "Is Won Stage?", kind: boolean},
		field{name: "fold", label: "Folded in Pipeline", kind: boolean},
	)
}

// teamModel is crm.team. The standard teams cannot be deleted.
func teamModel(version int) *model {
	return newModel(model{
		name: "crm.team", label: "Sales Team", rights: everything(), managed: changing(), keeper: salesKeeper, order: "sequence, id desc",
		deleting: func(e *env, r *record) error {
			for _, name := range e.externalNames(r) {
				if name == "sales_team.salesteam_website_sales" || name == "sales_team.pos_sales_team" {
					return userError("Cannot delete default team \"%s\"", e.title(r))
				}
			}
			e.dropReferences(r, "ir.attachment")
			return nil
		},
	}, version,
		field{name: "name", label: "Sales Team", kind: char, required: true},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "sequence", label: "Sequence", kind: integer},
		field{name: "company_id", label: "Company", kind: many2one, relation: "res.company"},
		field{name: "user_id", label: "Team Leader", kind: many2one, relation: "res.users"},
		field{name: "use_leads", label: "Leads", kind: boolean},
	)
}

// lostReasonModel is crm.lost.reason.
func lostReasonModel(version int) *model {
	return newModel(model{name: "crm.lost.reason", label: "Opp. Lost Reason", rights: everything()}, version,
		field{name: "name", label: "Description", kind: char, required: true},
		field{name: "active", label: "Active", kind: boolean},
	)
}

// tagModel is crm.tag.
func tagModel(version int) *model {
	return newModel(model{name: "crm.tag", label: "CRM Tag", rights: everything()}, version,
		field{name: "name", label: "Tag Name", kind: char, required: true},
		field{name: "color", label: "Color", kind: integer},
	)
}
