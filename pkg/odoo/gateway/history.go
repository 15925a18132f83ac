package gateway

import (
	"context"
	"fmt"
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
	loaded, err := g.client.Load(ctx, attachmentModel, []string{"id", "name", "description", "res_model", "res_id"},
		[][]string{
			{crm.RunExternalID(c.Run), crm.RunPrefix + c.Run, c.Head, teamModel, fmt.Sprint(team)},
			{crm.RunItemsExternalID(c.Run), crm.RunItemsPrefix + c.Run, c.Items, teamModel, fmt.Sprint(team)},
		}, nil)
	if err != nil {
		return err
	}
	for _, l := range loaded {
		if l.Err != nil {
			return l.Err
		}
	}
	return nil
}

// PruneRuns removes histories that were written before the instant.
func (g *Gateway) PruneRuns(ctx context.Context, before time.Time) error {
	records, err := g.search(ctx, attachmentModel, odoo.And(runAttachments(crm.RunAttachments), odoo.Term("create_date", "<", before)), pruneMost, "name")
	if err != nil || len(records) == 0 {
		return err
	}
	old, err := idList(records, attachmentModel)
	if err != nil {
		return err
	}
	return g.unlink(ctx, attachmentModel, old)
}

func runAttachments(pattern string) odoo.Domain {
	return odoo.And(odoo.Term("res_model", "=", teamModel), odoo.Term("name", "=like", pattern))
}

// RunRecords returns the heads of the newest histories.
func (g *Gateway) RunRecords(ctx context.Context, limit int) ([]crm.RunRecord, error) {
	kwargs := fieldList([]string{"name", "description"})
	kwargs["order"], kwargs["limit"] = "id desc", limit
	records, err := g.records(ctx, odoo.Request{
		Model: attachmentModel, Method: "search_read", Args: []any{runAttachments(crm.RunPrefix + "%")}, Kwargs: kwargs, Repeatable: true,
	})
	if err != nil {
		return nil, err
	}
	list := make([]crm.RunRecord, len(records))
	for i, record := range records {
		r := row{record: record, model: attachmentModel}
		list[i] = crm.RunRecord{Run: strings.TrimPrefix(r.text("name"), crm.RunPrefix), Head: r.text("description")}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// RunRecord returns the history of a run.
func (g *Gateway) RunRecord(ctx context.Context, name string) (crm.RunRecord, bool, error) {
	records, err := g.search(ctx, attachmentModel, odoo.And(
		odoo.Term("res_model", "=", teamModel), odoo.Term("name", "in", []string{crm.RunPrefix + name, crm.RunItemsPrefix + name}),
	), 0, "name", "description")
	if err != nil {
		return crm.RunRecord{}, false, err
	}
	c, found := crm.RunRecord{Run: name}, false
	for _, record := range records {
		r := row{record: record, model: attachmentModel}
		if r.text("name") == crm.RunPrefix+name {
			c.Head, found = r.text("description"), true
		} else {
			c.Items = r.text("description")
		}
		if r.err != nil {
			return crm.RunRecord{}, false, r.err
		}
	}
	return c, found, nil
}

// OpportunityNames returns the names of opportunities, archived ones included.
func (g *Gateway) OpportunityNames(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error) {
	names := map[crm.OpportunityID]string{}
	if len(ids) == 0 {
		return names, nil
	}
	records, err := g.searchAll(ctx, leadModel, odoo.Term("id", "in", ids), "name")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		r := row{record: record, model: leadModel}
		names[crm.OpportunityID(r.id())] = r.text("name")
		if r.err != nil {
			return nil, r.err
		}
	}
	return names, nil
}
