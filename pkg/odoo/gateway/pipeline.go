package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	leadModel       = "crm.lead"
	stageModel      = "crm.stage"
	teamModel       = "crm.team"
	attachmentModel = "ir.attachment"
	// wonField of a stage says that what is in it is won. won_status of an opportunity
	// exists from Odoo 18 on only.
	wonField = "is_won"
)

const english = "en_US"

// CountActive counts the active opportunities that the user may see.
func (g *Gateway) CountActive(ctx context.Context) (int, error) {
	return recordset.Count(ctx, g.client, leadModel, records.Active())
}

// Opportunities returns those of the ids that exist, archived ones included.
func (g *Gateway) Opportunities(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error) {
	return g.opportunitiesAmong(ctx, ids, odoo.And())
}

// opportunitiesAmong returns those of the ids that a domain selects.
func (g *Gateway) opportunitiesAmong(ctx context.Context, ids []crm.OpportunityID, domain odoo.Domain) ([]crm.Opportunity, error) {
	q := recordset.Query{Model: leadModel, Domain: domain, Archived: true}
	list, err := g.readOpportunities(ctx, q, func(q recordset.Query) ([]crm.Opportunity, error) {
		return recordset.FindAmong(ctx, g.client, q, "id", ids, records.Opportunity,
			func(id crm.OpportunityID, err error) crm.Opportunity { return crm.Opportunity{ID: id, Unreadable: err} })
	})
	if err != nil {
		return nil, err
	}
	return g.withStages(ctx, list)
}

// readOpportunities reads opportunities by those of their fields that this Odoo has.
func (g *Gateway) readOpportunities(ctx context.Context, q recordset.Query, read func(recordset.Query) ([]crm.Opportunity, error)) (list []crm.Opportunity, err error) {
	err = g.versions.With(ctx, leadModel, []string{records.MeetingField}, func(meeting []string) error {
		q.Fields, q.NoNames = append(meeting, records.OpportunityFields()...), true
		list, err = read(q)
		return err
	})
	return list, err
}

// withStages tells how the stages of opportunities are called, which of these are won, and
// which would read as lost.
func (g *Gateway) withStages(ctx context.Context, list []crm.Opportunity) (_ []crm.Opportunity, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	if g.stages == nil {
		_, err = g.stageNames(ctx, recordset.Query{Model: stageModel, Fields: []string{"name"}})
	}
	for i, o := range list {
		list[i].Stage.Name, list[i].Stage.Won = g.stages[o.Stage.ID].Name, g.stages[o.Stage.ID].Won
		list[i].LostIfArchived = o.LostIfArchived && g.versions.ZeroIsLost()
	}
	return list, err
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

// Names returns all records of a model with their names in a language, archived ones
// included if they are wanted. With the names of stages it learns which are won, with
// those of companies all that [Gateway.Companies] reads.
func (g *Gateway) Names(ctx context.Context, model, language string, archived bool) ([]Named, error) {
	q := recordset.Query{Model: model, Fields: []string{"name"}, Language: language, Archived: archived}
	switch model {
	case stageModel:
		return g.stageNames(ctx, q)
	case companyModel:
		return g.companyNames(ctx, q)
	}
	return recordset.Find(ctx, g.client, q, named)
}

func (g *Gateway) stageNames(ctx context.Context, q recordset.Query) ([]Named, error) {
	q.Fields = append(q.Fields, wonField)
	stages := map[crm.StageID]crm.Stage{}
	list, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) Named {
		won, n := r.Bool(wonField), named(r)
		stages[crm.StageID(n.ID)] = crm.Stage{ID: crm.StageID(n.ID), Name: n.Name, Won: won}
		return n
	})
	if err == nil && (g.stages == nil || q.Language == english) {
		g.stages = stages
	}
	return list, err
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
