package ledgertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Records are what runs read from Odoo besides entries. A test may change them
// while no run is under way, or under [Backend.Lock].
type Records struct {
	Opportunities map[crm.OpportunityID]crm.Opportunity
	Salespeople   map[crm.UserID]crm.Salesperson
	Contacts      map[crm.ContactID]crm.Contact
	Companies     map[crm.CompanyID]crm.Company
	OptOuts       map[string]crm.OptOut
	Messages      []crm.Message
	// Inbox is what a run that begins finds in the mailbox.
	Inbox []crm.ClientMail
	// Forged are mails from outside that look like entries.
	Forged []crm.Entry
	// Shared is the state that all hosts share.
	Shared map[string]string
	// Read is when each opportunity was read last.
	Read map[crm.OpportunityID]time.Time
}

func newRecords() Records {
	return Records{
		Opportunities: map[crm.OpportunityID]crm.Opportunity{},
		Salespeople: map[crm.UserID]crm.Salesperson{
			3: {ID: 3, Name: "Sam Sales", Email: "sam@example.com", Active: true, Language: "en_US"},
		},
		Contacts: map[crm.ContactID]crm.Contact{},
		Companies: map[crm.CompanyID]crm.Company{
			1: {ID: 1, Name: "Example", Catchall: "catchall@odoo.example.com", Bounce: "bounce@odoo.example.com"},
		},
		Shared: map[string]string{}, Read: map[crm.OpportunityID]time.Time{},
	}
}

// Open makes the opportunities from first to last, which are so many days old.
func (b *Backend) Open(first, last crm.OpportunityID, days int) *Backend {
	b.Lock()
	defer b.Unlock()
	for id := first; id <= last; id++ {
		b.Opportunities[id] = crm.Opportunity{
			ID: id, Name: fmt.Sprintf("Opportunity %d", id), Active: true, Created: Noon.AddDate(0, 0, -days),
			Email: Client(id), ContactName: fmt.Sprintf("Client %d", id), Salesperson: 3, Company: 1,
		}
	}
	return b
}

// Change changes an opportunity.
func (b *Backend) Change(id crm.OpportunityID, how func(*crm.Opportunity)) {
	b.Lock()
	defer b.Unlock()
	o := b.Opportunities[id]
	how(&o)
	b.Opportunities[id] = o
}

// DeleteOpportunity deletes an opportunity: it takes no entries any more.
func (b *Backend) DeleteOpportunity(id crm.OpportunityID) {
	b.Lock()
	defer b.Unlock()
	delete(b.Opportunities, id)
	b.Deleted[id] = true
}

// Write stores a message of the client, or of the salesperson.
func (b *Backend) Write(id crm.OpportunityID, at time.Time, incoming bool) {
	b.Lock()
	defer b.Unlock()
	b.Messages = append(b.Messages, crm.Message{Opportunity: id, At: at, Subject: "Re: your request", Incoming: incoming})
}

// CountActive implements run.Pipeline, as the next methods do.
func (p *Process) CountActive(ctx context.Context) (n int, err error) {
	err = p.Call(ctx, "CountActive", func() {
		for _, o := range p.Records.Opportunities {
			if o.Active && !o.Lead {
				n++
			}
		}
	})
	return n, err
}

// CountDue counts what Due returns.
func (p *Process) CountDue(ctx context.Context, s crm.Scope) (n int, err error) {
	err = p.Call(ctx, "CountDue", func() { n = len(p.due(s, 0)) })
	return n, err
}

// Due returns the opportunities of a scope, and notes that they were read.
func (p *Process) Due(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) (list []crm.Opportunity, err error) {
	err = p.Call(ctx, "Due", func() {
		list = p.due(s, after)
		list = list[:min(limit, len(list))]
		for _, o := range list {
			p.Read[o.ID] = p.Time
		}
	})
	return list, err
}

