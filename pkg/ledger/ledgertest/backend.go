// Package ledgertest helps to test what uses the ledger, without a network.
//
// A [Backend] is an Odoo and a mail server in memory, with one clock. Runs reach
// it through a [Process], which can be told to fail at a call, or to die after
// any step as if it were killed. [Simultaneously] lets several of them run at
// the same time, in an order that a test can repeat.
//
// [TestEntries] is the contract of [ledger.Entries] as a test. The Backend
// passes it, and so does the gateway to Odoo, so that what is proved with the
// one holds for the other.
package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// Noon is when a new Backend's clock begins.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // A constant that Go has no form for.

// Domain is the domain of the tests' Message-IDs.
const Domain = "example.com"

// Backend is an Odoo and a mail server in memory. As in Odoo, an external id
// has one entry at most. [Backend.Lock] guards the maps, for tests that change
// them while runs are under way.
type Backend struct {
	sync.Mutex
	Records

	// Time is what the clock shows; see [Backend.Now] and [Backend.Pass].
	Time time.Time
	// Last is the id of the entry that was made last.
	Last crm.EntryID
	// Deleted opportunities take no entries.
	Deleted map[crm.OpportunityID]bool
	// Replies holds what the mail server does with mail to an address. It
	// takes mail to any other.
	Replies map[string]Reply
	// Mails are those that left, by the client's address.
	Mails map[string][]Mail
	// Stale holds the addresses of mails that were begun a minute after their
	// opportunity was read, or later.
	Stale []string
	// Log holds what was done, in short words.
	Log []string
	// Taken are the clients' turns, by their external ids.
	Taken map[string]crm.TakenTurn

	// entries are by external id, and ordered by ascending id.
	entries map[string]*StoredEntry
	ordered []*StoredEntry
}

// StoredEntry is an entry as Odoo stores it.
type StoredEntry struct {
	crm.Entry

	ExternalID string
	Body       string
}

// Mail is a mail that left.
type Mail struct {
	mail.Envelope

	// Raw has line ends of one character.
	Raw string
}

// Reply is what the mail server does with one mail.
type Reply struct {
	// Err is what the Sender reports. The mail leaves if it is nil, or if
	// Leaves is set.
	Err    error
	Leaves bool
	// Early says that the error comes before the DATA command.
	Early     bool
	RefusedCC []string
	// During is called while the mail is in hand; its error replaces Err.
	During func(ctx context.Context) error
}

// NewBackend returns an empty Backend at [Noon].
func NewBackend() *Backend {
	return &Backend{
		Records: newRecords(), Time: Noon, entries: map[string]*StoredEntry{}, Deleted: map[crm.OpportunityID]bool{},
		Replies: map[string]Reply{}, Mails: map[string][]Mail{}, Taken: map[string]crm.TakenTurn{},
	}
}

// Reply sets what the mail server does with mail to the opportunity's client.
func (b *Backend) Reply(id crm.OpportunityID, r Reply) {
	b.Lock()
	defer b.Unlock()
	b.Replies[Client(id)] = r
}

// Now is the time on the clock of Odoo.
func (b *Backend) Now() time.Time {
	b.Lock()
	defer b.Unlock()
	return b.Time
}

// Pass lets time pass.
func (b *Backend) Pass(d time.Duration) {
	b.Lock()
	defer b.Unlock()
	b.Time = b.Time.Add(d)
}

// Entries returns all entries by ascending id.
func (b *Backend) Entries() []crm.Entry {
	b.Lock()
	defer b.Unlock()
	return b.EntriesInCall()
}

// EntriesInCall is [Backend.Entries] for the function of a [Process.Call], which
// holds the lock.
func (b *Backend) EntriesInCall() []crm.Entry {
	list := make([]crm.Entry, len(b.ordered))
	for i, e := range b.ordered {
		list[i] = e.Entry
	}
	return list
}

