package crm

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// OptOutsKey is the key of the shared state that is there once an address was opted
// out. Without it, no run asks for opt-outs. It is never removed: another host could
// opt an address out at that moment.
const OptOutsKey = "opt-outs"

// OptOut says that nobody is to be mailed at an address any more. The tags are its
// form in Odoo.
type OptOut struct {
	// Lifted is when somebody took it back; zero while it counts. What was lifted
	// keeps no address: it is there so that a mail from before does not count again.
	Lifted time.Time `json:"lifted,omitzero"`
	// Address is the mailbox in lower case.
	Address string    `json:"address,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Message is the client's mail that asked for it, on Opportunity. Both are zero if
	// a command did, on Host.
	Message     EntryID       `json:"message,omitempty"`
	Opportunity OpportunityID `json:"opportunity,omitempty"`
	Host        string        `json:"host,omitempty"`
}

// Counts returns whether the address must not be mailed.
func (o OptOut) Counts() bool { return !o.Since.IsZero() && o.Lifted.IsZero() }

// Outlives returns whether an opt-out counts after an earlier one was lifted: a
// command does, a mail only if it came in later.
func (o OptOut) Outlives(earlier OptOut) bool {
	return o.Message == 0 || !o.Since.Before(earlier.Lifted)
}

// Origin returns for people where the opt-out comes from.
func (o OptOut) Origin() string {
	switch {
	case o.Message != 0 && o.Opportunity != 0:
		return fmt.Sprintf("a mail on opportunity %d", o.Opportunity)
	case o.Message != 0:
		return "a mail"
	}
	return "crm-tool optout on " + cmp.Or(o.Host, "a host without a name")
}

// ClientMail is a mail, or a comment, from outside the company.
type ClientMail struct {
	Message

	// From is the sender as the mail names them, Author their contact.
	From   string
	Author ContactID
}

// Pending is what waits for a run that mails when it begins.
type Pending struct {
	// Claims are unconfirmed entries of a kind.
	Claims []Entry
	// Forged are the opportunities with a message that has the form of such an entry
	// and is not ours, or that cannot be read.
	Forged []OpportunityID
	// Mails are those that came in since some time.
	Mails []ClientMail
}

// CanonicalMailbox returns the form of a mailbox in which opt-outs name it.
func CanonicalMailbox(mailbox string) string { return strings.ToLower(mailbox) }
