package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// CountOthers counts the active opportunities that the user may see and that somebody
// else works on.
func (g *Gateway) CountOthers(ctx context.Context, s Session) (int, error) {
	return recordset.Count(ctx, g.client, leadModel, odoo.And(records.Active(), odoo.Term("user_id", "!=", false), odoo.Term("user_id", "!=", s.User)))
}

// UnseenCompanies returns the names of companies whose opportunities the user does not
// see, sorted. These are companies in which other users work and the user does not;
// Odoo shows the user no others.
func (g *Gateway) UnseenCompanies(ctx context.Context, s Session) ([]string, error) {
	own, err := recordset.Read(ctx, g.client, userModel, []int64{int64(s.User)}, "company_ids")
	if err != nil || len(own) != 1 {
		return nil, err
	}
	me := recordset.Row{Record: own[0], Model: userModel}
	seen := me.IDs("company_ids")
	if me.Err != nil {
		return nil, me.Err
	}
	const most = 1000
	names, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: userModel, Fields: []string{"company_id"}, Limit: most,
		Domain: odoo.And(odoo.Term("share", "=", false), odoo.Term("company_id", "not in", seen)),
	}, func(r *recordset.Row) string { return r.Label("company_id") })
	slices.Sort(names)
	return slices.Compact(names), err
}

// ClockApart is how much later it is by Odoo's clock than by this host's, see
// [Gateway.Now].
func (g *Gateway) ClockApart() time.Duration { return g.client.ClockApart() }

// HasIncomingMail tells whether Odoo ever put a mail on an opportunity.
func (g *Gateway) HasIncomingMail(ctx context.Context) (bool, error) {
	ids, err := recordset.FindIDs[int64](ctx, g.client, recordset.Query{
		Model: messageModel, Limit: 1, Domain: odoo.And(odoo.Term("model", "=", leadModel), odoo.Term("message_type", "=", "email")),
	})
	return len(ids) > 0, err
}
