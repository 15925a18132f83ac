package gateway

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// pruneMost is how many attachments are removed at once.
const pruneMost = 500

// SaveRun writes the history of a run, once.
func (g *Gateway) SaveRun(ctx context.Context, c crm.RunRecord) error {
	team, err := g.stateTeam(ctx)
	if err != nil {
		return err
	}
	loaded, err := g.attach(ctx,
		attachment{externalID: crm.RunExternalID(c.Run), name: crm.RunPrefix + c.Run, text: c.Head, model: teamModel, on: team},
		attachment{externalID: crm.RunItemsExternalID(c.Run), name: crm.RunItemsPrefix + c.Run, text: c.Items, model: teamModel, on: team},
	)
	if err != nil {
		return err
	}
	return cmp.Or(refusals(loaded)...)
}

// PruneRuns removes histories that were written before the instant.
func (g *Gateway) PruneRuns(ctx context.Context, before time.Time) error {
	either := odoo.Or(odoo.Term("name", "=like", crm.RunPrefix+"%"), odoo.Term("name", "=like", crm.RunItemsPrefix+"%"))
	q := onTeams(odoo.And(either, odoo.Term("create_date", "<", before)))
	q.limit = pruneMost
	return g.deleteAll(ctx, q)
}

// RunRecords returns the heads of the newest histories.
func (g *Gateway) RunRecords(ctx context.Context, limit int) ([]crm.RunRecord, error) {
	q := onTeams(odoo.Term("name", "=like", crm.RunPrefix+"%"))
	q.newest, q.limit = true, limit
	return find(ctx, g, q, func(r *row) crm.RunRecord {
		return crm.RunRecord{Run: strings.TrimPrefix(r.text("name"), crm.RunPrefix), Head: r.text("description")}
	})
}

// RunRecord returns the history of a run.
func (g *Gateway) RunRecord(ctx context.Context, name string) (crm.RunRecord, bool, error) {
	head, items := crm.RunPrefix+name, crm.RunItemsPrefix+name
	texts, err := findMap(ctx, g, onTeams(odoo.Term("name", "in", []string{head, items})), nameAndText)
	if err != nil {
		return crm.RunRecord{}, false, err
	}
	_, found := texts[head]
	return crm.RunRecord{Run: name, Head: texts[head], Items: texts[items]}, found, nil
}

// onTeams selects attachments of the sales teams.
func onTeams(domain odoo.Domain) query {
	return query{
		model: attachmentModel, domain: odoo.And(odoo.Term("res_model", "=", teamModel), domain), fields: []string{"name", "description"},
	}
}

// nameAndText reads an attachment.
func nameAndText(r *row) (name, text string) { return r.text("name"), r.text("description") }
