// Package crm is Odoo's app for the sales pipeline: opportunities with their
// stages, teams and tags, and what changing, merging or archiving one entails.
// Probabilities are what was written; the stand-in predicts none.
package crm

import (
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// salesKeeper is the group that changes the settings of the sales application.
const salesKeeper = "Sales/Administrator"

// App is the sales pipeline.
func App(version orm.Version) orm.App {
	return orm.App{
		Name:   "crm",
		Models: models(version),
		Data:   data(),
	}
}

// models are the app's models.
func models(version orm.Version) []orm.Model {
	return []orm.Model{
		{
			Name: "crm.stage", Label: "CRM Stages", Rights: orm.Everything(), Managed: orm.Changing(), Keeper: salesKeeper, Order: "sequence, name, id",
			Fields: []orm.Field{
				{Name: "name", Label: "Stage Name", Kind: orm.Char, Required: true},
				{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
				{Name: "is_won", Label: "Is Won Stage?", Kind: orm.Boolean},
				{Name: "fold", Label: "Folded in Pipeline", Kind: orm.Boolean},
			},
		},
		teamModel(),
		{
			Name: "crm.tag", Label: "CRM Tag", Rights: orm.Everything(),
			Fields: []orm.Field{
				{Name: "name", Label: "Tag Name", Kind: orm.Char, Required: true},
				{Name: "color", Label: "Color", Kind: orm.Integer},
			},
		},
		{
			Name: "crm.lost.reason", Label: "Opp. Lost Reason", Rights: orm.Everything(),
			Fields: []orm.Field{
				{Name: "name", Label: "Description", Kind: orm.Char, Required: true},
				{Name: "active", Label: "Active", Kind: orm.Boolean},
			},
		},
		leadModel(version),
	}
}

// data are the records that come with the app.
func data() []orm.Dataset {
	return []orm.Dataset{
		{Model: "crm.stage", Rows: []map[string]any{
			{"id": "crm.stage_lead1", "name": "New", "sequence": 1},
			{"id": "crm.stage_lead2", "name": "Qualified", "sequence": 2},
			{"id": "crm.stage_lead3", "name": "Proposition", "sequence": 3},
			{"id": "crm.stage_lead4", "name": "Won", "sequence": 70, "is_won": true},
		}},
		{Model: "crm.team", Rows: []map[string]any{
			{"id": "sales_team.team_sales_department", "name": "Sales", "sequence": 0, "user_id": 2},
			{"id": "sales_team.salesteam_website_sales", "name": "Website", "sequence": 10, "active": false},
			{"id": "sales_team.pos_sales_team", "name": "Point of Sale", "sequence": 10, "active": false},
		}},
		{Model: "mail.message.subtype", Rows: []map[string]any{
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
	}
}

// teamModel is crm.team. The standard teams cannot be deleted.
func teamModel() orm.Model {
	return orm.Model{
		Name: "crm.team", Label: "Sales Team", Rights: orm.Everything(), Managed: orm.Changing(), Keeper: salesKeeper, Order: "sequence, id desc",
		Deleting: func(e *orm.Env, r *orm.Record) error {
			for _, name := range e.ExternalNames(r) {
				if name == "sales_team.salesteam_website_sales" || name == "sales_team.pos_sales_team" {
					return orm.UserError("Cannot delete default team \"%s\"", e.Title(r))
				}
			}
			e.DropReferences(r, "ir.attachment")
			return nil
		},
		Fields: []orm.Field{
			{Name: "name", Label: "Sales Team", Kind: orm.Char, Required: true},
			{Name: "active", Label: "Active", Kind: orm.Boolean},
			{Name: "sequence", Label: "Sequence", Kind: orm.Integer},
			{Name: "company_id", Label: "Company", Kind: orm.Many2one, Relation: "res.company"},
			{Name: "user_id", Label: "Team Leader", Kind: orm.Many2one, Relation: "res.users"},
			{Name: "use_leads", Label: "Leads", Kind: orm.Boolean},
		},
	}
}
