package mailing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/answer"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const (
	// StopOverlap is how far before the last mail that a run looked at the next one
	// looks again: a message can become visible later than its own time says.
	StopOverlap = time.Hour + ledger.ClaimTTL
	// StopsBack is how far back a run looks if no earlier one noted how far it got.
	StopsBack = 30 * 24 * time.Hour
	// bodiesAtOnce is how many mails are read at once.
	bodiesAtOnce = 50
	// A run notes how far it got if it spares the next ones as many mails, or any once
	// a day.
	worthNoting  = 50
	noteInterval = 24 * time.Hour
)

// StopStore is what is known in Odoo of mails that ask for no more mails.
type StopStore interface {
	// Bodies returns the HTML of messages.
	Bodies(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error)
	// OptOut opts addresses out. It returns which of them count through this call.
	OptOut(ctx context.Context, list []crm.OptOut) ([]bool, error)
	// Looked notes the time up to which mails were looked at.
	Looked(ctx context.Context, at time.Time) error
}

// DryStops writes nothing.
type DryStops struct{ StopStore }

// OptOut opts nobody out.
func (DryStops) OptOut(_ context.Context, list []crm.OptOut) ([]bool, error) {
	return make([]bool, len(list)), nil
}

// Looked notes nothing.
func (DryStops) Looked(context.Context, time.Time) error { return nil }

// Stops finds the mails in which clients ask for no more mails. A run looks once,
// when it begins.
type Stops struct {
	Store StopStore
	// Since is from when on mails are looked at.
	Since time.Time
	// Ours are the sender of our mails and the address for answers.
	Ours []address.Address

	looked bool
	found  []stop
	// newest is when the last mail came in that was looked at, early how many came in
	// so long before that the next run need not look at them.
	newest time.Time
	early  int
}

// stop is a mail that asks for no more mails, from sender.
type stop struct {
	crm.ClientMail

	sender address.Address
	record crm.Record
	// optOuts are the addresses that it opts out, the sender's first.
	optOuts []crm.OptOut
}

// since returns from when on mails are to be read; a zero time for none.
func (s *Stops) since() time.Time {
	if s == nil || s.looked {
		return time.Time{}
	}
	return s.Since
}

// look finds the mails that ask for no more mails. From then on this run takes their
// senders for opted out. It writes nothing.
func (m *Mailer) look(ctx context.Context, mails []crm.ClientMail) error {
	s := m.Stops
	if s.since().IsZero() {
		return nil
	}
	s.looked = true
	for _, mail := range mails {
		s.newest = latestOf(s.newest, mail.At)
	}
	for _, mail := range mails {
		if mail.At.Before(s.newest.Add(-StopOverlap)) {
			s.early++
		}
	}
	var asking []crm.ClientMail
	for some := range slices.Chunk(mails, bodiesAtOnce) {
		bodies, err := s.Store.Bodies(ctx, crm.IDs(some, func(mail crm.ClientMail) crm.EntryID { return mail.ID }))
		if err != nil {
			return fmt.Errorf("read what clients wrote: %w", err)
		}
		asking = append(asking, slices.DeleteFunc(slices.Clone(some), func(mail crm.ClientMail) bool {
			return mail.Automatic(nil) || !answer.AsksToStop(mail.Subject, bodies[mail.ID])
		})...)
	}
	for page := range slices.Chunk(asking, m.PageSize()) {
		if err := m.judge(ctx, page); err != nil {
			return err
		}
	}
	return nil
}

func latestOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// judge decides which addresses a page of mails opts out.
func (m *Mailer) judge(ctx context.Context, page []crm.ClientMail) error {
	list, err := m.Odoo.Opportunities(ctx, crm.Distinct(crm.IDs(page, func(mail crm.ClientMail) crm.OpportunityID { return mail.Opportunity })))
	if err != nil {
		return fmt.Errorf("read opportunities: %w", err)
	}
	completed, err := m.Complete(ctx, list)
	if err != nil {
		return err
	}
	records := map[crm.OpportunityID]crm.Record{}
	for _, r := range completed {
		records[r.Opportunity.ID] = r
	}
	var found []stop
	mailboxes := map[string]bool{}
	for _, mail := range page {
		x, ok := m.stopOf(mail, records[mail.Opportunity])
		if !ok {
			continue
		}
		found = append(found, x)
		for _, o := range x.optOuts {
			mailboxes[o.Address] = true
		}
	}
	known, err := m.Odoo.OptOuts(ctx, slices.Sorted(maps.Keys(mailboxes)))
	if err != nil {
		return fmt.Errorf("read which addresses are opted out: %w", err)
	}
	for _, x := range found {
		x.optOuts = slices.DeleteFunc(x.optOuts, func(o crm.OptOut) bool { return !o.Outlives(known[o.Address]) })
		if len(x.optOuts) == 0 {
			continue // They were lifted since.
		}
		m.Stops.found = append(m.Stops.found, x)
		for _, o := range x.optOuts {
			if _, twice := m.Asked[o.Address]; !twice {
				m.Asked[o.Address] = o
			}
		}
	}
	return nil
}

