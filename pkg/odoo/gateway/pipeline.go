package gateway

import (
	"cmp"
	"context"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const leadModel = "crm.lead"

const english = "en_US"

// CountActive counts the active opportunities that the user may see.
func (g *Gateway) CountActive(ctx context.Context) (int, error) {
	return recordset.Count(ctx, g.client, leadModel, activeOpportunity())
}

// CountDue counts the opportunities of a scope.
func (g *Gateway) CountDue(ctx context.Context, s crm.Scope) (int, error) {
	return recordset.Count(ctx, g.client, leadModel, scope(s))
}

// Due returns a page of the opportunities of a scope.
func (g *Gateway) Due(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error) {
	q := recordset.Query{Model: leadModel, Fields: leadFields(), Domain: odoo.And(scope(s), odoo.Term("id", ">", after)), Limit: limit}
	list, err := recordset.Find(ctx, g.client, q, opportunityOf)
	if err != nil {
		return nil, err
	}
	return g.withStages(ctx, list)
}

// Opportunities returns those of the ids that exist, archived ones included.
func (g *Gateway) Opportunities(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error) {
	return g.opportunitiesAmong(ctx, ids, odoo.And())
}

// opportunitiesAmong returns those of the ids that a domain selects.
func (g *Gateway) opportunitiesAmong(ctx context.Context, ids []crm.OpportunityID, domain odoo.Domain) ([]crm.Opportunity, error) {
	list, err := recordset.FindAmong(ctx, g.client, recordset.Query{Model: leadModel, Fields: leadFields(), Domain: domain, Archived: true}, "id", ids,
		opportunityOf, func(id crm.OpportunityID, err error) crm.Opportunity { return crm.Opportunity{ID: id, Unreadable: err} })
	if err != nil {
		return nil, err
	}
	return g.withStages(ctx, list)
}

func leadFields() []string {
	return []string{
		"name", "type", "active", "create_date", "date_conversion", "email_from", "email_normalized", "contact_name", "partner_name",
		"partner_id", "user_id", "team_id", "company_id", "stage_id", "is_blacklisted", "message_bounce", "lang_code",
		"tag_ids", "date_closed", "lost_reason_id", "probability",
	}
}

func opportunityOf(r *recordset.Row) crm.Opportunity {
	return crm.Opportunity{
		ID:               crm.OpportunityID(r.ID()),
		Name:             r.Text("name"),
		Active:           r.Bool("active"),
		Lead:             r.Text("type") == "lead",
		Created:          r.Created(),
		Converted:        r.Time("date_conversion"),
		Email:            r.Text("email_from"),
		Disputed:         address.Compare(r.Text("email_from"), r.Text("email_normalized")),
		ContactName:      r.Text("contact_name"),
		OrganizationName: r.Text("partner_name"),
		Contact:          crm.ContactID(r.Ref("partner_id")),
		Salesperson:      crm.UserID(r.Ref("user_id")),
		Team:             crm.TeamID(r.Ref("team_id")),
		Company:          crm.CompanyID(r.Ref("company_id")),
		Stage:            crm.Stage{ID: crm.StageID(r.Ref("stage_id")), Name: r.Label("stage_id")},
		Blacklisted:      r.Bool("is_blacklisted"),
		Bounces:          int(r.Int("message_bounce")),
		Language:         r.Text("lang_code"),
		Tags:             recordset.IDsOf[crm.TagID](r, "tag_ids"),
		Closed:           r.Time("date_closed"),
		Lost:             r.Ref("lost_reason_id") != 0,
		LostIfArchived:   r.Float("probability") == 0,
		Unreadable:       r.Unreadable(),
	}
}

// withStages tells which opportunities are won, and which would read as lost.
func (g *Gateway) withStages(ctx context.Context, list []crm.Opportunity) (_ []crm.Opportunity, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	if g.won == nil {
		// won_status, which each opportunity has, exists from Odoo 18 on only.
		g.won, err = recordset.FindMap(ctx, g.client, recordset.Query{
			Model: "crm.stage", Domain: odoo.Term("is_won", "=", true), Fields: []string{"is_won"},
		}, recordset.Member[crm.StageID])
	}
	for i, o := range list {
		list[i].Stage.Won = g.won[o.Stage.ID]
		list[i].LostIfArchived = o.LostIfArchived && g.versions.ZeroIsLost()
	}
	return list, err
}

func activeOpportunity() odoo.Domain {
	return odoo.And(odoo.Term("type", "=", "opportunity"), odoo.Term("active", "=", true))
}

// scope selects active opportunities within one of the windows. One whose step
// has an entry is left out. The Message-ID alone decides, since a domain cannot
// ask for two properties of the same message; Also names those that must be
// looked at in spite of their entry.
func scope(s crm.Scope) odoo.Domain {
	windows := make([]odoo.Domain, len(s.Windows))
	for i, w := range s.Windows {
		open := odoo.Not(odoo.Term("message_ids.message_id", "=like", s.Kind.StepMessageIDs(w.Step)))
		if len(s.Also) > 0 {
			open = odoo.Or(open, odoo.Term("id", "in", s.Also))
		}
		windows[i] = odoo.And(origin(w), open)
	}
	among := odoo.Domain{}
	if len(s.Among) > 0 {
		among = odoo.Term("id", "in", s.Among)
	}
	return odoo.And(activeOpportunity(), among, odoo.Or(windows...))
}

// origin selects what began within the window, see [crm.Opportunity.Origin].
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

// Named is a record and its name.
type Named struct {
	ID   int64
	Name string
}

// named leaves a name that cannot be read empty.
func named(r *recordset.Row) Named {
	n := Named{ID: r.ID(), Name: r.Text("name")}
	_ = r.Unreadable()
	return n
}

// Names returns all records of a model with their names, in English and in the
// given language.
func (g *Gateway) Names(ctx context.Context, model, language string) ([]Named, error) {
	var names []Named
	for _, language := range slices.Compact([]string{english, cmp.Or(language, english)}) {
		list, err := recordset.Find(ctx, g.client, recordset.Query{Model: model, Fields: []string{"name"}, Language: language}, named)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names, nil
}

// OpportunitiesLike returns opportunities with the text in their names, archived
// ones included, at most limit.
func (g *Gateway) OpportunitiesLike(ctx context.Context, text string, limit int) ([]Named, error) {
	return recordset.Find(ctx, g.client, recordset.Query{
		Model: leadModel, Fields: []string{"name"}, Archived: true, Limit: limit,
		Domain: odoo.And(odoo.Term("type", "=", "opportunity"), odoo.Term("name", "ilike", odoo.Literal(text))),
	}, named)
}

// OpportunityNames returns the names of opportunities, archived ones included.
func (g *Gateway) OpportunityNames(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error) {
	return recordset.FindMap(ctx, g.client, recordset.Query{Model: leadModel, Domain: odoo.Term("id", "in", ids), Fields: []string{"name"}, Archived: true},
		func(r *recordset.Row) (crm.OpportunityID, string) {
			n := named(r)
			return crm.OpportunityID(n.ID), n.Name
		})
}
