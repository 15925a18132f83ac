package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

const (
	// maxFailures is how many mails in a row may fail, without a word about the
	// client, before the run stops.
	maxFailures = 3
	// maxRefusals is how many clients in a row may be refused, for a reason that
	// may not be theirs, before it stops. If it is theirs after all, they stay due
	// and must not keep the others from being mailed.
	maxRefusals = 10
)

// Notes writes the texts, in HTML, of notes about mails that did not end well.
type Notes interface {
	// Uncertain says that nobody knows whether the mail left.
	Uncertain(m Mail) string
	// Refused quotes the server that refused the client.
	Refused(m Mail, serverWords string) string
}

// Courier delivers mails as the package comment says.
type Courier struct {
	Entries Entries
	Sender  Sender
	Notes   Notes
	// Token is the run's; see [NewToken]. Domain is for Message-IDs.
	Token  string
	Domain string
	// Connections is how many mails are sent at the same time.
	Connections int
	// Clock is this host's clock, for the age of what was read.
	Clock func() time.Time
	// Journal is nil if this host keeps none.
	Journal Journal
	// Rate is nil if mails may begin as fast as they can.
	Rate Rate

	refusals refusals
}

// delivery is the state of one [Delivery].
type delivery struct {
	*Courier
	mails      []Mail
	results    []Result
	freshUntil time.Time
	// rewrote: see [Delivery.Rewrote].
	rewrote bool

	mu sync.Mutex
	// failures and refused count the last ones in a row; see maxFailures and
	// maxRefusals. fatal is why no more mails are begun.
	failures, refused int
	fatal             error
	// doubts are the refusals for a reason that may not be the client's.
	doubts []doubt
}

// slot is a mail whose claims were won: its index among the mails, and its entries,
// in the order of its claims. The first entry is as old as the oldest.
type slot struct {
	index int
	entry crm.Entry
	// turnOf is as in [Claimed].
	turnOf crm.OpportunityID
	more   []crm.Entry
}

// entries returns all entries of the slot.
func (s slot) entries() []crm.Entry { return append([]crm.Entry{s.entry}, s.more...) }

// claim claims the mails, unless the run was told to stop. Its call goes on until
// settling ends: a call that is cut off may have claimed all the same, and then
// the first batch would become uncertain although nothing was sent.
func (d *delivery) claim(ctx, settling context.Context) ([]slot, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var rows []Claim
	for _, m := range d.mails {
		rows = append(rows, m.claims()...)
	}
	claimed, err := d.Entries.Claim(settling, rows)
	if err != nil {
		return nil, fmt.Errorf("claim mails in Odoo: %w", err)
	}
	var won []slot
	var release []crm.EntryID
	for i, m := range d.mails {
		s, mine := d.wins(i, claimed[:1+len(m.More)])
		claimed = claimed[1+len(m.More):]
		switch {
		case len(mine) == 1+len(m.More):
			won = append(won, s)
		default:
			release = append(release, mine...)
		}
	}
	if len(release) > 0 {
		if err := d.Entries.Release(settling, release); err != nil {
			return nil, fmt.Errorf("release %d claims in Odoo: %w", len(release), err)
		}
	}
	slices.SortFunc(won, func(x, y slot) int { return cmp.Compare(x.entry.ID, y.entry.ID) })
	return won, nil
}

// queue releases the claims of mails whose turn another mail has, and returns the
// others.
func (d *delivery) queue(settling context.Context, won []slot) ([]slot, error) {
	var behind []slot
	isBehind := func(s slot) bool { return s.turnOf != 0 }
	for _, s := range won {
		if isBehind(s) {
			d.results[s.index] = Result{Outcome: OutOfTurn, TurnOf: s.turnOf}
			behind = append(behind, s)
		}
	}
	won = slices.DeleteFunc(won, isBehind)
	if err := d.settle(settling, behind); err != nil {
		d.giveUp(won, err)
		_ = d.settle(settling, won) // If this fails too, the claims die and count as unsent then.
		return nil, d.fatal
	}
	return won, nil
}

// wins returns the slot of a mail, and which of its claims were won. If they are not
// all, it sets the mail's result.
func (d *delivery) wins(index int, claimed []Claimed) (slot, []crm.EntryID) {
	s, mine := slot{index: index}, []crm.EntryID(nil)
	for i, c := range d.mails[index].claims() {
		got := claimed[i]
		switch {
		case errors.Is(got.Err, ErrReleased):
			d.results[index] = Result{Outcome: Lost}
			continue
		case got.Err != nil:
			d.results[index] = Result{Outcome: Rejected, Err: got.Err}
			continue
		case got.Entry.MessageID != c.MessageID || got.Entry.Confirmed:
			d.results[index] = Result{Outcome: Lost, Done: got.Entry.Confirmed}
			continue
		}
		mine = append(mine, got.Entry.ID)
		if len(mine) == 1 {
			s.entry, s.turnOf = got.Entry, got.TurnOf
			continue
		}
		s.more = append(s.more, got.Entry)
		if got.Entry.At.Before(s.entry.At) {
			s.entry.At = got.Entry.At
		}
	}
	return s, mine
}

