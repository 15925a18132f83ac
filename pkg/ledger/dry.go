package ledger

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// DryBook is the ledger of a dry run: every claim is won, nothing is written.
type DryBook struct {
	Clock func() time.Time

	last atomic.Int64
}

var _ Book = (*DryBook)(nil)

// Claim returns each row as the caller's.
func (b *DryBook) Claim(_ context.Context, rows []Claim) ([]Claimed, error) {
	claimed := make([]Claimed, len(rows))
	for i, row := range rows {
		claimed[i].Entry = crm.Entry{
			ID: crm.EntryID(b.last.Add(1)), Key: row.Key, On: row.Key.Opportunity,
			MessageID: row.MessageID, At: b.Clock(),
		}
	}
	return claimed, nil
}

// Confirm does nothing.
func (b *DryBook) Confirm(context.Context, []crm.EntryID) error { return nil }

// Unconfirmed returns none.
func (b *DryBook) Unconfirmed(context.Context, []crm.EntryID) ([]crm.EntryID, error) {
	return nil, nil
}

// Release does nothing.
func (b *DryBook) Release(context.Context, []crm.EntryID) error { return nil }

// Note returns each note as the caller's.
func (b *DryBook) Note(_ context.Context, notes []Note) ([]bool, error) {
	mine := make([]bool, len(notes))
	for i := range mine {
		mine[i] = true
	}
	return mine, nil
}

// Now is the Clock.
func (b *DryBook) Now() time.Time { return b.Clock() }

// DrySender takes every mail and sends none.
type DrySender struct{}

var _ Sender = DrySender{}

// Send asks whether to begin, and does nothing.
func (DrySender) Send(_ context.Context, _ mail.Envelope, _ []byte, begin func() error) ([]string, error) {
	return nil, begin()
}
