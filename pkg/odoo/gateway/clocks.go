package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/shared"
)

// leftFor is the age from which on what a run wrote to compare clocks was left
// behind, as that run died.
const leftFor = time.Hour

// marksMost is how many of them are read at once.
const marksMost = 500

// CompareClocks returns a [ledger.ClocksError] if Odoo's clock is not the one
// that dates its records. It writes an attachment to find out, and removes it.
func (g *Gateway) CompareClocks(ctx context.Context) error {
	before := g.Now()
	made, err := g.mark(ctx)
	if err != nil {
		return err
	}
	after := g.Now()
	at, marks, err := g.readMark(ctx, made)
	if err == nil {
		err = g.unmark(ctx, marks)
	}
	if err != nil {
		return err
	}
	return ledger.CompareClocks(at, before, after)
}

// mark writes an attachment and returns its id.
func (g *Gateway) mark(ctx context.Context) (int64, error) {
	team, err := g.Team(ctx)
	if err != nil {
		return 0, err
	}
	// Nobody can guess this external id, as it is.
	made, err := g.AttachAsIs(ctx, shared.Attachment{
		ExternalID: crm.ClockExternalID(ledger.NewToken()), Name: crm.ClockAttachment, Model: teamModel, On: team,
	})
	if err == nil {
		err = made[0].Err
	}
	if err != nil {
		return 0, err
	}
	return made[0].ID, nil
}

// readMark waits until the attachment that mark wrote can be read. It returns when Odoo
// dated it, and what is to be removed: it, and those that are left from runs that died.
func (g *Gateway) readMark(ctx context.Context, own int64) (time.Time, []int64, error) {
	type marking struct {
		id int64
		at time.Time
	}
	team, err := g.Team(ctx)
	if err != nil {
		return time.Time{}, nil, err
	}
	change := g.client.Changed()
	var marks []marking
	i, err := g.await(ctx, func() (int, error) {
		var err error
		marks, err = recordset.Find(ctx, g.client, recordset.Query{
			Model: attachmentModel, Fields: []string{"create_date"}, Newest: true, Limit: marksMost, Aside: true,
			Domain: odoo.And(
				odoo.Term("res_model", "=", teamModel), odoo.Term("res_id", "=", team), odoo.Term("name", "=", crm.ClockAttachment), g.ours.Made(),
			),
		}, func(r *recordset.Row) marking { return marking{r.ID(), r.Time("create_date")} })
		return slices.IndexFunc(marks, func(m marking) bool { return m.id == own }), err
	})
	if err != nil {
		return time.Time{}, nil, err
	}
	g.client.Seen(change)
	at, ids := marks[i].at, []int64{own}
	for _, m := range marks {
		if m.at.Before(at.Add(-leftFor)) {
			ids = append(ids, m.id)
		}
	}
	return at, ids, nil
}

func (g *Gateway) unmark(ctx context.Context, ids []int64) error {
	return recordset.Change(ctx, g.client, odoo.Request{Model: attachmentModel, Method: "unlink", Args: []any{ids}, Aside: true}, len(ids))
}