// stopOf returns what a mail that asks for no more mails opts out; ok is false if it
// is one that does not count, or that an earlier run dealt with.
func (m *Mailer) stopOf(mail crm.ClientMail, r crm.Record) (x stop, ok bool) {
	sender, err := address.First(mail.From)
	if err != nil {
		m.Log.Warn("a mail asks for no more mails, and its sender has no address", "opportunity", mail.Opportunity, "message", mail.ID)
		return x, false
	}
	key := crm.StopKey(mail.Opportunity, mail.ID)
	dealtWith := func(e crm.Entry) bool { return e.Key.Kind == key.Kind && e.Key.Mail == key.Mail }
	// A mail program asks for its user right after it got ours.
	automatic := mail.Automatic(r.Entries) && !answer.AsksToStop(mail.Subject, "")
	if slices.ContainsFunc(r.Entries, dealtWith) || automatic || m.isOurs(sender, r) {
		return x, false
	}
	x = stop{ClientMail: mail, sender: sender, record: r}
	add := func(a address.Address) {
		x.optOuts = append(x.optOuts, crm.OptOut{
			Address: crm.CanonicalMailbox(a.Mailbox), Since: mail.At, Message: mail.ID, Opportunity: mail.Opportunity,
		})
	}
	add(sender)
	if client, _ := r.Addressees(); !client.IsZero() && !client.Equal(sender) && speaksFor(mail, sender, client, r) {
		add(client)
	}
	return x, true
}

// isOurs returns whether an address is the company's own. A salesperson who quotes
// their client is in the discussion under another one, too.
func (m *Mailer) isOurs(sender address.Address, r crm.Record) bool {
	ours := slices.Clone(m.Stops.Ours)
	for _, text := range []string{r.Salesperson.Email, r.Company.Email, r.Company.Catchall, r.Company.Bounce} {
		if a, err := address.First(text); err == nil {
			ours = append(ours, a)
		}
	}
	return slices.ContainsFunc(ours, sender.Equal)
}

// speaksFor returns whether the sender of a mail on an opportunity speaks for its
// client: their contact, or somebody of the same domain. Our mail may reach them
// through the client's address.
func speaksFor(mail crm.ClientMail, sender, client address.Address, r crm.Record) bool {
	own, err := address.First(r.Contact.Email)
	contact := mail.Author != 0 && mail.Author == r.Contact.ID || err == nil && own.Equal(sender)
	return contact || sender.Domain() == client.Domain()
}

// applyStops opts out whoever asked for it, and tells the salespeople.
func (m *Mailer) applyStops(ctx context.Context) error {
	s := m.Stops
	if s == nil || !s.looked {
		return nil
	}
	found := s.found
	s.found = nil
	for page := range slices.Chunk(found, m.PageSize()) {
		if err := m.optOut(ctx, page); err != nil {
			return err
		}
	}
	if s.early >= worthNoting || s.early > 0 && m.Now.Sub(s.Since) > noteInterval+StopOverlap {
		s.early = 0
		if err := s.Store.Looked(ctx, s.newest); err != nil {
			return fmt.Errorf("note which mails were looked at: %w", err)
		}
	}
	return nil
}

// optOut writes the opt-outs of mails, then the notes about them, and reports both. If
// the run dies between, the next one finds the mails again: they have no note.
func (m *Mailer) optOut(ctx context.Context, page []stop) error {
	if err := m.BeforeWrite(ctx); err != nil {
		return err
	}
	var optOuts []crm.OptOut
	var notes []ledger.Note
	for _, x := range page {
		optOuts = append(optOuts, x.optOuts...)
		if x.record.Opportunity.ID != 0 {
			notes = append(notes, m.stopNote(x))
		}
	}
	slices.SortStableFunc(optOuts, func(a, b crm.OptOut) int { return a.Since.Compare(b.Since) })
	once := map[string]bool{}
	optOuts = slices.DeleteFunc(optOuts, func(o crm.OptOut) bool {
		twice := once[o.Address]
		once[o.Address] = true
		return twice
	})
	if _, err := m.Stops.Store.OptOut(ctx, optOuts); err != nil {
		return fmt.Errorf("opt clients out who asked for it: %w", err)
	}
	if _, err := m.Courier.Entries.Note(ctx, notes); err != nil {
		return fmt.Errorf("note that clients asked for no more mails: %w", err)
	}
	for _, x := range page {
		item := report.Item{Opportunity: x.Opportunity, Name: x.record.Opportunity.Name, Outcome: report.Skipped, Reason: crm.OptedOut}
		item.Note = "a mail asked for no more mails"
		m.ReportLater(item)
	}
	return nil
}

func (m *Mailer) stopNote(x stop) ledger.Note {
	key := crm.StopKey(x.Opportunity, x.ID)
	client, _ := x.record.Addressees()
	clientToo := client.IsZero() || slices.ContainsFunc(x.optOuts, func(o crm.OptOut) bool {
		return o.Address == crm.CanonicalMailbox(client.Mailbox)
	})
	return ledger.Note{
		ExternalID: key.ExternalID(), On: x.Opportunity, MessageID: key.MessageID(m.Courier.Token, m.Courier.Domain),
		Body: m.Notes.optedOut(x.record.Salesperson.Language, Stopping{Sender: x.sender.Mailbox, Client: client.Mailbox}, clientToo),
	}
}
