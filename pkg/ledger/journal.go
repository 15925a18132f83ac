package ledger

import "github.com/crm-tool/crm-tool/pkg/crm"

// LocalStatus is what this host's [Journal] says about a mail of a run that is
// over.
type LocalStatus int

// The statuses.
const (
	// LocalUnknown mails are judged by their claims in Odoo alone.
	LocalUnknown LocalStatus = iota
	// LocalUnsent mails were never begun, or surely did not leave.
	LocalUnsent
	// LocalBegun mails were begun, and nobody knows how that ended.
	LocalBegun
	// LocalSent mails have left.
	LocalSent
)

// Journal notes on this host which mails a run has in hand. After a run died it
// narrows down which mails are uncertain; the ledger is sound without it.
//
// A mail that a run did not note counts as never begun. So Lookup may only rely
// on a run that is over and noted every mail that it began.
type Journal interface {
	// Begun notes that a mail is about to be begun. If it returns an error, the
	// mail is not begun.
	Begun(messageID string) error
	// Ended notes that a mail which was begun has left, or surely has not. It
	// is not called when nobody knows.
	Ended(messageID string, sent bool)
	// Mails returns what earlier runs noted: the Message-IDs of mails that have
	// left, or may have.
	Mails() []string
	// Lookup returns what the run with the token noted about a mail. It knows
	// nothing about runs that may be alive.
	Lookup(token, messageID string) LocalStatus
}

// LocalStatus returns what this host knows about the mail of a claim.
func (c *Courier) LocalStatus(claim crm.Entry) LocalStatus {
	if c.Journal == nil {
		return LocalUnknown
	}
	return c.Journal.Lookup(claim.RunToken(), claim.SentAs())
}

// Noted returns the mails of a kind that earlier runs of this host began, by the
// external ids of their keys. Confirmed ones have left, others may have. Odoo has
// an entry for each, unless it was put back from a backup, or somebody deleted it.
func (c *Courier) Noted(kind crm.EntryKind) map[string]crm.Entry {
	noted := map[string]crm.Entry{}
	if c.Journal == nil {
		return noted
	}
	for _, messageID := range c.Journal.Mails() {
		key, token, ok := crm.ParseMessageID(messageID)
		if !ok || key.Kind != kind {
			continue
		}
		e := crm.Entry{Key: key, On: key.Opportunity, Token: token, MessageID: messageID}
		e.Confirmed = c.Journal.Lookup(token, messageID) == LocalSent
		if e.Confirmed || !noted[key.ExternalID()].Confirmed {
			noted[key.ExternalID()] = e
		}
	}
	return noted
}

// begun notes that a mail is about to be begun.
func (c *Courier) begun(messageID string) error {
	if c.Journal == nil {
		return nil
	}
	return c.Journal.Begun(messageID)
}

// ended notes how a mail that was begun ended.
func (c *Courier) ended(messageID string, o Outcome) {
	if c.Journal != nil && o != Uncertain {
		c.Journal.Ended(messageID, o == Sent)
	}
}
