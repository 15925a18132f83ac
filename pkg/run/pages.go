package run

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

const (
	// PageSize is how many records are read, claimed and kept in memory at once. All
	// mails of a page begin within 50 seconds after it was read, even if the settling
	// of each batch takes a second.
	PageSize = 250
	// BulkSize is how many they are if each call has to wait and the run mails
	// nothing. Odoo works for some seconds on a call about so many.
	BulkSize = 1000
	// MailboxesSize is of how many opportunities the addresses are read at once, by a
	// run that takes a part of them: a megabyte over XML-RPC.
	MailboxesSize = 5000
)

// PageSize returns how many records are read, changed and kept in memory at once.
func (b *Base) PageSize() int {
	if b.Bulk {
		return BulkSize
	}
	return PageSize
}

// quickly is within what time Odoo is to answer the slowest call about a page.
const quickly = time.Second

// GrowingPage is how many records are read and changed at once, as long as Odoo answers
// fast: a call about many takes less time than many calls. None of them is mailed.
type GrowingPage struct{ size, least int }

// Begin sets the size of the first page, and of the smallest one.
func (g *GrowingPage) Begin(size int) { g.size, g.least = size, size }

// Next returns the size of the next page.
func (g *GrowingPage) Next() int { return g.size }

// Took takes how long the slowest call about a page took, which was about some of its
// records. The next page has as many as such a call is quick about, and at most twice as
// many as the last one.
func (g *GrowingPage) Took(records int, slowest time.Duration) {
	if records == 0 {
		return
	}
	quick := int(int64(records) * int64(quickly) / max(1, int64(slowest)))
	g.size = min(max(g.least, quick), 2*g.size, max(g.least, BulkSize))
}

// MailPage returns how many records are read at once that are mailed then: no more than
// a minute's rate lets begin in the 50 seconds for which their reading holds.
func (b *Base) MailPage() int {
	if b.Rate == 0 {
		return b.PageSize()
	}
	return max(1, min(b.PageSize(), b.Rate*50/60))
}

// Pages calls visit with the selected opportunities, page by page; a page has at least
// one. It works on ids in ascending order, so that what the run changes moves no page.
func (b *Base) Pages(ctx context.Context, scope crm.Scope, visit func([]crm.Opportunity) error) error {
	return b.pages(ctx, scope, b.PageSize(), visit)
}

// MailPages is [Base.Pages] with pages of [Base.MailPage].
func (b *Base) MailPages(ctx context.Context, scope crm.Scope, visit func([]crm.Opportunity) error) error {
	return b.pages(ctx, scope, b.MailPage(), visit)
}

func (b *Base) pages(ctx context.Context, scope crm.Scope, size int, visit func([]crm.Opportunity) error) error {
	next, err := b.Pager(ctx, scope, func() int { return size })
	if err != nil {
		return err
	}
	for more := true; more; {
		var page []crm.Opportunity
		if page, more, err = next(ctx); err != nil {
			return err
		}
		if len(page) == 0 {
			continue
		}
		if err := visit(page); err != nil {
			return err
		}
	}
	return nil
}

// Pager returns what reads the next page of [Base.Pages], which has as many records as size
// says then, and tells whether there may be more of them.
func (b *Base) Pager(
	ctx context.Context, scope crm.Scope, size func() int,
) (func(context.Context) (page []crm.Opportunity, more bool, err error), error) {
	if len(b.Select.Only) > 0 {
		page, err := b.only(ctx)
		return func(context.Context) ([]crm.Opportunity, bool, error) { return page, false, nil }, err
	}
	if !b.Select.Shard.All() {
		mine, err := b.mineAmong(ctx, scope)
		even := size() == b.PageSize()
		return func(ctx context.Context) (page []crm.Opportunity, more bool, err error) {
			if len(mine) == 0 {
				return nil, false, nil
			}
			n := size()
			if even {
				n = evenly(len(mine), n)
			}
			scope.Among = mine[:min(n, len(mine))]
			mine = mine[len(scope.Among):]
			page, err = b.due(ctx, scope, 0, n)
			return page, len(mine) > 0, err
		}, err
	}
	after := crm.OpportunityID(0)
	return func(ctx context.Context) (page []crm.Opportunity, more bool, err error) {
		n := size()
		page, err = b.page(ctx, scope, after, n)
		if len(page) > 0 {
			after = page[len(page)-1].ID
		}
		return page, len(page) == n, err
	}, nil
}

// evenly returns the size of pages that are as full as each other, and at most a fifth
// larger than size: parts are seldom as large as so many pages, and a small page costs as
// many calls as a large one.
func evenly(records, size int) int {
	most := size + size/5
	pages := max(1, (records+most-1)/most)
	return (records + pages - 1) / pages
}

