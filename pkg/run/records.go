package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Complete reads the people around opportunities and what was written on them. The
// number of calls does not depend on the number of opportunities.
func (b *Base) Complete(ctx context.Context, page []crm.Opportunity) ([]crm.Record, error) {
	if len(page) == 0 {
		return nil, nil
	}
	owned, err := Owners(ctx, b.Odoo, page)
	if err != nil {
		return nil, err
	}
	entries, messages, err := b.Odoo.History(ctx, crm.OpportunityIDs(page), b.Holds.quietSince(b.Now))
	if err != nil {
		return nil, fmt.Errorf("read the history of opportunities: %w", err)
	}
	companies := crm.Distinct(append(crm.IDs(page, func(o crm.Opportunity) crm.CompanyID { return o.Company }), b.Company))
	firms, err := b.Odoo.Companies(ctx, companies)
	if err != nil {
		return nil, fmt.Errorf("read companies: %w", err)
	}
	records := make([]crm.Record, len(page))
	for i, o := range page {
		firm, ok := firms[o.Company]
		if !ok {
			firm = firms[b.Company]
		}
		records[i] = crm.Record{
			Opportunity: o, Company: firm, Salesperson: owned[o.ID].Owner, Entries: entries[o.ID],
			OptedOut: slices.ContainsFunc(o.Tags, func(t crm.TagID) bool { return slices.Contains(b.OptOut, t) }),
		}
	}
	contacts, err := b.contacts(ctx, records, messages)
	if err != nil {
		return nil, err
	}
	wrote := b.Holds.takeOwn(messages, contacts, b.Now)
	if err := b.outgoing(ctx, page, entries, messages); err != nil {
		return nil, err
	}
	for i := range records {
		r := &records[i]
		own := contacts[r.Company.Contact]
		r.Company.Language = own.Language
		if own.Language == "" { // What else is wrong with it does not matter.
			r.Company.Unreadable = cmp.Or(r.Company.Unreadable, own.Unreadable)
		}
		if b.mayMail(*r) {
			r.Contact = contacts[r.Opportunity.Contact]
		}
		r.Messages, r.Holds.Wrote = messages[r.Opportunity.ID], wrote[r.Opportunity.ID]
	}
	if err := b.optOuts(ctx, records); err != nil {
		return nil, err
	}
	return records, b.lookForHolds(ctx, records)
}

// optOuts reads which of the clients' addresses are opted out.
func (b *Base) optOuts(ctx context.Context, records []crm.Record) error {
	var mailboxes []string
	for _, r := range records {
		if to, _ := r.Addressees(); !to.IsZero() && b.mayMail(r) {
			mailboxes = append(mailboxes, crm.CanonicalMailbox(to.Mailbox))
		}
	}
	slices.Sort(mailboxes)
	found, err := b.Odoo.OptOuts(ctx, slices.Compact(mailboxes))
	if err != nil {
		return fmt.Errorf("read which addresses are opted out: %w", err)
	}
	for i, r := range records {
		to, _ := r.Addressees()
		mailbox := crm.CanonicalMailbox(to.Mailbox)
		records[i].Stop = found[mailbox]
		if asked, ok := b.Asked[mailbox]; ok && asked.Outlives(records[i].Stop) && !records[i].Stop.Counts() {
			records[i].Stop = asked
		}
	}
	return nil
}

// AddTurns adds to records the turns that their clients took since an instant.
func (b *Base) AddTurns(ctx context.Context, records []crm.Record, since time.Time) error {
	of, clients := make([]string, len(records)), []string(nil)
	for i, r := range records {
		if to, reason := r.Client(); reason == "" {
			of[i] = crm.AddressToken(to.Mailbox)
			clients = append(clients, of[i])
		}
	}
	if len(clients) == 0 {
		return nil
	}
	slices.Sort(clients)
	taken, err := b.Odoo.Turns(ctx, slices.Compact(clients), since)
	if err != nil {
		return fmt.Errorf("read when clients were reminded: %w", err)
	}
	for _, t := range taken {
		for i := range records {
			if of[i] == t.Client {
				records[i].Turns = append(records[i].Turns, t)
			}
		}
	}
	return nil
}

