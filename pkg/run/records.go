package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Complete adds the people around opportunities and what was written on them,
// in few calls however many they are.
func (b *Base) Complete(ctx context.Context, page []crm.Opportunity) ([]crm.Record, error) {
	if len(page) == 0 {
		return nil, nil
	}
	var users []crm.UserID
	var contacts []crm.ContactID
	companies := []crm.CompanyID{b.Company}
	for _, o := range page {
		companies = append(companies, o.Company)
		users = append(users, o.Salesperson)
		contacts = append(contacts, o.Contact)
	}
	salespeople, err := b.Odoo.Salespeople(ctx, crm.Distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	clients, err := b.Odoo.Contacts(ctx, crm.Distinct(contacts))
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	firms, err := b.Odoo.Companies(ctx, crm.Distinct(companies))
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	entries, messages, err := b.history(ctx, crm.OpportunityIDs(page))
	if err != nil {
		return nil, err
	}
	records := make([]crm.Record, len(page))
	for i, o := range page {
		firm, ok := firms[o.Company]
		if !ok {
			firm = firms[b.Company]
		}
		records[i] = crm.Record{
			Opportunity: o,
			Company:     firm,
			Contact:     clients[o.Contact],
			Salesperson: salespeople[o.Salesperson],
			Entries:     entries[o.ID],
			Messages:    messages[o.ID],
		}
	}
	return records, nil
}

// history reads entries and messages. What the company itself wrote is asked
// for only where it can matter: on opportunities whose client wrote and got no
// reminder, as far as is known.
func (b *Base) history(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	entries, messages, err := b.Odoo.History(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read the history of opportunities: %w", err)
	}
	var open []crm.OpportunityID
	for _, id := range ids {
		reminded := slices.ContainsFunc(entries[id], func(e crm.Entry) bool { return e.Key.Kind == crm.Reminder && e.Confirmed })
		if len(messages[id]) > 0 && !reminded {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return entries, messages, nil
	}
	outgoing, err := b.Odoo.Outgoing(ctx, open)
	if err != nil {
		return nil, nil, fmt.Errorf("read what was written to clients: %w", err)
	}
	for id, list := range outgoing {
		messages[id] = append(messages[id], list...)
	}
	return entries, messages, nil
}

// ErrNoOpportunity says that there is no such opportunity, or that the user may
// not see it.
var ErrNoOpportunity = errors.New("there is no such opportunity")

// Record reads one opportunity with the people around it.
func (b *Base) Record(ctx context.Context, id crm.OpportunityID) (crm.Record, error) {
	found, err := b.Odoo.Opportunities(ctx, []crm.OpportunityID{id})
	if err != nil {
		return crm.Record{}, fmt.Errorf("read the opportunity: %w", err)
	}
	records, err := b.Complete(ctx, found)
	if err != nil {
		return crm.Record{}, err
	}
	if len(records) == 0 {
		return crm.Record{}, fmt.Errorf("%w: %d", ErrNoOpportunity, id)
	}
	return records[0], nil
}
