package archive

import (
	"cmp"
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// pageGrace is for how long a page that is being archived may go on after the run was
// told to stop.
const pageGrace = 7 * time.Second

// reader returns the next page, and nil after the last one.
type reader func(context.Context) (*page, error)

// archivePages archives what is due, page by page.
func (a *Run) archivePages(ctx context.Context, scope crm.Scope, recovery openArchivings, answered []reopening) error {
	next, err := a.reader(ctx, scope, recovery, answered)
	if err != nil {
		return err
	}
	grace, done := ledger.Grace(ctx, pageGrace)
	defer done()
	if a.OneByOne || a.Warnings != nil { // Mails leave soon after their page was read.
		return a.oneAfterAnother(ctx, grace, next)
	}
	return a.overlapping(ctx, grace, next)
}

// reader reads pages that grow while Odoo answers fast.
func (a *Run) reader(ctx context.Context, scope crm.Scope, recovery openArchivings, answered []reopening) (reader, error) {
	a.size.Begin(cmp.Or(a.firstSize, a.PageSize()))
	pager, err := a.Pager(ctx, scope, a.size.Next)
	more := true
	return func(ctx context.Context) (*page, error) {
		for more {
			var list []crm.Opportunity
			var err error
			if list, more, err = pager(ctx); err != nil {
				return nil, err
			}
			list = slices.DeleteFunc(list, func(o crm.Opportunity) bool { return isAmong(answered, o.ID) })
			if len(list) == 0 {
				continue
			}
			records, err := a.records(ctx, list, recovery)
			if err != nil {
				return nil, err
			}
			return &page{records: records}, nil
		}
		return nil, nil
	}, err
}

// oneAfterAnother archives pages so that each call follows the answer to the last one.
func (a *Run) oneAfterAnother(ctx, grace context.Context, next reader) error {
	for {
		p, err := next(ctx)
		if err != nil || p == nil {
			return err
		}
		if err = a.begin(ctx, p); err == nil {
			err = a.claim(grace, p)
		}
		if err == nil {
			err = a.carryOut(grace, p)
		}
		a.end(p, err)
		a.size.Took(p.claims, p.took)
		if err = cmp.Or(err, context.Cause(ctx)); err != nil {
			return err
		}
		if err := a.mailWarnings(ctx, warnAtOnce); err != nil {
			return err
		}
	}
}

// overlapping archives a page, and reads the next but one, while the next page is
// claimed: two calls to Odoo are under way at most. If a page cannot be finished, or the
// run is told to stop, the claims of the next one are given back.
func (a *Run) overlapping(ctx, grace context.Context, next reader) error {
	ahead, reading := next(ctx)
	for before := (*page)(nil); before != nil || ahead != nil; {
		p := ahead
		ahead = nil
		err := a.begin(ctx, p)
		readOn := p != nil && err == nil && reading == nil
		finished := make(chan error, 1)
		go func() {
			finished <- caught(func() error {
				err := a.carryOut(grace, before)
				if err == nil && readOn {
					ahead, reading = next(ctx)
				}
				return err
			})
		}()
		if err == nil {
			err = caught(func() error { return a.claim(grace, p) })
		}
		var finishing error
		select {
		case finishing = <-finished:
		case <-ctx.Done():
			a.release(grace, p)
			finishing = <-finished
		}
		a.end(before, finishing)
		if stop := cmp.Or(finishing, err, context.Cause(ctx)); stop != nil {
			a.release(grace, p)
			a.end(p, err)
			return stop
		}
		if p != nil {
			a.size.Took(p.claims, p.took)
		}
		before = p
	}
	return reading
}

// caught does something, and makes an error of a panic.
func caught(do func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &ledger.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return do()
}
