package clients

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	leadModel    = "crm.lead"
	contactModel = "res.partner"
)

// DueMailboxes returns to which addresses mails about opportunities of a scope would go.
// It reads no other fields, and contacts only for those without an address of their own.
func (g *Registry) DueMailboxes(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) (map[crm.OpportunityID]string, error) {
	list, err := recordset.Find(ctx, g.client, recordset.Query{
		Model: leadModel, Domain: odoo.And(records.Due(s), odoo.Term("id", ">", after)), Fields: records.RecipientFields(), Limit: limit,
	}, records.Recipient)
	if err != nil {
		return nil, err
	}
	return g.mailboxes(ctx, list)
}

// Mailboxes returns the same for given opportunities, archived ones included.
func (g *Registry) Mailboxes(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error) {
	list, err := recordset.FindAmong(ctx, g.client, recordset.Query{Model: leadModel, Fields: records.RecipientFields(), Archived: true}, "id", ids,
		records.Recipient, func(id crm.OpportunityID, err error) crm.Opportunity { return crm.Opportunity{ID: id, Unreadable: err} })
	if err != nil {
		return nil, err
	}
	return g.mailboxes(ctx, list)
}

func (g *Registry) mailboxes(ctx context.Context, list []crm.Opportunity) (map[crm.OpportunityID]string, error) {
	mailboxes := make(map[crm.OpportunityID]string, len(list))
	var without []crm.Opportunity
	for _, o := range list {
		to, _ := crm.Record{Opportunity: o}.Addressees()
		if mailboxes[o.ID] = to.Mailbox; to.IsZero() && o.Contact != 0 {
			without = append(without, o)
		}
	}
	if len(without) == 0 {
		return mailboxes, nil
	}
	contacts, err := recordset.FindAmong(ctx, g.client, recordset.Query{Model: contactModel, Fields: records.MailboxFields(), Archived: true}, "id",
		crm.IDs(without, func(o crm.Opportunity) crm.ContactID { return o.Contact }), records.Mailbox,
		func(id crm.ContactID, err error) crm.Contact { return crm.Contact{ID: id, Unreadable: err} })
	if err != nil {
		return nil, err
	}
	known := make(map[crm.ContactID]crm.Contact, len(contacts))
	for _, c := range contacts {
		known[c.ID] = c
	}
	for _, o := range without {
		to, _ := crm.Record{Opportunity: o, Contact: known[o.Contact]}.Addressees()
		mailboxes[o.ID] = to.Mailbox
	}
	return mailboxes, nil
}