// Stored returns all entries as Odoo stores them, by ascending id.
func (b *Backend) Stored() []StoredEntry {
	b.Lock()
	defer b.Unlock()
	list := make([]StoredEntry, len(b.ordered))
	for i, e := range b.ordered {
		list[i] = *e
	}
	return list
}

// Notes returns the entries that are no reminders, as kind, opportunity and body.
func (b *Backend) Notes() []string {
	var list []string
	for _, e := range b.Stored() {
		if e.Key.Kind != crm.Reminder {
			list = append(list, fmt.Sprintf("%s %d: %s", e.Key.Kind, e.On, e.Body))
		}
	}
	return list
}

// Entry returns the entry with the key's external id.
func (b *Backend) Entry(key crm.Key) (StoredEntry, bool) {
	b.Lock()
	defer b.Unlock()
	e, ok := b.entries[key.ExternalID()]
	if !ok {
		return StoredEntry{}, false
	}
	return *e, true
}

// ChangeEntry changes the entry with the key's external id, as somebody may do in
// Odoo.
func (b *Backend) ChangeEntry(key crm.Key, how func(*StoredEntry)) {
	b.Lock()
	defer b.Unlock()
	how(b.entries[key.ExternalID()])
}

// Delete deletes the entry with the key's external id.
func (b *Backend) Delete(key crm.Key) {
	b.Lock()
	defer b.Unlock()
	if e, ok := b.entries[key.ExternalID()]; ok {
		b.remove(e)
	}
}

// DeleteEntries deletes all entries.
func (b *Backend) DeleteEntries() {
	b.Lock()
	defer b.Unlock()
	clear(b.entries)
	b.ordered = nil
}

func (b *Backend) remove(e *StoredEntry) {
	delete(b.entries, e.ExternalID)
	b.ordered = slices.DeleteFunc(b.ordered, func(other *StoredEntry) bool { return other == e })
}

// AddClaims adds the claims of reminders, made so long ago by a run that died.
func (b *Backend) AddClaims(token string, ago time.Duration, on ...crm.OpportunityID) {
	b.Lock()
	defer b.Unlock()
	for _, id := range on {
		key := Reminder(id)
		if _, err := b.store(key.ExternalID(), key.MessageID(token, Domain), "", id, ""); err == nil {
			e := b.entries[key.ExternalID()]
			e.At = e.At.Add(-ago)
		}
	}
}

// store makes an entry unless its external id has one, as Odoo's import does.
func (b *Backend) store(externalID, messageID, subject string, on crm.OpportunityID, body string) (crm.Entry, error) {
	if b.Deleted[on] {
		return crm.Entry{}, errors.New("Record does not exist or has been deleted.") //nolint:revive,staticcheck // Odoo says it so.
	}
	if e, ok := b.entries[externalID]; ok {
		return e.Entry, nil
	}
	b.Last++
	key, token, _ := crm.ParseMessageID(messageID)
	e := &StoredEntry{
		Entry:      crm.Entry{ID: b.Last, Key: key, On: on, Token: token, MessageID: messageID, Subject: subject, At: b.Time},
		ExternalID: externalID, Body: body,
	}
	b.entries[externalID] = e
	b.ordered = append(b.ordered, e)
	return e.Entry, nil
}

// Classify classifies the unconfirmed claims of reminders as a run does that
// comes now, on a host that knows what local says.
func (b *Backend) Classify(local func(crm.Entry) ledger.LocalStatus) ledger.Verdicts {
	var pending []crm.Entry
	settled := map[string]crm.EntryID{}
	all := b.Entries()
	for _, e := range all {
		switch {
		case e.Key.Kind != crm.Reminder:
		case e.Confirmed:
			settled[e.Token] = max(settled[e.Token], e.ID)
		default:
			pending = append(pending, e)
		}
	}
	noted := func(e crm.Entry) bool { return e.NotedUncertain(all) }
	return ledger.Classify(pending, settled, noted, local, b.Now())
}
