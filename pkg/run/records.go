package run

import (
	"context"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/remind"
)

// records completes opportunities by the people around them and by what was
// written on them, in few calls however many they are.
func (r *Remind) records(ctx context.Context, page []crm.Opportunity, recovery recovery) ([]remind.Record, error) {
	if len(page) == 0 {
		return nil, nil
	}
	var ids []crm.OpportunityID
	var users []crm.UserID
	var contacts []crm.ContactID
	companies := []crm.CompanyID{r.Company}
	for _, o := range page {
		companies = append(companies, o.Company)
		ids = append(ids, o.ID)
		users = append(users, o.Salesperson)
		contacts = append(contacts, o.Contact)
	}
	salespeople, err := r.Odoo.Salespeople(ctx, distinct(users))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	clients, err := r.Odoo.Contacts(ctx, distinct(contacts))
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	firms, err := r.Odoo.Companies(ctx, distinct(companies))
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	entries, messages, err := r.history(ctx, ids)
	if err != nil {
		return nil, err
	}
	records := make([]remind.Record, len(page))
	for i, o := range page {
		firm, ok := firms[o.Company]
		if !ok {
			firm = firms[r.Company]
		}
		records[i] = remind.Record{
			Opportunity: o,
			Company:     firm,
			Contact:     clients[o.Contact],
			Salesperson: salespeople[o.Salesperson],
			Entries:     slices.DeleteFunc(entries[o.ID], recovery.released),
			Messages:    messages[o.ID],
		}
	}
	return records, nil
}

// history reads entries and messages. What the company itself wrote is asked
// for only where it can matter: on opportunities without a reminder whose
// client wrote.
func (r *Remind) history(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	entries, messages, err := r.Odoo.History(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read the history of opportunities: %w", err)
	}
	var open []crm.OpportunityID
	for _, id := range ids {
		reminded := slices.ContainsFunc(entries[id], func(e crm.Entry) bool { return e.Key.Kind == crm.Reminder })
		if len(messages[id]) > 0 && !reminded {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return entries, messages, nil
	}
	outgoing, err := r.Odoo.Outgoing(ctx, open)
	if err != nil {
		return nil, nil, fmt.Errorf("read what was written to clients: %w", err)
	}
	for id, list := range outgoing {
		messages[id] = append(messages[id], list...)
	}
	return entries, messages, nil
}

// distinct returns the ids without zeros and repetitions, ascending.
func distinct[T ~int64](ids []T) []T {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id T) bool { return id == 0 })
	slices.Sort(ids)
	return slices.Compact(ids)
}
