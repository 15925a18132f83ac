package run

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// DryAttic reads as the Attic does and writes nothing.
type DryAttic struct {
	Attic

	Book *ledger.DryBook
}

// Claim returns each row as the caller's.
func (d DryAttic) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	return d.Book.Claim(ctx, rows)
}

// Note returns each note as the caller's.
func (d DryAttic) Note(ctx context.Context, notes []ledger.Note) ([]bool, error) {
	return d.Book.Note(ctx, notes)
}

// ConfirmNotes does nothing.
func (d DryAttic) ConfirmNotes(context.Context, []crm.EntryID) error { return nil }

// Release does nothing.
func (d DryAttic) Release(context.Context, []crm.EntryID) error { return nil }

// RestoreActivities does nothing.
func (d DryAttic) RestoreActivities(context.Context, string, []crm.Activity) ([]error, error) {
	return nil, nil
}

// Shelve does nothing.
func (d DryAttic) Shelve(context.Context, []crm.OpportunityID) error { return nil }

// Unshelve does nothing.
func (d DryAttic) Unshelve(context.Context, []crm.OpportunityID, time.Time) error { return nil }

// Keep does nothing.
func (d DryAttic) Keep(context.Context, string, []Kept) error { return nil }

// Forget does nothing.
func (d DryAttic) Forget(context.Context, string, []crm.OpportunityID) error { return nil }
