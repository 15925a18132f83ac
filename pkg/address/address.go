// Package address turns e-mail addresses that people typed into a form into
// addresses that are safe to use.
//
// An [Address] cannot break a header line, an SMTP command or a terminal. Its
// mailbox is ASCII without blanks, quotes and angle brackets. Its name is one
// line without control and bidirectional characters.
//
// The package is stricter than RFC 5322: quoted local parts, comments, domain
// literals and local parts outside ASCII (RFC 6531) are invalid. It does not
// check whether an address exists.
package address

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNone says that a field contains nothing like an address: only blanks and
// punctuation, if anything.
var ErrNone = errors.New("no e-mail address")

// InvalidError says that a field contains text, but no valid address.
type InvalidError struct {
	// Text is what was found, as one printable line of limited length.
	Text string
	// Reason says what is wrong, as in "it has no @".
	Reason string
}

// Error names the text and the reason.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%q is not an e-mail address: %s", e.Text, e.Reason)
}

// Address is a valid address with the name of its owner. [Parse], [First] and
// [New] make it. The zero value means that there is no address.
type Address struct {
	// Name is one printable line, or empty.
	Name string
	// Mailbox is local@domain as [Clean] returns it.
	Mailbox string
}

// New returns an address with this name and mailbox, both cleaned. The error is
// an [*InvalidError] about the mailbox. Every name is valid.
func New(name, mailbox string) (Address, error) {
	clean, err := Clean(mailbox)
	if err != nil {
		return Address{}, err
	}
	return Address{Name: cleanName(name), Mailbox: clean}, nil
}

// IsZero reports whether there is no address.
func (a Address) IsZero() bool { return a.Mailbox == "" }

// Domain returns the part after the @, in lower case and with international
// labels in ASCII form (xn--).
func (a Address) Domain() string {
	_, domain, _ := strings.Cut(a.Mailbox, "@")
	return domain
}

// Equal reports whether both mailboxes are the same, whatever the names are. It
// ignores case in the local part, too: RFC 5321 lets servers distinguish case,
// but hardly any does.
func (a Address) Equal(b Address) bool {
	return strings.EqualFold(a.Mailbox, b.Mailbox)
}

// String returns the address for people to read, with its name if there is one.
// [Parse] reads it back. It is not encoded for a header.
func (a Address) String() string {
	switch {
	case a.Name == "":
		return a.Mailbox
	case strings.ContainsAny(a.Name, `"(),.:;<>@[\]`):
		quoted := strings.ReplaceAll(strings.ReplaceAll(a.Name, `\`, `\\`), `"`, `\"`)
		return `"` + quoted + `" <` + a.Mailbox + `>`
	default:
		return a.Name + " <" + a.Mailbox + ">"
	}
}