// page returns the opportunities of the scope with an id above after, at most size. The
// guard has read the first ones.
func (b *Base) page(ctx context.Context, scope crm.Scope, after crm.OpportunityID, size int) ([]crm.Opportunity, error) {
	if b.first == nil || after != 0 || len(scope.Among) > 0 && !b.first.whole {
		return b.due(ctx, scope, after, size)
	}
	notAmong := func(o crm.Opportunity) bool { return len(scope.Among) > 0 && !slices.Contains(scope.Among, o.ID) }
	page := slices.DeleteFunc(slices.Clone(b.first.page), notAmong)
	return page[:min(size, len(page))], nil
}

func (b *Base) due(ctx context.Context, scope crm.Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error) {
	page, err := b.Odoo.Due(ctx, scope, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read due opportunities: %w", err)
	}
	return page, nil
}

// firstPage is the first page of a scope; whole says that there is no other.
type firstPage struct {
	page  []crm.Opportunity
	whole bool
}

// HasRead tells whether the first page that [Base.Pages] visits was read by the guard.
func (b *Base) HasRead() bool { return b.first != nil }

// FoundNothing tells whether the guard has read that nothing is in the scope.
func (b *Base) FoundNothing() bool { return b.first != nil && b.first.whole && len(b.first.page) == 0 }

// only reads the opportunities that were asked for by id; those that do not
// exist are reported at once.
func (b *Base) only(ctx context.Context) ([]crm.Opportunity, error) {
	has, err := b.Selected(ctx, b.Select.Only)
	if err != nil {
		return nil, err
	}
	ids := slices.DeleteFunc(slices.Clone(b.Select.Only), func(id crm.OpportunityID) bool { return !has(id) })
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := b.Odoo.Opportunities(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read opportunities: %w", err)
	}
	for _, id := range ids {
		if !slices.ContainsFunc(found, func(o crm.Opportunity) bool { return o.ID == id }) {
			b.Report(report.Item{Opportunity: id, Outcome: report.Skipped, Reason: crm.Gone})
		}
	}
	return found, nil
}

// mine returns the opportunities of a scope that belong to the run's part, by ascending
// id. It reads the addresses of all, once a run: eight bytes of each that is its own
// stay in memory. Who gets another address after that stays in the part or is missing
// in all of them, and the next run finds them; a claim keeps two parts that both have
// one from mailing them twice.
func (b *Base) mine(ctx context.Context, scope crm.Scope) ([]crm.OpportunityID, error) {
	if b.part != nil {
		return *b.part, nil
	}
	scope.Among = nil
	var mine []crm.OpportunityID
	for after := crm.OpportunityID(0); ; {
		mailboxes, err := b.Odoo.DueMailboxes(ctx, scope, after, MailboxesSize)
		if err != nil {
			return nil, fmt.Errorf("read the addresses of due opportunities: %w", err)
		}
		for _, id := range slices.Sorted(maps.Keys(mailboxes)) {
			after = id
			if b.Select.Shard.Has(id, mailboxes[id]) {
				mine = append(mine, id)
			}
		}
		if len(mailboxes) < MailboxesSize {
			b.part = &mine
			return mine, nil
		}
	}
}

// mineAmong returns those of [Base.mine] that are among those of the scope, if it names
// some.
func (b *Base) mineAmong(ctx context.Context, scope crm.Scope) ([]crm.OpportunityID, error) {
	mine, err := b.mine(ctx, scope)
	if err != nil || len(scope.Among) == 0 {
		return mine, err
	}
	return slices.DeleteFunc(slices.Clone(mine), func(id crm.OpportunityID) bool { return !slices.Contains(scope.Among, id) }), nil
}

// Selected returns which of the opportunities the run may touch. A run that takes a
// part of them reads the addresses of their clients.
func (b *Base) Selected(ctx context.Context, ids []crm.OpportunityID) (func(crm.OpportunityID) bool, error) {
	if b.Select.Shard.All() {
		return b.Select.names, nil
	}
	mine := map[crm.OpportunityID]bool{}
	named := slices.DeleteFunc(crm.Distinct(ids), func(id crm.OpportunityID) bool { return !b.Select.names(id) })
	for some := range slices.Chunk(named, MailboxesSize) {
		mailboxes, err := b.Odoo.Mailboxes(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("read the addresses of opportunities: %w", err)
		}
		for _, id := range some {
			mine[id] = b.Select.Shard.Has(id, mailboxes[id])
		}
	}
	return func(id crm.OpportunityID) bool {
		its, known := mine[id]
		return its || !known && b.Select.Has(id, "") // Nobody knows the opportunity of what cannot be read.
	}, nil
}
