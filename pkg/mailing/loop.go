package mailing

import (
	"cmp"
	"context"
	"errors"
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

// Loop mails pages of what was read from Odoo. What could not be begun while
// its page was fresh is read, planned and claimed again.
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

	// held says that the rate kept some of the last mails from being begun in time.
	held bool
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

// Mail sends and confirms the mails of one page, which was read after readAt.
// Mails that were not begun in time are planned again, as many at once as could be
// begun before and a batch more. Every planned record gets an outcome, even if an
// error ends the run.
func (l *Loop[T]) Mail(ctx context.Context, page []T, readAt time.Time) error {
	var next, waiting []Outgoing[T]
	for attempts := 0; ; {
		planned, err := l.Plan(ctx, page)
		if err != nil {
			return l.skipRest(slices.Concat(next, waiting), err)
		}
		late, begun, err := l.send(ctx, planned, readAt.Add(MaxAge))
		waiting = append(late, waiting...)
		if err != nil || len(waiting) == 0 {
			return l.skipRest(waiting, err)
		}
		if begun == 0 && len(late) > 0 && !l.held {
			attempts++
		}
		if attempts == MaxAttempts {
			l.giveUp(waiting)
			return nil
		}
		next = waiting[:min(begun+ledger.BatchSize, len(waiting))]
		waiting = waiting[len(next):]
		if err = l.Courier.WaitForRate(ctx); err == nil {
			readAt, err = l.ReadAt(ctx)
		}
		if err == nil {
			page, err = l.Again(ctx, next)
		}
		if err != nil {
			return l.skipRest(slices.Concat(next, waiting), err)
		}
	}
}

// NotBegun says why a mail is left to the next run after [MaxAttempts].
func NotBegun() string {
	return fmt.Sprintf("not begun in %d attempts: Odoo answers too slowly", MaxAttempts)
}

// giveUp reports what is left to the next run.
func (l *Loop[T]) giveUp(waiting []Outgoing[T]) {
	for _, o := range waiting {
		o.Item.Outcome, o.Item.Error = report.Failed, NotBegun()
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

// send mails what was planned. It returns the mails whose turn did not come, and
// how many were begun.
func (l *Loop[T]) send(ctx context.Context, planned []Outgoing[T], freshUntil time.Time) (late []Outgoing[T], begun int, err error) {
	ready, open, err := l.compose(ctx, planned)
	if err != nil || len(ready) == 0 {
		return slices.Concat(ready, open), 0, err
	}
	if err := l.BeforeWrite(ctx); err != nil {
		return ready, 0, err
	}
	mails := make([]ledger.Mail, len(ready))
	for i, o := range ready {
		mails[i] = o.Mail
	}
	results, err := l.Courier.Deliver(ctx, mails, freshUntil)
	l.held = slices.ContainsFunc(results, func(r ledger.Result) bool { return errors.Is(r.Err, ledger.ErrRate) })
	for i, result := range results {
		if err == nil && result.Outcome == ledger.NotBegun && (errors.Is(result.Err, ledger.ErrStale) || errors.Is(result.Err, ledger.ErrClaimOld)) {
			late = append(late, ready[i])
			l.Taken--
			continue
		}
		if l.Begun != nil {
			l.Begun(ready[i])
		}
		l.Report(withResult(l.Base, ready[i].Item, result))
	}
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return late, len(ready) - len(late), err
}

// compose makes the mails that the run's limit permits, and reports the others. A
// mail that cannot be made leaves its place to the next one. With an error, the
// mails in open have no outcome yet.
func (l *Loop[T]) compose(ctx context.Context, planned []Outgoing[T]) (ready, open []Outgoing[T], err error) {
	for len(planned) > 0 {
		if open, planned = l.admit(planned); len(open) == 0 {
			return ready, nil, nil
		}
		if err := l.Compose(ctx, open); err != nil {
			return ready, slices.Concat(open, planned), err
		}
		for _, o := range open {
			if o.Item.Outcome == "" {
				ready = append(ready, o)
				continue
			}
			l.Taken--
			l.Report(o.Item)
		}
	}
	return ready, nil, nil
}

// admit takes mails until the run's limit is reached, and reports those that are
// not to be sent. The rest waits for places to become free; without any taken,
// it is over the limit.
func (l *Loop[T]) admit(planned []Outgoing[T]) (admitted, rest []Outgoing[T]) {
	for i, o := range planned {
		if o.Planned() && l.LimitReached() {
			if len(admitted) > 0 {
				return admitted, planned[i:]
			}
			o.Item.Reason = crm.OverLimit
		}
		if !o.Planned() {
			o.Item.Outcome = cmp.Or(o.Item.Outcome, report.Skipped)
			l.Report(o.Item)
			continue
		}
		l.Taken++
		admitted = append(admitted, o)
	}
	return admitted, nil
}
