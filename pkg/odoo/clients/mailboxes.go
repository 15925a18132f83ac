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

// FirstMailboxes returns to which addresses mails about the first opportunities that a
// domain selects would go, in lower case where Odoo says so. It reads the address that Odoo
// reads in each, and more only of those in which there is none.
func (g *Registry) FirstMailboxes(ctx context.Context, domain odoo.Domain, limit int) (map[crm.OpportunityID]string, error) {
	return g.mailboxes(ctx, recordset.Query{Domain: domain, Limit: limit})
}

// Mailboxes returns the same for given opportunities, archived ones included.
func (g *Registry) Mailboxes(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error) {
	return g.mailboxes(ctx, recordset.Query{Domain: odoo.Term("id", "in", ids), Archived: true})
}

func (g *Registry) mailboxes(ctx context.Context, q recordset.Query) (map[crm.OpportunityID]string, error) {
	q.Model, q.Fields = leadModel, []string{records.NormalizedField}
	mailboxes, err := recordset.FindMap(ctx, g.client, q, records.Normalized)
	if err != nil {
		return nil, err
	}
	var without []crm.OpportunityID
	for id, mailbox := range mailboxes {
		if mailbox == "" {
			without = append(without, id)
		}
	}
	if len(without) == 0 {
		return mailboxes, nil
	}
	list, err := g.recipients(ctx, without)
	for _, r := range list {
		to, _ := r.Addressees()
		mailboxes[r.Opportunity.ID] = to.Mailbox
	}
	return mailboxes, err
}

// recipients reads opportunities and their contacts, and of both only the addresses.
func (g *Registry) recipients(ctx context.Context, ids []crm.OpportunityID) ([]crm.Record, error) {
	list, err := recordset.FindAmong(ctx, g.client, recordset.Query{Model: leadModel, Fields: records.RecipientFields(), Archived: true, NoNames: true}, "id", crm.Distinct(ids),
		records.Recipient, func(id crm.OpportunityID, err error) crm.Opportunity { return crm.Opportunity{ID: id, Unreadable: err} })
	if err != nil {
		return nil, err
	}
	found := make([]crm.Record, len(list))
	var contacts []crm.ContactID
	for i, o := range list {
		found[i].Opportunity = o
		if to, _ := found[i].Addressees(); to.IsZero() {
			contacts = append(contacts, o.Contact)
		}
	}
	if contacts = crm.Distinct(contacts); len(contacts) == 0 {
		return found, nil
	}
	known, err := recordset.FindAmong(ctx, g.client, recordset.Query{Model: contactModel, Fields: records.MailboxFields(), Archived: true}, "id", contacts,
		records.Mailbox, func(id crm.ContactID, err error) crm.Contact { return crm.Contact{ID: id, Unreadable: err} })
	byID := make(map[crm.ContactID]crm.Contact, len(known))
	for _, c := range known {
		byID[c.ID] = c
	}
	for i, r := range found {
		found[i].Contact = byID[r.Opportunity.Contact]
	}
	return found, err
}
