package odoo

// salesKeeper is the group that changes the settings of the sales application.
const salesKeeper = "Sales/Administrator"

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
			for _, name := range e.odoo.external.byRecord[r] {
				if name == "sales_team.salesteam_website_sales" || name == "sales_team.pos_sales_team" {
					return userError("Cannot delete default team \"%s\"", e.title(r))
				}
			}
			return e.dropAttached(r)
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
