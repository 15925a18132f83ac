package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

// complete adds the people around opportunities and what was written on them,
// in few calls however many they are.
func (b *Base) complete(ctx context.Context, page []crm.Opportunity) ([]remind.Record, error) {
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
	salespeople, err := b.Odoo.Salespeople(ctx, distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	clients, err := b.Odoo.Contacts(ctx, distinct(contacts))
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	firms, err := b.Odoo.Companies(ctx, distinct(companies))
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	entries, messages, err := b.history(ctx, idsOf(page))
	if err != nil {
		return nil, err
	}
	records := make([]remind.Record, len(page))
	for i, o := range page {
		firm, ok := firms[o.Company]
		if !ok {
			firm = firms[b.Company]
		}
		records[i] = remind.Record{
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

// lookAt reads one opportunity with the people around it.
func (b *Base) lookAt(ctx context.Context, id crm.OpportunityID) (remind.Record, error) {
	found, err := b.Odoo.Opportunities(ctx, []crm.OpportunityID{id})
	if err != nil {
		return remind.Record{}, fmt.Errorf("read the opportunity: %w", err)
	}
	records, err := b.complete(ctx, found)
	if err != nil {
		return remind.Record{}, err
	}
	if len(records) == 0 {
		return remind.Record{}, fmt.Errorf("%w: %d", ErrNoOpportunity, id)
	}
	return records[0], nil
}
