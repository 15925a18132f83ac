package mailing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// batch is a page on its way.
type batch[T any] struct {
	// planned are all its records, and ready those with a mail.
	planned, ready []Outgoing[T]
	// open have no mail yet, as an error came before it.
	open []Outgoing[T]
	// items are those of records that are not mailed; they are reported after the items
	// of the page before.
	items      []report.Item
	freshUntil time.Time

	// delivery is set when claimed is closed; claimed is nil before the claiming begins.
	delivery *ledger.Delivery
	claimed  chan struct{}
	// results are those of the mails that are ready, and err is why the run cannot go
	// on. They are set when done is closed, or the claims were released.
	results []ledger.Result
	err     error
	took    time.Duration
	done    chan struct{}
}

// release gives the claims of a page back, if it has any, of which no mail was begun. The
// error says that Odoo is lost.
func (p *batch[T]) release(ctx context.Context, why error) error {
	if p == nil || p.claimed == nil {
		return nil
	}
	if <-p.claimed; p.results == nil {
		p.results, p.err = p.delivery.Release(ctx, why)
	}
	return p.err
}

// leftover is what the mails of a page leave to do.
type leftover[T any] struct {
	// late were not begun in time; begun is how many were.
	late  []Outgoing[T]
	begun int
	// held says that the rate kept some mails from being begun in time.
	held bool
	// rewrote: see [ledger.Delivery.Rewrote].
	rewrote bool
	// err is why the run cannot go on.
	err error
}

// prepare plans and composes a page that was read after readAt. If it cannot be planned,
// open are the mails that have no outcome.
func (l *Loop[T]) prepare(ctx context.Context, page []T, readAt time.Time, open []Outgoing[T]) (*batch[T], error) {
	p := &batch[T]{freshUntil: readAt.Add(MaxAge), open: open}
	planned, err := l.Plan(ctx, page)
	if err != nil {
		return p, err
	}
	p.planned, p.open = planned, nil
	if err := l.compose(ctx, p); err != nil || len(p.ready) == 0 {
		return p, err
	}
	return p, l.BeforeWrite(ctx)
}

// claim begins to claim the mails of a page, if it has any.
func (l *Loop[T]) claim(ctx context.Context, p *batch[T]) {
	if len(p.ready) == 0 {
		return
	}
	mails := make([]ledger.Mail, len(p.ready))
	for i, o := range p.ready {
		mails[i], p.ready[i].Mail = o.Mail, ledger.Mail{}
	}
	p.claimed = make(chan struct{})
	go func() {
		defer close(p.claimed)
		p.delivery = l.Courier.Claim(ctx, mails)
	}()
}

// begin reports the records of a page that are not mailed, if there is a page, and begins
// to send the mails of the others.
func (l *Loop[T]) begin(ctx context.Context, p *batch[T]) {
	if p == nil {
		return
	}
	l.report(p)
	if p.claimed == nil {
		l.claim(ctx, p)
	}
	if p.claimed == nil {
		return
	}
	<-p.claimed // Before the next page is claimed: what is sent later is newer.
	p.done = make(chan struct{})
	p.planned, l.inHand = nil, p
	go func() {
		defer close(p.done)
		begun := l.Courier.Clock()
		p.results, p.err = p.delivery.Send(ctx, p.freshUntil)
		p.took = l.Courier.Clock().Sub(begun)
	}()
}

// finish waits for the mails in hand, if there are any, and reports them. When the run is
// told to stop meanwhile, it releases the claims of the next page at once.
func (l *Loop[T]) finish(ctx context.Context, next *batch[T]) (last leftover[T]) {
	p := l.inHand
	if p == nil {
		return last
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = next.release(ctx, context.Cause(ctx)) // Whoever reports the page has the error.
		<-p.done
	}
	l.inHand, l.slow = nil, p.took > quick
	last.held = slices.ContainsFunc(p.results, func(r ledger.Result) bool { return errors.Is(r.Err, ledger.ErrRate) })
	for i, result := range p.results {
		if p.err == nil && result.Outcome == ledger.NotBegun && (errors.Is(result.Err, ledger.ErrStale) || errors.Is(result.Err, ledger.ErrClaimOld)) {
			last.late = append(last.late, p.ready[i])
			l.Taken--
			continue
		}
		if l.Begun != nil {
			l.Begun(p.ready[i])
		}
		l.Report(withResult(l.Base, p.ready[i].Item, result))
	}
	last.begun, last.rewrote, last.err = len(p.ready)-len(last.late), p.delivery.Rewrote(), p.err
	if last.err == nil && ctx.Err() != nil {
		last.err = context.Cause(ctx)
	}
	return last
}

// report reports the records of a page that are not mailed, and those that were claimed
// and released. It returns those without an outcome; none if there is no page.
func (l *Loop[T]) report(p *batch[T]) []Outgoing[T] {
	if p == nil {
		return nil
	}
	for _, item := range p.items {
		l.Report(item)
	}
	if p.results == nil {
		return slices.Concat(p.ready, p.open)
	}
	for i, result := range p.results {
		l.Report(withResult(l.Base, p.ready[i].Item, result))
	}
	return nil
}

// compose makes the mails that the run's limit permits. A mail that cannot be made
// leaves its place to the next one. With an error, those in open have no outcome yet.
func (l *Loop[T]) compose(ctx context.Context, p *batch[T]) error {
	for planned := p.planned; len(planned) > 0; {
		if p.open, planned = l.admit(p, planned); len(p.open) == 0 {
			return nil
		}
		if err := l.Compose(ctx, p.open); err != nil {
			p.open = slices.Concat(p.open, planned)
			return err
		}
		p.ready = slices.Grow(p.ready, len(p.open))
		for _, o := range p.open {
			if o.Item.Outcome == "" {
				p.ready = append(p.ready, o)
				continue
			}
			l.Taken--
			p.items = append(p.items, o.Item)
		}
		p.open = nil
	}
	return nil
}

// admit takes mails until the run's limit is reached; those that are not to be sent have
// their items then. The rest waits for places to become free; without any taken, it is
// over the limit.
func (l *Loop[T]) admit(p *batch[T], planned []Outgoing[T]) (admitted, rest []Outgoing[T]) {
	for i, o := range planned {
		if o.Planned() && l.LimitReached() {
			if len(admitted) > 0 {
				return admitted, planned[i:]
			}
			o.Item.Reason = crm.OverLimit
		}
		if !o.Planned() {
			o.Item.Outcome = cmp.Or(o.Item.Outcome, report.Skipped)
			p.items = append(p.items, o.Item)
			continue
		}
		l.Taken++
		admitted = append(admitted, o)
	}
	return admitted, nil
}