// mayMail is [Base.MayMail], if it is set.
func (b *Base) mayMail(r crm.Record) bool { return b.MayMail == nil || b.MayMail(r) }

// contacts reads the contacts of companies and of clients whom a mail may be due to, and
// with them the authors of messages that may be the company's own.
func (b *Base) contacts(ctx context.Context, records []crm.Record, messages map[crm.OpportunityID][]crm.Message) (map[crm.ContactID]crm.Contact, error) {
	var ids []crm.ContactID
	blacklist := false
	for _, r := range records {
		ids = append(ids, r.Company.Contact)
		if b.mayMail(r) {
			ids = append(ids, r.Opportunity.Contact)
			blacklist = blacklist || !r.Opportunity.HasAddress()
		}
	}
	for _, list := range messages {
		for _, m := range list {
			if b.Holds.maybeOwn(m, b.Now) {
				ids = append(ids, m.Author)
			}
		}
	}
	contacts, err := b.Odoo.Contacts(ctx, crm.Distinct(ids), blacklist)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	return contacts, nil
}

// outgoing adds what the company itself wrote to the messages. That is asked for only
// where it can matter: on opportunities whose client wrote lately, or wrote and got no
// reminder, as far as is known.
func (b *Base) outgoing(
	ctx context.Context, page []crm.Opportunity, entries map[crm.OpportunityID][]crm.Entry, messages map[crm.OpportunityID][]crm.Message,
) error {
	var open []crm.OpportunityID
	for _, id := range crm.OpportunityIDs(page) {
		reminded := slices.ContainsFunc(entries[id], func(e crm.Entry) bool { return e.Key.Kind == crm.Reminder && e.Confirmed })
		lately := slices.ContainsFunc(messages[id], func(m crm.Message) bool { return m.At.After(b.Now.Add(-crm.AnswerSpan)) })
		if lately || len(messages[id]) > 0 && !reminded {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return nil
	}
	outgoing, err := b.Odoo.Outgoing(ctx, open)
	if err != nil {
		return fmt.Errorf("read what was written to clients: %w", err)
	}
	for id, list := range outgoing {
		messages[id] = append(messages[id], list...)
	}
	return nil
}

// ErrNoOpportunity says that there is no such opportunity, or that the user may
// not see it.
var ErrNoOpportunity = errors.New("there is no such opportunity")

// Record reads one opportunity with the people around it. One that cannot be read in
// full is an error.
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
	return records[0], records[0].Unreadable()
}

// Owned is an opportunity with its salesperson, who is zero when it has none.
type Owned struct {
	crm.Opportunity

	Owner crm.Salesperson
}

// Unreadable returns why one of both cannot be read in full; nil if they can.
func (o Owned) Unreadable() error { return cmp.Or(o.Opportunity.Unreadable, o.Owner.Unreadable) }

// ReadOwned reads opportunities with their salespeople. One that does not exist
// is missing.
func ReadOwned(ctx context.Context, odoo interface {
	Pipeline
	Directory
}, ids []crm.OpportunityID,
) (map[crm.OpportunityID]Owned, error) {
	list, err := odoo.Opportunities(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	return Owners(ctx, odoo, list)
}

// Owners reads the salespeople of opportunities.
func Owners(ctx context.Context, odoo Directory, list []crm.Opportunity) (map[crm.OpportunityID]Owned, error) {
	people, err := odoo.Salespeople(ctx, crm.IDs(list, func(o crm.Opportunity) crm.UserID { return o.Salesperson }))
	if err != nil {
		return nil, fmt.Errorf("read salespeople: %w", err)
	}
	owned := make(map[crm.OpportunityID]Owned, len(list))
	for _, o := range list {
		owned[o.ID] = Owned{o, people[o.Salesperson]}
	}
	return owned, nil
}
