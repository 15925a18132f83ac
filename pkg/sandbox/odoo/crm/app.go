// Package crm is Odoo's app for the sales pipeline: opportunities with their
// stages, teams and tags, and what changing, merging or archiving one entails.
// Probabilities are what was written; the stand-in predicts none.
package crm

import (
	_ "embed" // schema.json

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/apps"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

//go:embed schema.json
var schema []byte

// App is the sales pipeline.
func App() apps.App {
	return apps.App{Name: "crm", Schema: schema, Behavior: map[string]orm.Behavior{
		"crm.team": {Deleting: teamDeleting},
		"crm.lead": {
			Allows: leadAllowed, Defaults: leadDefaults, Created: leadCreated, Updating: leadUpdating, Updated: leadUpdated, Deleting: leadDeleting,
			Compute: map[string]func(*orm.Env, *orm.Record) any{
				"email_normalized": base.EmailNormalized("email_from"), "is_blacklisted": base.IsBlacklisted, "won_status": wonStatus,
				"activity_date_deadline": nextActivity, "meeting_display_date": shownMeeting,
			},
			Methods: leadMethods(),
		},
	}}
}

// teamDeleting keeps the standard teams, which cannot be deleted.
func teamDeleting(e *orm.Env, r *orm.Record) error {
	for _, name := range e.ExternalNames(r) {
		if name == "sales_team.salesteam_website_sales" || name == "sales_team.pos_sales_team" {
			return orm.UserError("Cannot delete default team \"%s\"", e.Title(r))
		}
	}
	e.DropReferences(r, "ir.attachment")
	return nil
}
