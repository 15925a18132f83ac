package ledger

import "github.com/crm-tool/crm-tool/pkg/crm"

// Fate is what this host knows about a mail of a run that is over.
type Fate int

// The fates.
const (
	// FateUnknown mails are judged by their claims in Odoo alone.
	FateUnknown Fate = iota
	// FateUnsent mails were never begun, or surely did not leave.
	FateUnsent
	// FateInHand mails were begun, and what became of them is unknown.
	FateInHand
	// FateSent mails have left.
	FateSent
)

// Journal is this host's memory of the mails that it had in hand. It narrows
// down what is uncertain after a run died; the ledger is sound without.
//
// Since a mail of which it says nothing counts as never begun, its runs must be
// over, and it must know of all that they began.
type Journal interface {
	// Begun notes that a mail is about to be begun. It is not when that fails.
	Begun(messageID string) error
	// Ended notes that a mail which was begun has left, or surely has not. For
	// one whose outcome is unknown it is not called.
	Ended(messageID string, sent bool)
	// Recall tells what became of a mail that was claimed by the run with the
	// token. Of runs that may be alive it knows nothing.
	Recall(token, messageID string) Fate
}

// Fate tells what this host knows about the mail of a claim.
func (c *Courier) Fate(claim crm.Entry) Fate {
	if c.Journal == nil {
		return FateUnknown
	}
	return c.Journal.Recall(claim.Token, claim.MessageID)
}

// begun notes that a mail is about to be begun.
func (c *Courier) begun(messageID string) error {
	if c.Journal == nil {
		return nil
	}
	return c.Journal.Begun(messageID)
}

// ended notes how a mail ended that was begun.
func (c *Courier) ended(messageID string, o Outcome) {
	if c.Journal != nil && o != Uncertain {
		c.Journal.Ended(messageID, o == Sent)
	}
}
