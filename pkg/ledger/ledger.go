// Package ledger makes sure that each mail leaves once, whatever happens.
//
// The ledger is kept in Odoo. A mail is claimed as an entry in its opportunity's
// chatter, sent, and confirmed there. If several runs claim the same mail the
// first wins: Odoo's external ids make that atomic. [Courier.Deliver] keeps this
// contract, on which [Classify] relies:
//
//   - A run claims its mails, reads back which claims are its own, and sends in
//     ascending order of entry ids, in batches of [BatchSize].
//   - It settles a batch before the next one begins. Each claim of the batch is
//     confirmed (sent), released (surely not sent), noted as refused and
//     released, or noted as uncertain.
//   - A claim is alive for [ClaimTTL] by Odoo's clock, and no mail is handed over
//     later than [SendDeadline] after it was made. So the mail of a dead claim
//     that is not settled surely did not leave, unless it is in the one batch
//     that its run was sending.
//
// A mail may have several claims, see [Mail.More]. They are made at once, won or
// given back together, and settled together; a batch counts mails.
//
// What nobody can find out stays uncertain, and is mailed again only if a person
// decides so: see [Courier.Decide] and [Courier.Resend]. A [Journal] on the host
// of a run that died can narrow down what is uncertain.
//
// Tests use package ledgertest.
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
	// ClaimTTL is how long a claim keeps other runs away, by Odoo's clock.
	ClaimTTL = 15 * time.Minute
	// SendDeadline is the age of a claim from which on its mail is not begun.
	// The time between it and ClaimTTL is for the server's last reply.
	SendDeadline = 10 * time.Minute
	// BatchSize is how many mails can have left without being confirmed.
	BatchSize = 20
)

// Claim is the entry with which a run claims a mail. Subject, Body (HTML), From
// and ReplyTo are what the chatter shows.
type Claim struct {
	Key crm.Key
	// MessageID comes from [crm.Key.MessageID].
	MessageID string
	Subject   string
	Body      string
	From      string
	ReplyTo   string
	// Template is the name of the templates that made the mail, below templates.dir:
	// reminder-7.fr. It is empty for a note. The chatter does not show it.
	Template string
	// Turn is the client's turn that the mail takes; zero for a mail that needs none.
	Turn crm.Turn
}

// Mail is a mail that is ready to leave: nothing on our side can fail any more.
type Mail struct {
	// Claim has the Message-ID of Raw.
	Claim
	// More are further claims of the same mail, one for each opportunity that it is
	// about. The mail leaves only if its run wins all of them.
	More []Claim

	// Language is the salesperson's, for notes about this mail.
	Language string
	Envelope mail.Envelope
	// Raw is the mail as it goes over the wire.
	Raw []byte
}

// claims returns all claims of the mail.
func (m Mail) claims() []Claim { return append([]Claim{m.Claim}, m.More...) }

// Claimed is the entry that is in Odoo for a [Claim]: the first claimant's.
type Claimed struct {
	Entry crm.Entry
	// TurnOf is the opportunity that has the client's turn, if it is another one.
	TurnOf crm.OpportunityID
	// Err is why Odoo refused the row, for example because the opportunity was
	// deleted, or [ErrReleased].
	Err error
}

// Note is an internal note on an opportunity. ExternalID makes it exist once.
type Note struct {
	ExternalID string
	On         crm.OpportunityID
	MessageID  string
	// Subject is empty for most notes: see [crm.Entry].
	Subject string
	// Body is HTML.
	Body string
}

// Entries is where the ledger is kept: in Odoo. Every call may be repeated; the
// same arguments lead to the same state. It has more than five methods because
// the ages of claims only mean something by the clock of Odoo, which dates them.
type Entries interface {
	// Claim makes the entries that do not exist yet, and takes the turns that nobody
	// has. It returns, in the order of the rows, the entry that exists now for each.
	Claim(ctx context.Context, rows []Claim) ([]Claimed, error)
	// Confirm marks entries as sent.
	Confirm(ctx context.Context, ids []crm.EntryID) error
	// Unconfirmed returns the ids of entries that are not marked as sent or do
	// not exist: Odoo accepts a Confirm of a deleted entry.
	Unconfirmed(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error)
	// Release deletes the claims of mails that did not leave.
	Release(ctx context.Context, ids []crm.EntryID) error
	// Note writes the notes that do not exist yet. It tells for each whether
	// the caller's own note is there.
	Note(ctx context.Context, notes []Note) ([]bool, error)
	// Now returns the time on Odoo's clock.
	Now() time.Time
}

// Sender hands mails to a mail server, or to Odoo, which has one.
type Sender interface {
	// Send hands over one mail. It calls begin immediately before that from which
	// on the mail may leave (over SMTP the DATA command), and does not send if
	// begin returns an error. It returns the
	// copies that the server refused, with the server's words. An error that
	// says something about the mail is a [DeliveryError].
	Send(ctx context.Context, m Mail, begin func() error) (refusedCC []string, err error)
	// Takes asks whether the server takes a mail for the client, and sends none. An
	// error can also mean that the question cannot be asked.
	Takes(ctx context.Context, env mail.Envelope) error
}

// NewToken returns a new run's token: the part of its Message-IDs by which it
// recognizes its own claims.
func NewToken() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // Never fails; see crypto/rand.
	return hex.EncodeToString(b[:])
}
