package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Outcome is how a mail ended.
type Outcome int

// The outcomes.
const (
	// NotBegun mails were never handed to the server; Result.Err says why.
	NotBegun Outcome = iota
	// Sent mails were accepted for the client.
	Sent
	// Failed mails surely did not leave; a later run sends them.
	Failed
	// Refused mails were refused for the client's address.
	Refused
	// Uncertain mails may have left.
	Uncertain
	// Lost claims belong to somebody else: another run has or had the mail.
	Lost
	// Rejected claims were refused by Odoo, as for a deleted opportunity.
	Rejected
)

// Result is what became of one mail.
type Result struct {
	Outcome Outcome
	// Err explains every outcome but Sent and Lost.
	Err error
	// Done tells, for a Lost claim, that the other's mail has left.
	Done bool
	// RefusedCC holds copies that the server refused, with its words.
	RefusedCC []string
}

// Reasons for not beginning a mail.
var (
	// ErrStale says that what was read from Odoo is too old to act on.
	ErrStale = errors.New("the opportunity was read too long ago")
	// ErrClaimOld says that the claim is older than LastData.
	ErrClaimOld = errors.New("the claim is too old")
	// ErrStopped says that the run could not go on.
	ErrStopped = errors.New("the run stopped")
)

// maxFailures is how many mails in a row may fail for reasons that do not
// speak of the mail itself before the run stops.
const maxFailures = 3

// DeliveryError is what a Sender's errors tell about the mail in hand.
type DeliveryError interface {
	error
	// Unknown tells that the mail can have left.
	Unknown() bool
	// ClientRefused tells that the server will not have mail for this client.
	ClientRefused() bool
	// Server tells that it is the whole server that refuses, not this mail.
	Server() bool
	// Recipient tells that the refusal speaks of a recipient, and not of the server.
	Recipient() bool
	// Temporary tells that the mail surely did not leave and may do so later.
	Temporary() bool
}

// Notes words the notes about mails that did not end well, as HTML.
type Notes interface {
	// Uncertain says that nobody can know whether the mail left.
	Uncertain(m Mail) string
	// Refused quotes the server that refused the client.
	Refused(m Mail, serverWords string) string
}

// Courier delivers mails under the ledger's contract.
type Courier struct {
	Book   Book
	Sender Sender
	Notes  Notes
	// Token is the run's, Domain the Message-ID's.
	Token  string
	Domain string
	// Connections is how many mails are in hand at once.
	Connections int
	// Clock is this host's clock, for the age of what was read.
	Clock func() time.Time
	// Journal is this host's memory; nil for none.
	Journal Journal
}

// batch is one Deliver on its way.
type batch struct {
	*Courier
	mails      []Mail
	results    []Result
	freshUntil time.Time

	mu       sync.Mutex
	failures int
	fatal    error
}

// slot is a claimed mail: its place in the batch, and its entry.
type slot struct {
	index int
	entry crm.Entry
}

// Deliver claims the mails, sends those whose claims are won and settles them.
// None is begun after freshUntil, by the Courier's clock. Every mail gets a
// Result. An error means that the run cannot go on: Odoo is lost or the mail
// server refuses everything.
func (c *Courier) Deliver(ctx context.Context, mails []Mail, freshUntil time.Time) ([]Result, error) {
	b := &batch{Courier: c, mails: mails, results: make([]Result, len(mails)), freshUntil: freshUntil}
	if len(mails) == 0 {
		return b.results, nil
	}
	inHand, release := Grace(ctx, handGrace)
	defer release()
	settling, done := Grace(ctx, settleGrace)
	defer done()
	won, err := b.claim(ctx, settling)
	if err != nil {
		for i := range b.results {
			b.results[i] = Result{Outcome: NotBegun, Err: err}
		}
		return b.results, err
	}
	var sent []slot
	for len(won) > 0 {
		window := won[:min(Window, len(won))]
		if err := b.mayBegin(ctx, window[0].entry); err != nil {
			// Nothing will be begun any more: all that is left goes back at once.
			window = won
			b.leave(window, err)
		} else {
			b.sendWindow(ctx, inHand, window)
		}
		won = won[len(window):]
		for _, s := range window {
			if b.results[s.index].Outcome == Sent {
				sent = append(sent, s)
			}
		}
		if err := b.settle(settling, window); err != nil {
			b.giveUp(won, err)
			// Best effort: what stays claimed is dead and unsent in a while.
			_ = b.release(settling, won)
			break
		}
	}
	if err := b.verify(settling, sent); err != nil {
		b.giveUp(nil, err)
	}
	return b.results, b.fatal
}

