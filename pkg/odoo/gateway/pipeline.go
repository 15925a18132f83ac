package gateway

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const leadModel = "crm.lead"

// leadFields returns the fields of crm.lead that make an Opportunity.
func leadFields() []string {
	return []string{
		"name", "type", "active", "create_date", "date_conversion", "email_from", "contact_name", "partner_name",
		"partner_id", "user_id", "team_id", "company_id", "stage_id", "is_blacklisted", "message_bounce", "lang_code",
		"tag_ids", "date_closed", "lost_reason_id",
	}
}

// CountActive counts the active opportunities that the user may see.
func (g *Gateway) CountActive(ctx context.Context) (int, error) {
	return g.count(ctx, leadModel, activeOpportunity())
}

// CountDue counts the opportunities of a scope.
func (g *Gateway) CountDue(ctx context.Context, s crm.Scope) (int, error) {
	return g.count(ctx, leadModel, scope(s))
}

// Due returns a page of the opportunities of a scope.
func (g *Gateway) Due(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error) {
	page := odoo.And(scope(s), odoo.Term("id", ">", after))
	records, err := g.search(ctx, leadModel, page, limit, leadFields()...)
	if err != nil {
		return nil, err
	}
	return g.opportunities(ctx, records)
}

// Opportunities returns those of the ids that exist, archived ones included.
func (g *Gateway) Opportunities(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	records, err := g.searchAll(ctx, leadModel, odoo.Term("id", "in", ids), leadFields()...)
	if err != nil {
		return nil, err
	}
	return g.opportunities(ctx, records)
}

// OpportunitiesLike returns opportunities with the text in their names, archived
// ones included, at most limit.
func (g *Gateway) OpportunitiesLike(ctx context.Context, text string, limit int) ([]Named, error) {
	kwargs := withContext(fieldList([]string{"name"}), "active_test", false)
	kwargs["order"], kwargs["limit"] = "id", limit
	records, err := g.records(ctx, odoo.Request{
		Model: leadModel, Method: "search_read", Kwargs: kwargs, Repeatable: true,
		Args: []any{odoo.And(odoo.Term("type", "=", "opportunity"), odoo.Term("name", "ilike", text))},
	})
	if err != nil {
		return nil, err
	}
	list := make([]Named, len(records))
	for i, record := range records {
		r := row{record: record, model: leadModel}
		list[i] = Named{ID: r.id(), Name: r.text("name")}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

func activeOpportunity() odoo.Domain {
	return odoo.And(odoo.Term("type", "=", "opportunity"), odoo.Term("active", "=", true))
}

// scope selects active opportunities within one of the windows. One whose step
// has an entry is left out. The Message-ID decides alone, since a domain cannot
// ask for two properties of the same message; who must be looked at all the
// same is named in Also.
func scope(s crm.Scope) odoo.Domain {
	windows := make([]odoo.Domain, len(s.Windows))
	for i, w := range s.Windows {
		open := odoo.Not(odoo.Term("message_ids.message_id", "=like", s.Kind.StepMessageIDs(w.Step)))
		if len(s.Also) > 0 {
			open = odoo.Or(open, odoo.Term("id", "in", s.Also))
		}
		windows[i] = odoo.And(origin(w), open)
	}
	return odoo.And(activeOpportunity(), odoo.Or(windows...))
}

// origin selects what began within the window: see crm.Opportunity.Origin.
func origin(w crm.Window) odoo.Domain {
	within := func(field string) odoo.Domain {
		if w.From.IsZero() {
			return odoo.Term(field, "<", w.Until)
		}
		return odoo.And(odoo.Term(field, ">=", w.From), odoo.Term(field, "<", w.Until))
	}
	return odoo.Or(
		odoo.And(odoo.Term("date_conversion", "=", false), within("create_date")),
		within("date_conversion"),
	)
}

func (g *Gateway) opportunities(ctx context.Context, records []odoo.Record) ([]crm.Opportunity, error) {
	if len(records) == 0 {
		return nil, nil
	}
	if err := g.loadWonStages(ctx); err != nil {
		return nil, err
	}
	list := make([]crm.Opportunity, len(records))
	for i, record := range records {
		r := row{record: record, model: leadModel}
		stage, stageName, err := record.Ref("stage_id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", leadModel, err)
		}
		list[i] = crm.Opportunity{
			ID:               crm.OpportunityID(r.id()),
			Name:             r.text("name"),
			Active:           r.bool("active"),
			Lead:             r.text("type") == "lead",
			Created:          r.time("create_date"),
			Converted:        r.time("date_conversion"),
			Email:            r.text("email_from"),
			ContactName:      r.text("contact_name"),
			OrganizationName: r.text("partner_name"),
			Contact:          crm.ContactID(r.ref("partner_id")),
			Salesperson:      crm.UserID(r.ref("user_id")),
			Team:             crm.TeamID(r.ref("team_id")),
			Company:          crm.CompanyID(r.ref("company_id")),
			Stage:            crm.Stage{ID: crm.StageID(stage), Name: stageName, Won: g.won[crm.StageID(stage)]},
			Blacklisted:      r.bool("is_blacklisted"),
			Bounces:          int(r.int("message_bounce")),
			Language:         r.text("lang_code"),
			Tags:             idsOf[crm.TagID](&r, "tag_ids"),
			Closed:           r.time("date_closed"),
			Lost:             r.ref("lost_reason_id") != 0,
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// loadWonStages asks once which stages are won: won_status, which would tell
// for each opportunity, exists from Odoo 18 on only.
func (g *Gateway) loadWonStages(ctx context.Context) error {
	if g.won != nil {
		return nil
	}
	stages, err := g.search(ctx, "crm.stage", odoo.Term("is_won", "=", true), 0, "is_won")
	if err != nil {
		return err
	}
	won := map[crm.StageID]bool{}
	for _, record := range stages {
		id, err := record.Int("id")
		if err != nil {
			return fmt.Errorf("read crm.stage: %w", err)
		}
		won[crm.StageID(id)] = true
	}
	g.won = won
	return nil
}
