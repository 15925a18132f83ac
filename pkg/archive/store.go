package archive

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// Activities is where open activities are read and planned again.
type Activities interface {
	// Activities returns the open ones of opportunities, by ascending id.
	Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error)
	// ActivityTypeNames returns the names of all types of activities in a language
	// of Odoo's; nil for English, and if Odoo does not have the language.
	ActivityTypeNames(ctx context.Context, language string) (map[crm.ActivityTypeID]string, error)
	// StandingActivities returns those of the ids that Odoo still has, open
	// or done.
	StandingActivities(ctx context.Context, ids []crm.ActivityID) (map[crm.ActivityID]bool, error)
	// PlanActivities plans activities, each external id once, and notifies
	// nobody. It returns an error for each, nil unless Odoo refused it.
	PlanActivities(ctx context.Context, list []crm.PlannedActivity) ([]error, error)
}

// Archiver is where opportunities are archived and restored. Neither mails
// anybody.
type Archiver interface {
	// Archive archives opportunities. It returns why Odoo refused to archive
	// which of them; the others are archived.
	Archive(ctx context.Context, ids []crm.OpportunityID) (refused map[crm.OpportunityID]error, err error)
	// Unarchive restores opportunities, with the date of closing that they had,
	// and returns the same.
	Unarchive(ctx context.Context, ids []crm.OpportunityID, closed time.Time) (refused map[crm.OpportunityID]error, err error)
	// Written returns when those of the ids that exist were changed last, in whole
	// seconds; zero if that is not known.
	Written(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]time.Time, error)
	// ArchivedAmong returns those of the ids that are archived and have an entry
	// that looks like an archiving of ours.
	ArchivedAmong(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error)
}

// Snapshots is where an archiving run keeps what it changes. A run is named by its
// token.
type Snapshots interface {
	// SaveSnapshots writes each record once. It returns an error for each, nil
	// unless Odoo refused it.
	SaveSnapshots(ctx context.Context, token string, kept []crm.Snapshot) ([]error, error)
	// Snapshots returns what stands there. What was removed or damaged is missing.
	Snapshots(ctx context.Context, token string, ids []crm.OpportunityID) (map[crm.OpportunityID]crm.Snapshot, error)
	// DeleteSnapshots removes what a run kept for opportunities that it did not archive.
	DeleteSnapshots(ctx context.Context, token string, ids []crm.OpportunityID) error
}

// Claims is where the notes about archivings are claimed and settled, see
// [ledger.Entries].
type Claims interface {
	// Claim writes each note once, and returns what stands there.
	Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error)
	// ConfirmNotes marks claims as done; they stay internal notes.
	ConfirmNotes(ctx context.Context, ids []crm.EntryID) error
	// Release deletes claims of what was not done.
	Release(ctx context.Context, ids []crm.EntryID) error
	// Now is Odoo's clock.
	Now() time.Time
}

// Archivings is where earlier archivings, and answers to them, are found.
type Archivings interface {
	// ArchivedBy returns the archivings of a token, claims too, by ascending
	// id above after, at most limit.
	ArchivedBy(ctx context.Context, token string, after crm.EntryID, limit int) ([]crm.Entry, error)
	// LastArchiving returns the newest of all; ok is false when there is none.
	LastArchiving(ctx context.Context) (last crm.Entry, ok bool, err error)
}

// Warnings is where what keeps an opportunity after its warning is read.
type Warnings interface {
	// Colleagues returns what the company's people wrote on the opportunities of
	// warnings since these, and what answers their mails.
	Colleagues(ctx context.Context, warnings []crm.Entry) ([]crm.Colleague, error)
	// BaseURL returns where people reach Odoo, about an opportunity; it may be empty.
	BaseURL(ctx context.Context, id crm.OpportunityID) (string, error)
}

// Store is all that the archive commands need of Odoo beyond reading. It has many
// methods because [DryStore] replaces those of them that write.
type Store interface {
	Activities
	Archiver
	Snapshots
	Claims
	Archivings
	Warnings
}

// DryStore reads as its Store does and writes nothing.
type DryStore struct {
	Store

	Entries *ledger.DryEntries
}

// Claim returns each row as the caller's.
func (d DryStore) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	return d.Entries.Claim(ctx, rows)
}

// ConfirmNotes does nothing.
func (d DryStore) ConfirmNotes(context.Context, []crm.EntryID) error { return nil }

// Release does nothing.
func (d DryStore) Release(context.Context, []crm.EntryID) error { return nil }

// PlanActivities does nothing.
func (d DryStore) PlanActivities(context.Context, []crm.PlannedActivity) ([]error, error) {
	return nil, nil
}

// Archive does nothing.
func (d DryStore) Archive(context.Context, []crm.OpportunityID) (map[crm.OpportunityID]error, error) {
	return nil, nil
}

// Unarchive does nothing.
func (d DryStore) Unarchive(context.Context, []crm.OpportunityID, time.Time) (map[crm.OpportunityID]error, error) {
	return nil, nil
}

// SaveSnapshots does nothing.
func (d DryStore) SaveSnapshots(context.Context, string, []crm.Snapshot) ([]error, error) {
	return nil, nil
}

// DeleteSnapshots does nothing.
func (d DryStore) DeleteSnapshots(context.Context, string, []crm.OpportunityID) error { return nil }
