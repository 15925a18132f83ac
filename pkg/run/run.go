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
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Pipeline is where opportunities are read from.
type Pipeline interface {
	// CountActive counts all active opportunities.
	CountActive(ctx context.Context) (int, error)
	// CountDue counts what Due would return.
	CountDue(ctx context.Context, s crm.Scope) (int, error)
	// Due returns active opportunities of the scope with an id above after,
	// by ascending id, at most limit.
	Due(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error)
	// Opportunities returns those that still exist, archived ones included.
	Opportunities(ctx context.Context, ids []crm.OpportunityID) ([]crm.Opportunity, error)
	// DueMailboxes returns to which addresses mails about opportunities of the scope
	// with an id above after would go, empty for none, and reads nothing else of them:
	// of those with the lowest ids, at most limit.
	DueMailboxes(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) (map[crm.OpportunityID]string, error)
	// Mailboxes returns the same of those of the ids that exist, archived ones included.
	Mailboxes(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID]string, error)
}

// Directory is where people and companies are read from. Ids that do not
// exist are missing in the answer.
type Directory interface {
	// Salespeople returns users, deactivated ones included.
	Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error)
	// Contacts returns contacts, archived ones included, and of each whether it is on
	// Odoo's mail blacklist, if that is wanted.
	Contacts(ctx context.Context, ids []crm.ContactID, blacklist bool) (map[crm.ContactID]crm.Contact, error)
	// Companies returns the user's companies.
	Companies(ctx context.Context, ids []crm.CompanyID) (map[crm.CompanyID]crm.Company, error)
	// OptOuts returns the opt-outs of mailboxes, by [crm.CanonicalMailbox].
	OptOuts(ctx context.Context, mailboxes []string) (map[string]crm.OptOut, error)
}

// Chatter is where an opportunity's history is read from.
type Chatter interface {
	// History returns our entries and the incoming messages of opportunities and,
	// unless since is zero, what the company's people wrote to clients from then on,
	// which only its author tells from the incoming.
	History(ctx context.Context, ids []crm.OpportunityID, since time.Time) (map[crm.OpportunityID][]crm.Entry, map[crm.OpportunityID][]crm.Message, error)
	// Outgoing returns the messages that the company's people wrote to
	// clients, without ours.
	Outgoing(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Message, error)
	// Turns returns the turns that clients, by their tokens, took since.
	Turns(ctx context.Context, clients []string, since time.Time) ([]crm.TakenTurn, error)
	// OpenClaims returns every unconfirmed entry of a kind, the opportunities with
	// a message that has its form and is not ours, and the mails of clients since a
	// time; none for a zero time.
	OpenClaims(ctx context.Context, kind crm.EntryKind, since time.Time) (crm.Pending, error)
	// Settled returns, for each token, its highest confirmed entry above from.
	Settled(ctx context.Context, tokens []string, from crm.EntryID) (map[string]crm.EntryID, error)
}

// Plans is where it is read what people have planned with clients.
type Plans interface {
	// Activities returns the open activities of opportunities.
	Activities(ctx context.Context, ids []crm.OpportunityID) (map[crm.OpportunityID][]crm.Activity, error)
	// Meetings returns when meetings with clients begin, of those that begin at from
	// or later, and before until.
	Meetings(ctx context.Context, ids []crm.OpportunityID, from, until time.Time) (map[crm.OpportunityID][]time.Time, error)
	// Bodies returns the HTML of messages; what cannot be read is empty.
	Bodies(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]string, error)
}

// Odoo is what all runs read. It has many methods because [Base] passes it to
// every part of a run, which declares what it needs of it.
type Odoo interface {
	Pipeline
	Directory
	Chatter
	Plans
}

// Guard stops a run that would touch more than MaxRecords records and more
// than MaxShare of all active opportunities. A zero switches it off.
type Guard struct {
	MaxRecords int
	MaxShare   float64
	// Overruled is set if a person said to go on.
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

// Selection narrows a run down.
type Selection struct {
	// Only names the opportunities to look at, in or out of scope.
	Only []crm.OpportunityID
	// Limit is how many records may be touched; 0 is no limit.
	Limit int
	Shard crm.Shard
}

// Has tells whether the run may touch an opportunity to whose client, if they have an
// address, mails go there.
func (s Selection) Has(id crm.OpportunityID, mailbox string) bool {
	return s.names(id) && s.Shard.Has(id, mailbox)
}

// names tells whether the opportunity is one of those that were asked for by id, if
// some were.
func (s Selection) names(id crm.OpportunityID) bool {
	return len(s.Only) == 0 || slices.Contains(s.Only, id)
}

// Sink takes the items of a run's report, one by one.
type Sink interface {
	// Item takes one item; an error does not end the run.
	Item(item report.Item) error
}

// ErrFailures says that a run was completed, and some of its records failed.
var ErrFailures = errors.New("some records failed")

// Base is what every one-shot run has.
type Base struct {
	Odoo   Odoo
	Select Selection
	Guard  Guard
	// Now is the instant that the run plans for.
	Now time.Time
	// DryRun says that nothing is written; the report says what is planned.
	DryRun bool
	// Begin is called before each write to Odoo that may be the first.
	Begin func(ctx context.Context) error
	// CompareClocks returns an error if the ages of entries are not to be
	// trusted; see [Base.TrustAges]. It is nil in a dry run.
	CompareClocks func(ctx context.Context) error
	// Behind returns by how much what is read from Odoo may be older than now; nil
	// means that it is not.
	Behind func(ctx context.Context) (time.Duration, error)
	Sink   Sink
	// Recorder records the run in Odoo; nil for a run that is not recorded.
	Recorder *history.Recorder
	Log      *slog.Logger
	// Company is used for opportunities without one.
	Company crm.CompanyID
	// Bulk says that pages are of BulkSize.
	Bulk bool
	// Rate is how many mails a minute the run may begin; 0 for any number.
	Rate int
	// OneByOne says that no call is made before the last one was answered. Otherwise a
	// page is read while the mails of the page before go out.
	OneByOne bool
	// OptOut are the tags of opportunities about which nobody is mailed.
	OptOut []crm.TagID
	// Holds says what to look for that holds reminders back; nil is nothing.
	Holds *Holds
	// MayMail tells whether a mail to the client may be due, of a record whose contact and
	// opt-outs are not known yet; these are not read of others. Nil means that one may be
	// due of each.
	MayMail func(r crm.Record) bool
	// Asked are the opt-outs that this run found in mails, by
	// [crm.CanonicalMailbox]. They count before they are written.
	Asked map[string]crm.OptOut

	// later are items for opportunities of which the run may report something else.
	later []report.Item

	failed  int
	sinkErr error
	Taken   int
	// first is the first page of the scope, if the guard has read it.
	first *firstPage
	// part are the opportunities of the run's part, once they are known; see [Base.mine].
	part *[]crm.OpportunityID
}

// ReportLater reports an item at the end of the run, unless the run reports another one
// about its opportunity.
func (b *Base) ReportLater(item report.Item) { b.later = append(b.later, item) }

// Report passes an item on. If it cannot be written, the run goes on, and
// [Base.End] returns the first error.
func (b *Base) Report(item report.Item) {
	if item.Outcome == report.Failed {
		b.failed++
	}
	b.later = slices.DeleteFunc(b.later, func(l report.Item) bool { return l.Opportunity == item.Opportunity })
	b.Recorder.Remember(item)
	if err := b.Sink.Item(item); err != nil && b.sinkErr == nil {
		b.sinkErr = err
	}
}

// Failure returns an error with its hint, in one line, for an item of the report.
func Failure(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return err.Error() + " (" + h.Hint() + ")"
	}
	return err.Error()
}