// sendBatch sends the batch's mails, in order, over all connections.
func (d *delivery) sendBatch(ctx, inHand context.Context, batch []slot) {
	queue := make(chan slot)
	var workers sync.WaitGroup
	for range max(1, d.Connections) {
		workers.Go(func() {
			for s := range queue {
				d.results[s.index] = d.send(ctx, inHand, s)
			}
		})
	}
	for _, s := range batch {
		queue <- s
	}
	close(queue)
	workers.Wait()
}

func (d *delivery) send(ctx, inHand context.Context, s slot) (result Result) {
	noted, begun := false, false
	defer func() {
		if value := recover(); value != nil {
			result = d.panicked(value, begun)
		}
	}()
	begin := func() error {
		if err := d.mayBegin(ctx, s.entry); err != nil {
			return &notBegunError{err: err}
		}
		return nil
	}
	err := begin()
	if err == nil {
		err = d.beginByRate(ctx)
	}
	if err != nil {
		return resultOf(err, false)
	}
	m := d.mails[s.index]
	turn := d.refusals.now()
	refusedCC, err := d.Sender.Send(inHand, m, func() error {
		d.refusals.took(turn, m.Envelope)
		// Writing may take a while, so the time is checked after it.
		if err := d.begun(m.MessageID); err != nil {
			return d.stop(err)
		}
		noted = true
		err := begin()
		begun = err == nil
		return err
	})
	d.mails[s.index].Raw = nil // Nobody needs it any more, and it is large.
	r := resultOf(err, begun)
	if noted {
		d.ended(m.MessageID, r.Outcome)
	}
	r.RefusedCC = refusedCC
	d.count(s, r)
	return r
}

// PanicError is a panic that ended what was in hand.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// panicked ends the delivery after a panic. The other mails in hand go on, and all
// claims are settled.
func (d *delivery) panicked(value any, begun bool) Result {
	err := &PanicError{Value: value, Stack: debug.Stack()}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fatal = errors.Join(err, d.fatal)
	return resultOf(err, begun)
}

// stop ends the delivery because the journal could not note a mail, which is
// therefore not begun.
func (d *delivery) stop(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fatal == nil {
		d.fatal = err
	}
	return &notBegunError{err: fmt.Errorf("%w: %w", ErrStopped, err)}
}

// mayBegin returns why a mail must not be begun. It is called before each mail,
// and again immediately before it is handed over.
func (d *delivery) mayBegin(ctx context.Context, e crm.Entry) error {
	d.mu.Lock()
	fatal := d.fatal
	d.mu.Unlock()
	switch {
	case fatal != nil:
		return fmt.Errorf("%w: %w", ErrStopped, fatal)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case d.Clock().After(d.freshUntil):
		return ErrStale
	case !d.Entries.Now().Before(e.At.Add(SendDeadline)):
		return ErrClaimOld
	}
	return nil
}

// count stops the delivery when the server refuses everything, or when too many
// mails in a row failed without a word about the client. A mail that the run
// itself cut off says nothing about the server.
func (d *delivery) count(s slot, r Result) {
	if r.Outcome == NotBegun || errors.Is(r.Err, context.Canceled) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	failure := FailureUnknown
	e, ok := errors.AsType[DeliveryError](r.Err)
	if ok {
		failure = e.Failure()
	}
	switch {
	case failure == FailureClient, failure == FailureClientForNow, !ok && r.Outcome != Uncertain:
		d.failures, d.refused = 0, 0
		return
	case failure == FailureClientPerhaps, failure == FailureSender:
		d.refused++
		d.doubts = append(d.doubts, doubt{slot: s, err: e, turn: d.refusals.refused(d.mails[s.index].Envelope.To, e)})
	default:
		d.failures++
	}
	if d.fatal == nil && (failure == FailureServer || d.failures >= maxFailures || d.refused >= maxRefusals) {
		d.fatal = r.Err
	}
}

// skip marks mails as not begun.
func (d *delivery) skip(slots []slot, err error) {
	for _, s := range slots {
		d.results[s.index] = Result{Outcome: NotBegun, Err: err}
	}
}

// giveUp ends the delivery; the claims in left stay as they are.
func (d *delivery) giveUp(left []slot, err error) {
	d.skip(left, fmt.Errorf("%w: %w", ErrStopped, err))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fatal = errors.Join(err, d.fatal)
}
