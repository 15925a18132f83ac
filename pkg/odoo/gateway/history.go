package gateway

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	// pruneMost is how many attachments are removed at once.
	pruneMost = 500
	// runHeadMost and runItemsMost are more characters than the two texts of a
	// run's history ever have.
	runHeadMost  = 20_000
	runItemsMost = 300_000
)

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
	return cmp.Or(recordset.Refusals(loaded)...)
}

// PruneRuns removes histories that were written before the instant.
func (g *Gateway) PruneRuns(ctx context.Context, before time.Time) error {
	either := odoo.Or(odoo.Term("name", "=like", crm.RunPrefix+"%"), odoo.Term("name", "=like", crm.RunItemsPrefix+"%"))
	q, err := g.ourRuns(ctx, odoo.And(either, odoo.Term("create_date", "<", before)), "name")
	if err != nil {
		return err
	}
	q.Limit, q.Aside = pruneMost, true
	return recordset.DeleteAll(ctx, g.client, q)
}

// RunRecords returns the heads of the newest histories.
func (g *Gateway) RunRecords(ctx context.Context, limit int) ([]crm.RunRecord, error) {
	q, err := g.ourRuns(ctx, odoo.And(odoo.Term("name", "=like", crm.RunPrefix+"%"), odoo.NotLongerThan("description", runHeadMost)), "name", "description")
	if err != nil {
		return nil, err
	}
	q.Newest, q.Limit = true, limit
	return recordset.Find(ctx, g.client, q, func(r *recordset.Row) crm.RunRecord {
		record := crm.RunRecord{Run: strings.TrimPrefix(r.Text("name"), crm.RunPrefix), Head: r.Text("description")}
		_ = r.Unreadable() // Its head is damaged, then.
		return record
	})
}

// RunRecord returns the history of a run.
func (g *Gateway) RunRecord(ctx context.Context, name string) (crm.RunRecord, bool, error) {
	head, items := crm.RunPrefix+name, crm.RunItemsPrefix+name
	q, err := g.ourRuns(ctx, odoo.And(odoo.Term("name", "in", []string{head, items}), odoo.NotLongerThan("description", runItemsMost)), "name", "description")
	if err != nil {
		return crm.RunRecord{}, false, err
	}
	texts, err := recordset.FindMap(ctx, g.client, q, nameAndText)
	if err != nil {
		return crm.RunRecord{}, false, err
	}
	_, found := texts[head]
	return crm.RunRecord{Run: name, Head: texts[head], Items: texts[items]}, found, nil
}

// ourRuns selects histories that our users wrote.
func (g *Gateway) ourRuns(ctx context.Context, domain odoo.Domain, fields ...string) (recordset.Query, error) {
	return g.onStateTeam(ctx, odoo.And(g.ours.Made(), odoo.Not(odoo.LongerThan("name", sharedNameMost)), domain), fields...)
}

// nameAndText reads an attachment.
func nameAndText(r *recordset.Row) (name, text string) { return r.Text("name"), r.Text("description") }