func (b *Backend) due(s crm.Scope, after crm.OpportunityID) []crm.Opportunity {
	type step struct {
		on   crm.OpportunityID
		step int
	}
	written := map[step]bool{}
	for _, e := range slices.Concat(b.EntriesInCall(), b.Forged) {
		if e.Key.Kind == s.Kind {
			written[step{e.On, e.Key.Step}] = true
		}
	}
	var list []crm.Opportunity
	for _, id := range slices.Sorted(maps.Keys(b.Opportunities)) {
		o := b.Opportunities[id]
		if s.Won == crm.NotWon && o.Stage.Won || s.Won == crm.OnlyWon && !o.Stage.Won {
			continue
		}
		if id <= after || !o.Active || o.Lead || len(s.Among) > 0 && !slices.Contains(s.Among, id) {
			continue
		}
		for _, w := range s.Windows {
			if w.Has(o) && (slices.Contains(s.Also, id) || !written[step{id, w.Step}]) {
				list = append(list, o)
			}
		}
	}
	return list
}

// Opportunities returns those that exist, and notes that they were read.
func (p *Process) Opportunities(ctx context.Context, ids []crm.OpportunityID) (list []crm.Opportunity, err error) {
	err = p.Call(ctx, "Opportunities", func() {
		for _, id := range slices.Sorted(slices.Values(ids)) {
			if o, ok := p.Records.Opportunities[id]; ok {
				list = append(list, o)
				p.Read[id] = p.Time
			}
		}
	})
	return list, err
}

// DueMailboxes returns the addresses of a scope.
func (p *Process) DueMailboxes(
	ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int,
) (mailboxes map[crm.OpportunityID]string, err error) {
	err = p.Call(ctx, "DueMailboxes", func() {
		list := p.due(s, after)
		mailboxes = p.mailboxes(list[:min(limit, len(list))])
	})
	return mailboxes, err
}

// Mailboxes returns the addresses of those that exist.
func (p *Process) Mailboxes(ctx context.Context, ids []crm.OpportunityID) (mailboxes map[crm.OpportunityID]string, err error) {
	err = p.Call(ctx, "Mailboxes", func() {
		var list []crm.Opportunity
		for _, id := range ids {
			if o, ok := p.Records.Opportunities[id]; ok {
				list = append(list, o)
			}
		}
		mailboxes = p.mailboxes(list)
	})
	return mailboxes, err
}

func (b *Backend) mailboxes(list []crm.Opportunity) map[crm.OpportunityID]string {
	mailboxes := map[crm.OpportunityID]string{}
	for _, o := range list {
		to, _ := crm.Record{Opportunity: o, Contact: b.Contacts[o.Contact]}.Addressees()
		mailboxes[o.ID] = to.Mailbox
	}
	return mailboxes
}

// Salespeople implements run.Directory, as the next methods do.
func (p *Process) Salespeople(ctx context.Context, _ []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	return p.Records.Salespeople, p.Call(ctx, "Salespeople", func() {})
}

// Contacts returns all contacts.
func (p *Process) Contacts(ctx context.Context, _ []crm.ContactID, _ bool) (map[crm.ContactID]crm.Contact, error) {
	return p.Records.Contacts, p.Call(ctx, "Contacts", func() {})
}

// Companies returns all companies.
func (p *Process) Companies(ctx context.Context, _ []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	return p.Records.Companies, p.Call(ctx, "Companies", func() {})
}

// OptOuts returns all opt-outs. It is no call if there is none.
func (p *Process) OptOuts(ctx context.Context, _ []string) (map[string]crm.OptOut, error) {
	if len(p.Records.OptOuts) == 0 {
		return nil, nil
	}
	return p.Records.OptOuts, p.Call(ctx, "OptOuts", func() {})
}

// History implements run.Chatter, as the next methods do.
func (p *Process) History(ctx context.Context, ids []crm.OpportunityID, _ time.Time) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	entries := map[crm.OpportunityID][]crm.Entry{}
	messages, err := p.messages(ctx, "History", ids, true, func() {
		for _, e := range p.EntriesInCall() {
			if slices.Contains(ids, e.On) {
				entries[e.On] = append(entries[e.On], e)
			}
		}
	})
	return entries, messages, err
}

// Outgoing returns the salespeople's messages.
func (p *Process) Outgoing(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error) {
	return p.messages(ctx, "Outgoing", ids, false, func() {})
}