// claim claims the mails, unless the run was told to stop. A call that is cut
// off may have claimed all the same: its first window would become uncertain,
// though nothing was sent. So it may end within settling.
func (b *batch) claim(ctx, settling context.Context) ([]slot, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	rows := make([]Claim, len(b.mails))
	for i, m := range b.mails {
		rows[i] = m.claim()
	}
	claimed, err := b.Book.Claim(settling, rows)
	if err != nil {
		return nil, fmt.Errorf("claim mails in Odoo: %w", err)
	}
	var won []slot
	for i, got := range claimed {
		switch {
		case got.Err != nil:
			b.results[i] = Result{Outcome: Rejected, Err: got.Err}
		case got.Entry.MessageID != b.mails[i].MessageID:
			b.results[i] = Result{Outcome: Lost, Done: got.Entry.Confirmed}
		case got.Entry.Confirmed:
			b.results[i] = Result{Outcome: Lost, Done: true}
		default:
			won = append(won, slot{index: i, entry: got.Entry})
		}
	}
	slices.SortFunc(won, func(x, y slot) int { return cmp.Compare(x.entry.ID, y.entry.ID) })
	return won, nil
}

func (m Mail) claim() Claim {
	return Claim{
		Key: m.Key, MessageID: m.MessageID,
		Subject: m.Subject, Body: m.Body, From: m.From, ReplyTo: m.ReplyTo,
	}
}

// sendWindow sends the window's mails, in order, over all connections.
func (b *batch) sendWindow(ctx, inHand context.Context, window []slot) {
	queue := make(chan slot)
	var workers sync.WaitGroup
	for range max(1, b.Connections) {
		workers.Go(func() {
			for s := range queue {
				b.results[s.index] = b.send(ctx, inHand, s)
			}
		})
	}
	for _, s := range window {
		queue <- s
	}
	close(queue)
	workers.Wait()
}

func (b *batch) send(ctx, inHand context.Context, s slot) Result {
	begin := func() error {
		if err := b.mayBegin(ctx, s.entry); err != nil {
			return &notBegunError{err: err}
		}
		return nil
	}
	if err := begin(); err != nil {
		return outcome(err, false)
	}
	m := b.mails[s.index]
	noted, begun := false, false
	refusedCC, err := b.Sender.Send(inHand, m.Envelope, m.Raw, func() error {
		// Writing may take its time, so that the question comes after it.
		if err := b.begun(m.MessageID); err != nil {
			return b.stop(err)
		}
		noted = true
		err := begin()
		begun = err == nil
		return err
	})
	r := outcome(err, begun)
	if noted {
		b.ended(m.MessageID, r.Outcome)
	}
	r.RefusedCC = refusedCC
	b.count(r)
	return r
}

// stop ends the batch because a mail could not be noted, and so not be begun.
func (b *batch) stop(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fatal == nil {
		b.fatal = err
	}
	return &notBegunError{err: fmt.Errorf("%w: %w", ErrStopped, err)}
}

// notBegunError carries the reason for not beginning through the Sender.
type notBegunError struct{ err error }

func (e *notBegunError) Error() string { return e.err.Error() }

// outcome tells what a Sender's error means for the mail. One that says nothing
// about the mail leaves it uncertain once it was begun.
func outcome(err error, begun bool) Result {
	var d DeliveryError
	var held *notBegunError
	switch {
	case err == nil:
		return Result{Outcome: Sent}
	case errors.As(err, &held):
		return Result{Outcome: NotBegun, Err: held.err}
	case !errors.As(err, &d) && !begun:
		return Result{Outcome: Failed, Err: err}
	case d == nil || d.Unknown():
		return Result{Outcome: Uncertain, Err: err}
	case d.ClientRefused():
		return Result{Outcome: Refused, Err: err}
	default:
		return Result{Outcome: Failed, Err: err}
	}
}

// mayBegin is asked before each mail, and again immediately before its DATA.
func (b *batch) mayBegin(ctx context.Context, e crm.Entry) error {
	b.mu.Lock()
	fatal := b.fatal
	b.mu.Unlock()
	switch {
	case fatal != nil:
		return fmt.Errorf("%w: %w", ErrStopped, fatal)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case b.Clock().After(b.freshUntil):
		return ErrStale
	case !b.Book.Now().Before(e.At.Add(LastData)):
		return ErrClaimOld
	}
	return nil
}

// count stops the batch when the server refuses everything, or when too many
// mails in a row failed without a word about the mail itself. What the run cut
// off itself says nothing about the server.
func (b *batch) count(r Result) {
	if r.Outcome == NotBegun || errors.Is(r.Err, context.Canceled) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var d DeliveryError
	told := errors.As(r.Err, &d)
	if !told && r.Outcome != Uncertain || told && (d.ClientRefused() || (d.Recipient() && d.Temporary())) {
		b.failures = 0
		return
	}
	b.failures++
	if b.fatal == nil && (told && d.Server() || b.failures >= maxFailures) {
		b.fatal = r.Err
	}
}

// leave marks mails as not begun.
func (b *batch) leave(slots []slot, err error) {
	for _, s := range slots {
		b.results[s.index] = Result{Outcome: NotBegun, Err: err}
	}
}

// giveUp ends the batch; the claims in left stay as they are.
func (b *batch) giveUp(left []slot, err error) {
	b.leave(left, fmt.Errorf("%w: %w", ErrStopped, err))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fatal = errors.Join(err, b.fatal)
}