// BeforeWrite is called before each write that is about records. What the guard has
// read is then read again.
func (b *Base) BeforeWrite(ctx context.Context) error {
	b.first = nil
	b.Recorder.BeforeWrite()
	return b.Begin(ctx)
}

// TrustAges is called before anything is done because a claim of another run is
// too old to be alive. An error means that nobody can tell how old it is.
func (b *Base) TrustAges(ctx context.Context) error {
	if b.CompareClocks == nil {
		return nil
	}
	return b.CompareClocks(ctx)
}

// End returns the result of a run that was not ended early.
func (b *Base) End() error {
	for len(b.later) > 0 {
		b.Report(b.later[0])
	}
	if b.failed > 0 {
		return errors.Join(ErrFailures, b.sinkErr)
	}
	return b.sinkErr
}

// LimitReached tells whether the run has reached its limit.
func (b *Base) LimitReached() bool { return b.Select.Limit > 0 && b.Taken >= b.Select.Limit }

// GuardDue is [Base.CheckGuard] for the records of a scope. It reads the scope's first
// page, which [Base.Pages] then visits, also where Among narrows the scope; a run that
// takes a part of the scope, which part that is. Touched tells how many of a page the
// run would touch.
func (b *Base) GuardDue(ctx context.Context, scope crm.Scope, touched func([]crm.Opportunity) (int, error)) error {
	if b.unguarded() {
		return nil
	}
	due, err := b.readDue(ctx, scope)
	if err != nil {
		return err
	}
	return b.CheckGuard(ctx, due, func() (int, error) {
		defer func() { b.first = nil }() // To count them may take long.
		total := 0
		err := b.Pages(ctx, scope, func(page []crm.Opportunity) error {
			n, err := touched(page)
			total += n
			return err
		})
		return total, err
	})
}

// readDue returns how many opportunities of the scope the run may touch.
func (b *Base) readDue(ctx context.Context, scope crm.Scope) (int, error) {
	if !b.Select.Shard.All() {
		mine, err := b.mine(ctx, scope)
		return len(mine), err
	}
	if b.MailPage() == b.PageSize() {
		page, err := b.Odoo.Due(ctx, scope, 0, b.PageSize())
		if err != nil {
			return 0, fmt.Errorf("read due opportunities: %w", err)
		}
		b.first = &firstPage{page, len(page) < b.PageSize()}
		if b.first.whole {
			return len(page), nil
		}
	}
	due, err := b.Odoo.CountDue(ctx, scope)
	if err != nil {
		return 0, fmt.Errorf("count due opportunities: %w", err)
	}
	return due, nil
}

// CheckGuard stops a run that would touch unusually many records, with a
// [GuardError], before its first write. They are counted exactly only when there
// may be so many that it matters.
func (b *Base) CheckGuard(ctx context.Context, atMost int, exactly func() (int, error)) error {
	if b.unguarded() || b.Guard.permits(atMost) {
		return nil
	}
	total, err := exactly()
	if b.Select.Limit > 0 {
		total = min(total, b.Select.Limit)
	}
	if err != nil || b.Guard.permits(total) {
		return err
	}
	active, err := b.Odoo.CountActive(ctx)
	if err != nil {
		return fmt.Errorf("count active opportunities: %w", err)
	}
	if float64(total) <= b.Guard.MaxShare*float64(active) {
		return nil
	}
	return &GuardError{Records: total, Active: active, Guard: b.Guard}
}

// unguarded tells whether the guard has nothing to say: the run writes nothing,
// somebody named its records, or its limit is low enough.
func (b *Base) unguarded() bool {
	return b.DryRun || len(b.Select.Only) > 0 || b.Select.Limit > 0 && b.Guard.permits(b.Select.Limit)
}