func (p *Process) messages(ctx context.Context, name string, ids []crm.OpportunityID, incoming bool, do func()) (map[crm.OpportunityID][]crm.Message, error) {
	found := map[crm.OpportunityID][]crm.Message{}
	err := p.Call(ctx, name, func() {
		do()
		for _, m := range p.Messages {
			if m.Incoming == incoming && slices.Contains(ids, m.Opportunity) {
				found[m.Opportunity] = append(found[m.Opportunity], m)
			}
		}
	})
	return found, err
}

// Activities implements run.Plans, as the next methods do: nothing is planned.
func (p *Process) Activities(ctx context.Context, _ []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error) {
	return nil, p.Call(ctx, "Activities", func() {})
}

// Meetings returns none.
func (p *Process) Meetings(ctx context.Context, _ []crm.OpportunityID, _, _ time.Time) (map[crm.OpportunityID][]time.Time, error) {
	return nil, p.Call(ctx, "Meetings", func() {})
}

// Bodies returns none.
func (p *Process) Bodies(ctx context.Context, _ []crm.EntryID) (map[crm.EntryID]string, error) {
	return nil, p.Call(ctx, "Bodies", func() {})
}

// OpenClaims returns the unconfirmed entries of a kind, and what clients wrote.
func (p *Process) OpenClaims(ctx context.Context, kind crm.EntryKind, since time.Time) (open crm.Pending, err error) {
	err = p.Call(ctx, "OpenClaims", func() {
		for _, e := range p.EntriesInCall() {
			if e.Key.Kind == kind && !e.Confirmed {
				open.Claims = append(open.Claims, e)
			}
		}
		for _, e := range p.Forged {
			open.Forged = append(open.Forged, e.On)
		}
		for _, m := range p.Inbox {
			if !since.IsZero() && !m.At.Before(since) {
				open.Mails = append(open.Mails, m)
			}
		}
		for _, m := range p.Messages {
			if m.Incoming && !since.IsZero() && !m.At.Before(since) {
				open.Mails = append(open.Mails, crm.ClientMail{Message: m})
			}
		}
	})
	return open, err
}

// Settled returns the highest confirmed reminder of each run.
func (p *Process) Settled(ctx context.Context, tokens []string, from crm.EntryID) (map[string]crm.EntryID, error) {
	settled := map[string]crm.EntryID{}
	err := p.Call(ctx, "Settled", func() {
		for _, e := range p.EntriesInCall() {
			if e.Key.Kind == crm.Reminder && e.Confirmed && e.ID > from && slices.Contains(tokens, e.Token) {
				settled[e.Token] = e.ID
			}
		}
	})
	return settled, err
}

// Shared implements instance.State, as the next methods do.
func (p *Process) Shared(ctx context.Context) (shared map[string]string, err error) {
	err = p.Call(ctx, "Shared", func() { shared = maps.Clone(p.Records.Shared) })
	return shared, err
}

// ShareOnce writes those of the keys that do not exist.
func (p *Process) ShareOnce(ctx context.Context, values map[string]string) (map[string]string, error) {
	stands := map[string]string{}
	err := p.Call(ctx, "ShareOnce", func() {
		for key, value := range values {
			if _, ok := p.Records.Shared[key]; !ok {
				p.Records.Shared[key] = value
			}
			stands[key] = p.Records.Shared[key]
		}
	})
	return stands, err
}

// Share writes a key.
func (p *Process) Share(ctx context.Context, key, value string) error {
	return p.Call(ctx, "Share", func() { p.Records.Shared[key] = value })
}

// EnsureKey returns the id: external ids need no key here.
func (p *Process) EnsureKey(_ context.Context, id int64) (int64, error) { return id, nil }

// NewestMessage returns the newest entry.
func (p *Process) NewestMessage(ctx context.Context) (newest crm.EntryID, err error) {
	err = p.Call(ctx, "NewestMessage", func() { newest = p.Last })
	return newest, err
}

// HasEntries tells whether there are entries.
func (p *Process) HasEntries(ctx context.Context) (has bool, err error) {
	err = p.Call(ctx, "HasEntries", func() { has = len(p.entries) > 0 })
	return has, err
}
