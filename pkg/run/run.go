// Package run is the shell of each command: it reads from Odoo, lets a planner
// decide, writes the report, and carries the decisions out.
//
// A dry run is the same run with a ledger and a mail server that do nothing;
// which ones it has is decided once, by whoever builds it. A run is one shot
// and may be repeated, run at the same time elsewhere, or die at any point:
// see package ledger. Memory does not grow with the number of records.
package run

import (
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// pageSize is how many records are read, claimed and kept in memory at once.
const pageSize = 250

// freshFor is for how long what was read from Odoo may be acted on; a mail
// begun at the last moment is still within a minute of the reading.
const freshFor = 50 * time.Second

// Scope selects opportunities: those of its Windows whose step has no entry
// yet, and those in Also whatever entries they have, within the windows too.
type Scope struct {
	Windows []crm.Window
	Also    []crm.OpportunityID
}

// Pipeline is where opportunities are read from.
type Pipeline interface {
	// CountActive counts all active opportunities.
	CountActive(ctx context.Context) (int, error)
	// CountDue counts what Due would return.
	CountDue(ctx context.Context, s Scope) (int, error)
	// Due returns active opportunities of the scope with an id above after,
	// by ascending id, at most limit.
	Due(ctx context.Context, s Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error)
	// Opportunities returns those that still exist, archived ones included.
	Opportunities(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error)
}

// Directory is where people and companies are read from. Ids that do not
// exist are missing in the answer.
type Directory interface {
	Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error)
	Contacts(ctx context.Context, ids []crm.ContactID) (map[crm.ContactID]crm.Contact, error)
	Companies(ctx context.Context, ids []crm.CompanyID) (map[crm.CompanyID]crm.Company, error)
}

// Chatter is where an opportunity's history is read from.
type Chatter interface {
	// History returns our entries and the incoming messages of opportunities.
	History(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error)
	// Outgoing returns the messages that the company's people wrote to
	// clients, without ours.
	Outgoing(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error)
	// OpenClaims returns every unconfirmed reminder, and the opportunities
	// with a message that has the form of ours and is not.
	OpenClaims(ctx context.Context) (claims []crm.Entry, forged []crm.OpportunityID, err error)
	// Settled returns, for each token, its highest confirmed entry above from.
	Settled(ctx context.Context, tokens []string, from crm.EntryID) (map[string]crm.EntryID, error)
}

// Odoo is all that the reminder commands read.
type Odoo interface {
	Pipeline
	Directory
	Chatter
}

// Guard stops a run that would touch more than MaxRecords records and more
// than MaxShare of all active opportunities. A zero switches it off.
type Guard struct {
	MaxRecords int
	MaxShare   float64
	// Overruled is set when a person said to go on.
	Overruled bool
}

// GuardError says that a run would touch unusually many records.
type GuardError struct {
	Records, Active int
	Guard           Guard
}

func (e *GuardError) Error() string {
	return fmt.Sprintf("this run would touch %d of %d active opportunities; guard.max_records is %d and guard.max_share is %g",
		e.Records, e.Active, e.Guard.MaxRecords, e.Guard.MaxShare)
}

// Hint tells how to go on.
func (e *GuardError) Hint() string {
	return "look at it with --dry-run; go on with --yes, or in portions with --limit N"
}

// permits tells whether a run over that many records needs no further look.
func (g Guard) permits(records int) bool {
	return g.Overruled || g.MaxRecords == 0 || g.MaxShare == 0 || records <= g.MaxRecords
}

// Shard is the part of the records that a run takes: the Index-th of Count,
// by opportunity id. The zero value takes all.
type Shard struct {
	Index, Count int
}

// has tells whether the record belongs to the shard.
func (s Shard) has(id crm.OpportunityID) bool {
	return s.Count <= 1 || int64(id)%int64(s.Count) == int64(s.Index)
}

// Selection narrows a run down.
type Selection struct {
	// Only names the opportunities to look at, in or out of scope.
	Only []crm.OpportunityID
	// Limit is how many records may be touched; 0 is no limit.
	Limit int
	Shard Shard
}

// Sink takes the items of a run's report, one by one.
type Sink interface {
	Item(item report.Item) error
}
