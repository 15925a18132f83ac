package ledger

import (
	"context"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// DryEntries is the ledger of a dry run: every claim is won, each client has one turn
// a day, and nothing is written.
type DryEntries struct {
	Clock func() time.Time

	last  atomic.Int64
	mu    sync.Mutex
	turns map[uint64]crm.OpportunityID
}

var _ Entries = (*DryEntries)(nil)

// Claim returns the caller's own entry for each row.
func (e *DryEntries) Claim(_ context.Context, rows []Claim) ([]Claimed, error) {
	claimed := make([]Claimed, len(rows))
	for i, row := range rows {
		claimed[i].Entry = crm.Entry{
			ID: crm.EntryID(e.last.Add(1)), Key: row.Key, On: row.Key.Opportunity,
			MessageID: row.MessageID, At: e.Clock(),
		}
		claimed[i].TurnOf = e.takeTurn(row)
	}
	return claimed, nil
}

// takeTurn returns the opportunity that has the turn of a claim, if it is another one.
// It keeps a few bytes for each turn.
func (e *DryEntries) takeTurn(row Claim) crm.OpportunityID {
	if row.Turn.IsZero() {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns == nil {
		e.turns = map[uint64]crm.OpportunityID{}
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(row.Turn.ExternalID())) // Never fails; see hash.Hash.
	by, taken := e.turns[hash.Sum64()]
	if !taken {
		e.turns[hash.Sum64()] = row.Key.Opportunity
		return 0
	}
	if by == row.Key.Opportunity {
		return 0
	}
	return by
}

// Confirm does nothing.
func (e *DryEntries) Confirm(context.Context, []crm.EntryID) error { return nil }

// Unconfirmed returns none.
func (e *DryEntries) Unconfirmed(context.Context, []crm.EntryID) ([]crm.EntryID, error) {
	return nil, nil
}

// Release does nothing.
func (e *DryEntries) Release(context.Context, []crm.EntryID) error { return nil }

// Note returns true for each note.
func (e *DryEntries) Note(_ context.Context, notes []Note) ([]bool, error) {
	mine := make([]bool, len(notes))
	for i := range mine {
		mine[i] = true
	}
	return mine, nil
}

// Now returns the time on the Clock.
func (e *DryEntries) Now() time.Time { return e.Clock() }

// DrySender accepts every mail and sends none.
type DrySender struct{}

var _ Sender = DrySender{}

// Send calls begin and does nothing else.
func (DrySender) Send(_ context.Context, _ Mail, begin func() error) ([]string, error) {
	return nil, begin()
}

// Takes accepts everybody.
func (DrySender) Takes(context.Context, mail.Envelope) error { return nil }
