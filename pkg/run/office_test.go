package run_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the tests' runs begin.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// office is an Odoo and a mail server in memory, with one clock.
type office struct {
	mu    sync.Mutex
	clock time.Time

	leads     map[crm.OpportunityID]crm.Opportunity
	users     map[crm.UserID]crm.Salesperson
	contacts  map[crm.ContactID]crm.Contact
	companies map[crm.CompanyID]crm.Company

	last     crm.EntryID
	entries  map[string]*stored
	messages []crm.Message
	// forged are mails from outside that look like ours.
	forged []crm.Entry
	shared map[string]string

	// script is what the mail server answers about a mail to a client.
	script map[string]answer
	// left are the mails that the server took, by client.
	left map[string][]letter
	// stale are mails that were begun a minute after they were read, or later.
	stale []string
	read  map[crm.OpportunityID]time.Time
}

// stored is an entry of ours as Odoo keeps it.
type stored struct {
	crm.Entry
	Body string
}

// letter is a mail that left.
type letter struct {
	Envelope mail.Envelope
	Raw      string
}

// answer is what the mail server does with a mail.
type answer struct {
	err       error
	left      bool
	refusedCC []string
	during    func()
}

func newOffice() *office {
	return &office{
		clock: noon,
		leads: map[crm.OpportunityID]crm.Opportunity{},
		users: map[crm.UserID]crm.Salesperson{
			3: {ID: 3, Name: "Sam Sales", Email: "sam@example.com", Active: true, Language: "en_US"},
		},
		contacts: map[crm.ContactID]crm.Contact{},
		companies: map[crm.CompanyID]crm.Company{
			1: {ID: 1, Name: "Example", Language: "en_US", Catchall: "catchall@odoo.example.com", Bounce: "bounce@odoo.example.com"},
		},
		entries: map[string]*stored{}, shared: map[string]string{}, script: map[string]answer{},
		left: map[string][]letter{}, read: map[crm.OpportunityID]time.Time{},
	}
}

// open makes opportunities that are so many days old.
func (o *office) open(first, last crm.OpportunityID, days int) *office {
	for id := first; id <= last; id++ {
		o.leads[id] = crm.Opportunity{
			ID: id, Name: fmt.Sprintf("Opportunity %d", id), Active: true, Created: noon.AddDate(0, 0, -days),
			Email: client(id), ContactName: fmt.Sprintf("Client %d", id), Salesperson: 3, Company: 1,
		}
	}
	return o
}

func client(id crm.OpportunityID) string { return fmt.Sprintf("client%d@client.example", id) }

// change alters an opportunity.
func (o *office) change(id crm.OpportunityID, how func(*crm.Opportunity)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lead := o.leads[id]
	how(&lead)
	o.leads[id] = lead
}

// wrote stores a message of the client, or of the salesperson.
func (o *office) wrote(id crm.OpportunityID, at time.Time, incoming bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages = append(o.messages, crm.Message{Opportunity: id, At: at, Subject: "Re: your request", Incoming: incoming})
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.clock
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.clock = o.clock.Add(d)
}

// claim stores the claim of a run that died, made so long ago.
func (o *office) claim(token string, ago time.Duration, list ...crm.OpportunityID) {
	for _, id := range list {
		key := crm.ReminderKey(id, 7)
		e, _ := o.load(key.ExternalID(), key.MessageID(token, "example.com"), id, "")
		o.entries[key.ExternalID()].At = e.At.Add(-ago)
	}
}

// entry is the one that stands for the reminder of day 7.
func (o *office) entry(id crm.OpportunityID) (crm.Entry, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e, ok := o.entries[crm.ReminderKey(id, 7).ExternalID()]
	if !ok {
		return crm.Entry{}, false
	}
	return e.Entry, true
}

// sorted are all entries by ascending id.
func (o *office) sorted() []stored {
	var list []stored
	for _, e := range o.entries {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b stored) int { return int(a.ID - b.ID) })
	return list
}

// notes are the entries that are no reminders, as kind, opportunity and body.
func (o *office) notes() []string {
	var list []string
	for _, e := range o.sorted() {
		if e.Key.Kind != crm.Reminder {
			list = append(list, fmt.Sprintf("%s %d: %s", e.Key.Kind, e.On, e.Body))
		}
	}
	return list
}

// load makes an entry unless its external id has one.
func (o *office) load(external, messageID string, on crm.OpportunityID, body string) (crm.Entry, error) {
	if _, ok := o.leads[on]; !ok {
		return crm.Entry{}, errors.New("Record does not exist or has been deleted.") //nolint:revive // Odoo says it so.
	}
	if e, ok := o.entries[external]; ok {
		return e.Entry, nil
	}
	o.last++
	key, token, _ := crm.ParseMessageID(messageID)
	e := crm.Entry{ID: o.last, Key: key, On: on, Token: token, MessageID: messageID, At: o.clock}
	o.entries[external] = &stored{Entry: e, Body: body}
	return e, nil
}

// process is a run's way into the office. After die calls and mails nothing
// that it does has an effect any more.
type process struct {
	*office
	// slow is how long each call takes, and tick each mail.
	slow, tick time.Duration
	die, steps int
	// calls names what was called; before is asked at each.
	calls  []string
	before func(call string) error
}

