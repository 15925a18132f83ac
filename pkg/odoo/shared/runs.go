package shared

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
func (s *State) SaveRun(ctx context.Context, c crm.RunRecord) error {
	team, err := s.Team(ctx)
	if err != nil {
		return err
	}
	loaded, err := s.Attach(ctx,
		Attachment{ExternalID: crm.RunExternalID(c.Run), Name: crm.RunPrefix + c.Run, Text: c.Head, Model: teamModel, On: team},
		Attachment{ExternalID: crm.RunItemsExternalID(c.Run), Name: crm.RunItemsPrefix + c.Run, Text: c.Items, Model: teamModel, On: team},
	)
	if err != nil {
		return err
	}
	return cmp.Or(recordset.Refusals(loaded)...)
}

// PruneRuns removes histories that were written before the instant.
func (s *State) PruneRuns(ctx context.Context, before time.Time) error {
	either := odoo.Or(odoo.Term("name", "=like", crm.RunPrefix+"%"), odoo.Term("name", "=like", crm.RunItemsPrefix+"%"))
	q, err := s.ourRuns(ctx, odoo.And(either, odoo.Term("create_date", "<", before)), "name")
	if err != nil {
		return err
	}
	q.Limit, q.Aside = pruneMost, true
	return recordset.DeleteAll(ctx, s.client, q)
}

// RunRecords returns the heads of the newest histories.
func (s *State) RunRecords(ctx context.Context, limit int) ([]crm.RunRecord, error) {
	q, err := s.ourRuns(ctx, odoo.And(odoo.Term("name", "=like", crm.RunPrefix+"%"), odoo.NotLongerThan("description", runHeadMost)), "name", "description")
	if err != nil {
		return nil, err
	}
	q.Newest, q.Limit = true, limit
	return recordset.Find(ctx, s.client, q, func(r *recordset.Row) crm.RunRecord {
		record := crm.RunRecord{Run: strings.TrimPrefix(r.Text("name"), crm.RunPrefix), Head: r.Text("description")}
		_ = r.Unreadable() // Its head is damaged, then.
		return record
	})
}

// RunRecord returns the history of a run.
func (s *State) RunRecord(ctx context.Context, name string) (crm.RunRecord, bool, error) {
	head, items := crm.RunPrefix+name, crm.RunItemsPrefix+name
	q, err := s.ourRuns(ctx, odoo.And(odoo.Term("name", "in", []string{head, items}), odoo.NotLongerThan("description", runItemsMost)), "name", "description")
	if err != nil {
		return crm.RunRecord{}, false, err
	}
	texts, err := recordset.FindMap(ctx, s.client, q, nameAndText)
	if err != nil {
		return crm.RunRecord{}, false, err
	}
	_, found := texts[head]
	return crm.RunRecord{Run: name, Head: texts[head], Items: texts[items]}, found, nil
}

// ourRuns selects histories that our users wrote.
func (s *State) ourRuns(ctx context.Context, domain odoo.Domain, fields ...string) (recordset.Query, error) {
	return s.onStateTeam(ctx, odoo.And(s.ours.Made(), odoo.Not(odoo.LongerThan("name", sharedNameMost)), domain), fields...)
}

// nameAndText reads an attachment.
func nameAndText(r *recordset.Row) (name, text string) { return r.Text("name"), r.Text("description") }
