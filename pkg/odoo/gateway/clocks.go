package gateway

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// leftFor is the age from which on what a run wrote to compare clocks was left
// behind, as that run died.
const leftFor = time.Hour

// CompareClocks returns a [ledger.ClocksError] if Odoo's clock is not the one
// that dates its records. It writes an attachment to find out, and removes it.
func (g *Gateway) CompareClocks(ctx context.Context) error {
	team, err := g.stateTeam(ctx)
	if err != nil {
		return err
	}
	before := g.Now()
	made, err := g.attach(ctx, attachment{
		externalID: crm.ClockExternalID(ledger.NewToken()), name: crm.ClockAttachment, model: teamModel, on: team,
	})
	if err == nil {
		err = made[0].Err
	}
	if err != nil {
		return err
	}
	after := g.Now()
	type mark struct {
		id int64
		at time.Time
	}
	marks, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: attachmentModel, Fields: []string{"create_date"}, Newest: true, Limit: pruneMost,
		Domain: odoo.And(
			odoo.Term("res_model", "=", teamModel), odoo.Term("res_id", "=", team), odoo.Term("name", "=", crm.ClockAttachment), g.madeByUs(),
		),
	}, func(r *recordset.Row) mark { return mark{r.ID(), r.Time("create_date")} })
	if err != nil {
		return err
	}
	for _, own := range marks {
		if own.id != made[0].ID {
			continue
		}
		ids := []int64{own.id}
		for _, m := range marks {
			if m.at.Before(own.at.Add(-leftFor)) {
				ids = append(ids, m.id)
			}
		}
		if err := recordset.Unlink(ctx, g.client, attachmentModel, ids); err != nil {
			return err
		}
		return ledger.CompareClocks(own.at, before, after)
	}
	return recordset.ErrVanished
}
