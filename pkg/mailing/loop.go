package mailing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

const (
	// MaxAge limits how long a run acts on what it read from Odoo. A mail begun
	// at the last moment leaves within a minute of the reading.
	MaxAge = 50 * time.Second
	// MaxAttempts is how often a run reads, plans and claims mails without
	// beginning one of them. Then it leaves them to the next run.
	MaxAttempts = 3
	// quick is how long the mails of a page may take if the next page is read meanwhile:
	// that is a part of its MaxAge.
	quick = MaxAge / 4
)

// Outgoing is a mail that a run may send.
type Outgoing[T any] struct {
	// About is what the mail is about, as its command knows it.
	About T
	// Item is its item of the report. A Reason, which planning sets, keeps
	// the mail from being sent; so does an Outcome, which both can set.
	Item report.Item
	Mail ledger.Mail
}

// Fail says why the mail cannot be made.
func (o *Outgoing[T]) Fail(err error) {
	o.Item.Outcome, o.Item.Error = report.Failed, run.Failure(err)
}

// Planned tells whether the mail is to be sent, as far as it was planned.
func (o *Outgoing[T]) Planned() bool { return o.Item.Reason == "" && o.Item.Outcome == "" }

// Loop mails pages of what was read from Odoo. While the mails of a page go out and are
// confirmed, the next page is claimed, and the one after that is read, planned and
// composed, unless calls to Odoo follow each other or mails go out slowly. What could not
// be begun while its page was fresh is read, planned and claimed again, and what was
// planned after it, too.
type Loop[T any] struct {
	*run.Base

	Courier *ledger.Courier
	// Plan reads what else is known of a page, and decides about it. It
	// reports nothing and may leave out what is not in question at all.
	Plan func(ctx context.Context, page []T) ([]Outgoing[T], error)
	// Compose makes the mails. An error ends the run.
	Compose func(ctx context.Context, list []Outgoing[T]) error
	// Begun, if it is set, is called for each mail whose turn came.
	Begun func(o Outgoing[T])
	// Again returns what is to be planned again of mails that were not begun in
	// time. It reports what is gone.
	Again func(ctx context.Context, late []Outgoing[T]) ([]T, error)

	// inHand is the page whose mails go out, and ahead the one that is being claimed
	// meanwhile; nil if there is none.
	inHand, ahead *batch[T]
	// slow says that those of the last page took so long that the next one would have
	// grown old meanwhile.
	slow bool
}

// Run mails the pages with which pages calls mail; each was read after its readAt. Every
// planned record gets an outcome, even if an error ends the run.
func (l *Loop[T]) Run(ctx context.Context, pages func(mail func(page []T, readAt time.Time) error) error) error {
	defer func() { // After a panic: what is in hand is sent and confirmed.
		l.finish(ctx, nil)
		_ = l.ahead.release(ctx, ledger.ErrStopped)
	}()
	err := pages(func(page []T, readAt time.Time) error {
		next, err := l.prepare(ctx, page, readAt, nil)
		return l.mail(ctx, next, err)
	})
	for l.inHand != nil || l.ahead != nil {
		err = l.mail(ctx, &batch[T]{}, err)
	}
	return err
}

// InHand returns the mails that go out or are claimed meanwhile, and were not reported as
// begun.
func (l *Loop[T]) InHand() []Outgoing[T] {
	var list []Outgoing[T]
	if l != nil && l.inHand != nil {
		list = append(list, l.inHand.ready...)
	}
	if l != nil && l.ahead != nil {
		list = append(list, l.ahead.ready...)
	}
	return list
}

// ReadAt is [ReadAt] for the loop's run.
func (l *Loop[T]) ReadAt(ctx context.Context) (time.Time, error) {
	return ReadAt(ctx, l.Base, l.Courier)
}

// ReadAt is a time for which what is read next holds: now, or if Odoo reads from a
// replica of its database, when that was known to be up to date. It is the wall clock's,
// which goes on while the machine is suspended.
func ReadAt(ctx context.Context, b *run.Base, c *ledger.Courier) (time.Time, error) {
	if b.Behind == nil {
		return c.Clock().Round(0), nil
	}
	behind, err := b.Behind(ctx)
	return c.Clock().Round(0).Add(-behind), err
}

