package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// Colleagues returns what people of the company wrote on the opportunities of warnings
// since these, notes included, and what answers the mails of the warnings, on whichever
// opportunity it is.
func (g *Gateway) Colleagues(ctx context.Context, warnings []crm.Entry) ([]crm.Colleague, error) {
	if len(warnings) == 0 {
		return nil, nil
	}
	var mails []string
	since := warnings[0].At
	for _, w := range warnings {
		mails = append(mails, w.SentAs())
		if w.At.Before(since) {
			since = w.At
		}
	}
	slices.Sort(mails)
	return g.colleagues(ctx, crm.OpportunitiesOf(warnings), slices.Compact(mails), since)
}

// colleagues reads the mails' own entries, too: an answer names its mail by the id of
// that alone.
func (g *Gateway) colleagues(ctx context.Context, on []crm.OpportunityID, mails []string, since time.Time) ([]crm.Colleague, error) {
	type message struct {
		crm.Colleague

		id, parent crm.EntryID
		messageID  string
	}
	written := odoo.And(
		odoo.Term("message_type", "in", []string{typeEmail, typeComment, typeOutgoing}), odoo.Not(looksLikeOurs()), odoo.Term("create_date", ">=", since),
		odoo.Or(
			odoo.And(odoo.Term("res_id", "in", on), odoo.Term("author_id.partner_share", "=", false)),
			odoo.And(odoo.Term("message_type", "=", typeEmail), odoo.Term("parent_id.message_id", "in", mails)),
		),
	)
	q := messages(odoo.Or(odoo.Term("message_id", "in", mails), written), "res_id", "create_date", "subject", "author_id", "parent_id", "message_id", "message_type")
	list, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) message {
		m := message{
			Colleague: crm.Colleague{
				Opportunity: crm.OpportunityID(r.Int("res_id")), At: r.Created(), Subject: r.Text("subject"), Author: crm.ContactID(r.Ref("author_id")),
			},
			id: crm.EntryID(r.ID()), parent: crm.EntryID(r.Ref("parent_id")), messageID: r.Text("message_id"),
		}
		if r.Text("message_type") != typeEmail {
			m.parent = 0 // In the chatter, each message has some other as its parent.
		}
		m.Unreadable = r.Unreadable("res_id")
		return m
	})
	sent := map[crm.EntryID]string{}
	for _, m := range list {
		if slices.Contains(mails, m.messageID) {
			sent[m.id] = m.messageID
		}
	}
	var colleagues []crm.Colleague
	for _, m := range list {
		if sent[m.id] == "" {
			m.Answers = sent[m.parent]
			colleagues = append(colleagues, m.Colleague)
		}
	}
	return colleagues, err
}

// BaseURL returns where people reach Odoo, as it says itself about an opportunity; empty
// if it does not say.
func (g *Gateway) BaseURL(ctx context.Context, id crm.OpportunityID) (string, error) {
	answer, err := g.client.Call(ctx, odoo.Request{Model: leadModel, Method: "get_base_url", Args: []any{[]crm.OpportunityID{id}}, Repeatable: true})
	base, _ := answer.(string)
	return base, err
}
