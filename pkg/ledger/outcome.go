package ledger

import (
	"errors"

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
	// Refused mails did not leave because the server refused the client.
	Refused
	// Uncertain mails may have left.
	Uncertain
	// Lost claims went to another run, which has sent the mail or is about to.
	Lost
	// Rejected claims were refused by Odoo, for example because the
	// opportunity was deleted.
	Rejected
	// OutOfTurn mails were not begun because another one has the client's turn.
	OutOfTurn
)

// Result says how one mail ended.
type Result struct {
	Outcome Outcome
	// Err explains every outcome but Sent, Lost and OutOfTurn.
	Err error
	// Done tells that the mail of a Lost claim has left.
	Done bool
	// TurnOf is the opportunity that has the turn of an OutOfTurn mail's client.
	TurnOf crm.OpportunityID
	// RefusedCC holds the copies that the server refused, with its words.
	RefusedCC []string
}

// ErrReleased says that the entry of a claim was there when the claim was made, and
// gone when it was read back: the run that had it gave it up, or somebody deleted it.
var ErrReleased = errors.New("another run gave its claim up meanwhile, or somebody deleted it")

// Reasons why a mail was not begun.
var (
	// ErrStale says that what was read from Odoo is too old to act on.
	ErrStale = errors.New("the opportunity was read too long ago")
	// ErrClaimOld says that the claim is as old as SendDeadline.
	ErrClaimOld = errors.New("the claim is too old")
	// ErrStopped says that the run could not go on.
	ErrStopped = errors.New("the run stopped")
)

// Failure is what a [DeliveryError] says about the mail.
type Failure int

// The failures.
const (
	// FailureMail says that this mail surely did not leave, and not why others
	// should fare better.
	FailureMail Failure = iota
	// FailureUnknown says that the mail may have left.
	FailureUnknown
	// FailureClient says that the server does not accept mail for the client.
	FailureClient
	// FailureClientForNow says that the server does not accept mail for the
	// client now, but may do so later.
	FailureClientForNow
	// FailureServer says that the server would refuse every mail.
	FailureServer
	// FailureClientPerhaps says that the server refused the client's address
	// without a word about why. What it says to others decides; see
	// [Courier.Deliver].
	FailureClientPerhaps
	// FailureSender says that the server refused the client's address because
	// of the sender, a limit or a policy.
	FailureSender
)

// DeliveryError is an error of a [Sender] that says something about the mail.
type DeliveryError interface {
	error
	// Failure returns what it says.
	Failure() Failure
	// Words returns what the server said, without what is another one's from
	// client to client. It is empty if the server said nothing.
	Words() string
}

// notBegunError carries the reason for not beginning through the [Sender].
type notBegunError struct{ err error }

func (e *notBegunError) Error() string { return e.err.Error() }

// resultOf returns the result that a Sender's error means. If the error says
// nothing about the mail, the mail is uncertain once it was begun.
func resultOf(err error, begun bool) Result {
	if err == nil {
		return Result{Outcome: Sent}
	}
	if held, ok := errors.AsType[*notBegunError](err); ok {
		return Result{Outcome: NotBegun, Err: held.err}
	}
	d, ok := errors.AsType[DeliveryError](err)
	switch {
	case !ok && begun, ok && d.Failure() == FailureUnknown:
		return Result{Outcome: Uncertain, Err: err}
	case ok && d.Failure() == FailureClient:
		return Result{Outcome: Refused, Err: err}
	default:
		return Result{Outcome: Failed, Err: err}
	}
}