// mail waits for the mails in hand, begins those of the page ahead, and claims those of
// the next page. If failed is set, it ends the run when the mails of the page ahead have
// ended, too.
func (l *Loop[T]) mail(ctx context.Context, next *batch[T], failed error) error {
	before := l.finish(ctx, l.ahead)
	ahead := l.ahead
	l.ahead = nil
	again := len(before.late) > 0 || before.rewrote
	if before.err != nil || again {
		before.err = cmp.Or(before.err, ahead.release(ctx, cmp.Or(before.err, ledger.ErrStale)))
	}
	switch {
	case before.err != nil:
		return l.skipRest(slices.Concat(before.late, l.report(ahead), l.report(next)), before.err)
	case again:
		return l.mailAgain(ctx, before, ahead, next, failed)
	}
	l.begin(ctx, ahead)
	if failed == nil && !l.slow && !l.OneByOne && l.Rate == 0 {
		if len(next.planned) > 0 {
			l.claim(ctx, next)
			l.ahead = next
		}
		return nil
	}
	last := l.finish(ctx, nil)
	if last.err = cmp.Or(last.err, failed); last.err != nil {
		return l.skipRest(slices.Concat(last.late, l.report(next)), last.err)
	}
	if err := l.retry(ctx, last); err != nil {
		return l.skipRest(l.report(next), err)
	}
	l.begin(ctx, next)
	return l.retry(ctx, l.finish(ctx, nil))
}

// mailAgain plans the mails again that a page left, and those of the pages after it, which
// hold no claims: what is claimed from now on is newer than what they were planned by.
func (l *Loop[T]) mailAgain(ctx context.Context, before leftover[T], ahead, next *batch[T], failed error) error {
	var after []Outgoing[T]
	for _, p := range []*batch[T]{ahead, next} {
		if p != nil && (p != next || failed == nil) {
			l.Taken -= len(p.ready)
			after = append(after, p.planned...)
		}
	}
	err := l.retry(ctx, before)
	if err == nil {
		after, err = nil, l.retry(ctx, leftover[T]{late: after, begun: max(before.begun, ledger.BatchSize)})
	}
	if failed != nil {
		after = append(after, l.report(next)...)
	}
	return l.skipRest(after, cmp.Or(err, failed))
}

// retry plans the mails again that were not begun in time, as many at once as could be
// begun before and a batch more.
func (l *Loop[T]) retry(ctx context.Context, last leftover[T]) error {
	waiting := last.late
	for attempts := 0; ; {
		if last.err != nil || len(waiting) == 0 {
			return l.skipRest(waiting, last.err)
		}
		if last.begun == 0 && len(last.late) > 0 && !last.held {
			attempts++
		}
		if attempts == MaxAttempts {
			l.giveUp(waiting)
			return nil
		}
		next := waiting[:min(last.begun+ledger.BatchSize, len(waiting))]
		waiting = waiting[len(next):]
		last = l.again(ctx, next)
		waiting = slices.Concat(last.late, waiting)
	}
}

// again reads, plans and mails once more.
func (l *Loop[T]) again(ctx context.Context, late []Outgoing[T]) leftover[T] {
	var readAt time.Time
	err := l.Courier.WaitForRate(ctx)
	if err == nil {
		readAt, err = l.ReadAt(ctx)
	}
	var page []T
	if err == nil {
		page, err = l.Again(ctx, late)
	}
	if err != nil {
		return leftover[T]{late: late, err: err}
	}
	next, err := l.prepare(ctx, page, readAt, late)
	if err != nil {
		return leftover[T]{late: l.report(next), err: err}
	}
	l.begin(ctx, next)
	return l.finish(ctx, nil)
}

// NotBegun says why a mail is left to the next run after [MaxAttempts].
func NotBegun() string {
	return fmt.Sprintf("not begun in %d attempts: Odoo answers too slowly", MaxAttempts)
}

// giveUp reports what is left to the next run.
func (l *Loop[T]) giveUp(waiting []Outgoing[T]) {
	for _, o := range waiting {
		o.Item.Outcome, o.Item.Reason, o.Item.Error = report.Failed, "", NotBegun()
		l.Report(o.Item)
	}
}

// skipRest reports the mails that the end of the run prevents.
func (l *Loop[T]) skipRest(waiting []Outgoing[T], err error) error {
	for _, o := range waiting {
		o.Item.Outcome, o.Item.Reason = report.Skipped, crm.Interrupted
		l.Report(o.Item)
	}
	return err
}
