package gateway

import (
	"context"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// trailRows is how many messages are read at once: two megabytes.
const trailRows = 2500

// Reminded returns the opportunities with a reminder of ours, claims included, by
// ascending id above after. It looks at limit reminders at most; no opportunities mean
// that there are no more.
func (g *Gateway) Reminded(ctx context.Context, after crm.OpportunityID, limit int) ([]crm.OpportunityID, error) {
	q := messages(odoo.And(
		hasMessageID(crm.Reminder.MessageIDs()), odoo.Term("message_type", "!=", typeEmail), g.ours.Made(), odoo.Term("res_id", ">", after),
	), "res_id")
	q.By, q.Limit, q.Aside = "res_id", limit, true
	ids, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) crm.OpportunityID {
		return crm.OpportunityID(r.Int("res_id"))
	})
	return crm.Distinct(ids), err
}

// Trails returns our entries, with their templates, and the incoming messages of
// opportunities that the user may see: what [Gateway.History] returns, for thousands at
// once. What cannot be read is a message; it may belong to opportunity 0.
func (g *Gateway) Trails(ctx context.Context, ids []crm.OpportunityID) (
	entries map[crm.OpportunityID][]crm.Entry, incoming map[crm.OpportunityID][]crm.Message, err error,
) {
	err = g.versions.With(ctx, messageModel, []string{templateField}, func(template []string) error {
		entries, incoming = map[crm.OpportunityID][]crm.Entry{}, map[crm.OpportunityID][]crm.Message{}
		fields := append(template, "res_id", "message_id", "subject", "message_type", "create_date")
		for after := int64(0); ; {
			q := messages(odoo.And(
				odoo.Term("res_id", "in", ids), odoo.Or(g.ourEntries(), fromOutside()), odoo.Term("id", ">", after),
			), fields...)
			q.Limit, q.Aside = trailRows, true
			list, err := recordset.Find(ctx, g.client, q, trailOf)
			if err != nil {
				return err
			}
			for _, x := range list {
				after = max(after, int64(x.message.ID))
				if on := x.message.Opportunity; x.entry.MessageID != "" {
					entries[on] = append(entries[on], x.entry)
				} else {
					incoming[on] = append(incoming[on], x.message)
				}
			}
			if len(list) < trailRows {
				return nil
			}
		}
	})
	return entries, incoming, err
}

// trail is an entry of ours, whose Message-ID is set then, or a message.
type trail struct {
	entry   crm.Entry
	message crm.Message
}

// trailOf reads a message that is ours if it looks like it: the search saw to that.
func trailOf(r *recordset.Row) trail {
	x := trail{message: records.Message(r)}
	x.message.Incoming = true
	if e := entryFrom(r, true); e.Unreadable == nil && x.message.Unreadable == nil && e.MessageID != "" {
		e.Template = templateOf(r)
		x.entry = e.Entry
	}
	if why := r.Unreadable(); why != nil {
		return trail{message: crm.Message{ID: crm.EntryID(r.ID()), Incoming: true, Unreadable: why}}
	}
	return x
}

// templateOf reads what templateCell wrote. Somebody who may change the message can
// write anything there, and what is longer than a name is none.
func templateOf(r *recordset.Row) string {
	const longest = 200
	if !r.Has(templateField) {
		return ""
	}
	name, ours := strings.CutPrefix(r.Text(templateField), templatePrefix)
	if !ours || len(name) > longest {
		return ""
	}
	return name
}

// Outcomes returns those of the ids that exist, archived ones included, by id, with
// their salespeople, their clients' addresses, and whether and when they were won or
// closed. Other fields are not read.
func (g *Gateway) Outcomes(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Opportunity, error) {
	q := recordset.Query{
		Model: leadModel, Archived: true, Aside: true, NoNames: true,
		Fields: []string{"active", "email_from", "user_id", "stage_id", "date_closed"},
	}
	list, err := recordset.FindAmong(ctx, g.client, q, "id", ids, func(r *recordset.Row) crm.Opportunity {
		o := crm.Opportunity{
			ID: crm.OpportunityID(r.ID()), Active: r.Bool("active"), Email: r.Text("email_from"), Salesperson: crm.UserID(r.Ref("user_id")),
			Stage: crm.Stage{ID: crm.StageID(r.Ref("stage_id"))}, Closed: r.Time("date_closed"),
		}
		o.Unreadable = r.Unreadable()
		return o
	}, func(id crm.OpportunityID, err error) crm.Opportunity { return crm.Opportunity{ID: id, Unreadable: err} })
	if err != nil {
		return nil, err
	}
	list, err = g.withStages(ctx, list)
	return crm.ByID(list), err
}