var errKilled = errors.New("the process is dead")

var (
	_ run.Odoo       = (*process)(nil)
	_ instance.State = (*process)(nil)
	_ ledger.Entries = (*process)(nil)
	_ ledger.Sender  = (*process)(nil)
)

func (p *process) call(ctx context.Context, name string, do func()) error {
	if p.before != nil {
		if err := p.before(name); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, name)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.die > 0 && p.steps >= p.die {
		return errKilled
	}
	do()
	p.clock = p.clock.Add(p.slow)
	p.steps++
	if p.steps == p.die {
		return errKilled
	}
	return nil
}

func (p *process) CountActive(ctx context.Context) (n int, err error) {
	err = p.call(ctx, "CountActive", func() {
		for _, lead := range p.leads {
			if lead.Active && !lead.Lead {
				n++
			}
		}
	})
	return n, err
}

func (p *process) CountDue(ctx context.Context, s crm.Scope) (n int, err error) {
	err = p.call(ctx, "CountDue", func() { n = len(p.due(s, 0)) })
	return n, err
}

func (p *process) Due(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) (list []crm.Opportunity, err error) {
	err = p.call(ctx, "Due", func() {
		list = p.due(s, after)
		list = list[:min(limit, len(list))]
		for _, lead := range list {
			p.read[lead.ID] = p.clock
		}
	})
	return list, err
}

func (o *office) due(s crm.Scope, after crm.OpportunityID) []crm.Opportunity {
	var list []crm.Opportunity
	for _, id := range slices.Sorted(maps.Keys(o.leads)) {
		lead := o.leads[id]
		if id <= after || !lead.Active || lead.Lead {
			continue
		}
		for _, w := range s.Windows {
			within := !lead.Origin().Before(w.From) && lead.Origin().Before(w.Until)
			if within && (slices.Contains(s.Also, id) || !o.written(id, s.Kind, w.Step)) {
				list = append(list, lead)
			}
		}
	}
	return list
}

// written tells whether a message with the Message-ID of such an entry stands
// on the opportunity, whoever wrote it.
func (o *office) written(id crm.OpportunityID, kind crm.EntryKind, step int) bool {
	for _, e := range slices.Concat(o.sorted(), forgedAs(o.forged)) {
		if e.On == id && e.Key.Kind == kind && e.Key.Step == step {
			return true
		}
	}
	return false
}

func forgedAs(list []crm.Entry) []stored {
	out := make([]stored, len(list))
	for i, e := range list {
		out[i].Entry = e
	}
	return out
}

func (p *process) Opportunities(ctx context.Context, ids []crm.OpportunityID) (list []crm.Opportunity, err error) {
	err = p.call(ctx, "Opportunities", func() {
		for _, id := range slices.Sorted(slices.Values(ids)) {
			if lead, ok := p.leads[id]; ok {
				list = append(list, lead)
				p.read[id] = p.clock
			}
		}
	})
	return list, err
}

func (p *process) Salespeople(ctx context.Context, _ []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	return p.users, p.call(ctx, "Salespeople", func() {})
}

func (p *process) Contacts(ctx context.Context, _ []crm.ContactID) (map[crm.ContactID]crm.Contact, error) {
	return p.contacts, p.call(ctx, "Contacts", func() {})
}

func (p *process) Companies(ctx context.Context, _ []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	return p.companies, p.call(ctx, "Companies", func() {})
}

func (p *process) History(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error) {
	entries, messages := map[crm.OpportunityID][]crm.Entry{}, map[crm.OpportunityID][]crm.Message{}
	err := p.call(ctx, "History", func() {
		for _, e := range p.sorted() {
			if slices.Contains(ids, e.On) {
				entries[e.On] = append(entries[e.On], e.Entry)
			}
		}
		for _, m := range p.messages {
			if m.Incoming && slices.Contains(ids, m.Opportunity) {
				messages[m.Opportunity] = append(messages[m.Opportunity], m)
			}
		}
	})
	return entries, messages, err
}

func (p *process) Outgoing(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error) {
	messages := map[crm.OpportunityID][]crm.Message{}
	err := p.call(ctx, "Outgoing", func() {
		for _, m := range p.messages {
			if !m.Incoming && slices.Contains(ids, m.Opportunity) {
				messages[m.Opportunity] = append(messages[m.Opportunity], m)
			}
		}
	})
	return messages, err
}

func (p *process) OpenClaims(ctx context.Context, kind crm.EntryKind) (claims []crm.Entry, forged []crm.OpportunityID, err error) {
	err = p.call(ctx, "OpenClaims", func() {
		for _, e := range p.sorted() {
			if e.Key.Kind == kind && !e.Confirmed {
				claims = append(claims, e.Entry)
			}
		}
		for _, e := range p.forged {
			forged = append(forged, e.On)
		}
	})
	return claims, forged, err
}

func (p *process) Settled(ctx context.Context, tokens []string, from crm.EntryID) (map[string]crm.EntryID, error) {
	settled := map[string]crm.EntryID{}
	err := p.call(ctx, "Settled", func() {
		for _, e := range p.sorted() {
			if e.Key.Kind == crm.Reminder && e.Confirmed && e.ID > from && slices.Contains(tokens, e.Token) {
				settled[e.Token] = e.ID
			}
		}
	})
	return settled, err
}
