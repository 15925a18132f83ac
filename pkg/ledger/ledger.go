// Package ledger sees to it that each mail leaves once, whatever happens.
//
// The ledger itself lives in Odoo: a mail is claimed as an entry in its
// opportunity's chatter, sent, and then confirmed there. Who claims first wins;
// Odoo's external ids make that atomic. The contract, on which Sort relies:
//
//   - A run claims a batch, reads back which claims are its own, and sends in
//     ascending order of entry ids, Window mails at a time.
//   - A window is settled before the next begins: each of its claims is
//     confirmed (sent), released (surely not sent), noted as refused and
//     released, or noted as uncertain.
//   - A claim is alive for Life by Odoo's clock; no DATA command begins later
//     than LastData after it. So a claim that is dead and not settled is surely
//     unsent, unless it is in the one window that its run had in hand.
//
// What can't be known from outside stays uncertain, and is never mailed again
// without a person's decision.
package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

const (
	// Life is for how long after it was made, by Odoo's clock, a claim keeps
	// everybody else away.
	Life = 15 * time.Minute
	// LastData is the age of a claim after which its mail is not begun. What
	// lies between it and Life is room for the server's last reply.
	LastData = 10 * time.Minute
	// Window is how many mails can have left without being confirmed.
	Window = 20
)

// Mail is one mail, ready to leave: nothing about it can fail any more
// through a fault of ours.
type Mail struct {
	Key crm.Key
	// MessageID is that of Raw; see crm.FormatMessageID.
	MessageID string
	// Subject, Body (HTML), From and ReplyTo are what the chatter shows of it.
	Subject string
	Body    string
	From    string
	ReplyTo string
	// Language is the salesperson's, for notes about this mail.
	Language string
	Envelope mail.Envelope
	// Raw is the mail as it goes over the wire.
	Raw []byte
}

// Claim is the row that claims a mail: the entry that Odoo makes of it.
type Claim struct {
	Key       crm.Key
	MessageID string
	Subject   string
	Body      string
	From      string
	ReplyTo   string
}

// Claimed is what stands in Odoo for a Claim: the first claimant's entry.
type Claimed struct {
	Entry crm.Entry
	// Err is set when the row was refused, as for a deleted opportunity.
	Err error
}

// Note is an internal note on an opportunity. ExternalID makes it exist once.
type Note struct {
	ExternalID string
	On         crm.OpportunityID
	MessageID  string
	// Body is HTML.
	Body string
}

// Book is the ledger's place in Odoo. All of its calls may be repeated: the
// same rows lead to the same state.
type Book interface {
	// Claim makes the entries that do not exist yet, and returns for each
	// row the entry that stands there now, in the order of the rows.
	Claim(ctx context.Context, rows []Claim) ([]Claimed, error)
	// Confirm marks entries as sent.
	Confirm(ctx context.Context, ids []crm.EntryID) error
	// Unconfirmed returns those of the entries that are not there as sent:
	// Odoo confirms the writing of a deleted entry, too.
	Unconfirmed(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error)
	// Release deletes claims of mails that did not leave.
	Release(ctx context.Context, ids []crm.EntryID) error
	// Note writes notes, each once, and tells which of them are the caller's.
	Note(ctx context.Context, notes []Note) ([]bool, error)
	// Now is Odoo's clock.
	Now() time.Time
}

// Sender hands a mail to the mail server. It calls begin immediately before
// the DATA command and does not send when that returns an error.
type Sender interface {
	// Send hands one mail over. Copies that were refused are returned with
	// the server's words; an error of the server is a DeliveryError.
	Send(ctx context.Context, env mail.Envelope, raw []byte, begin func() error) (refusedCC []string, err error)
}

// NewToken returns a run's token: the part of its Message-IDs by which it
// tells its own claims from others'.
func NewToken() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // Never fails; see crypto/rand.
	return hex.EncodeToString(b[:])
}
