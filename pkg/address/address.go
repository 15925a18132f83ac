// Package address reads e-mail addresses as people type them into a form and
// turns them into addresses that are safe to mail.
//
// What it returns holds nothing that could end a header line, an SMTP command
// or a terminal's patience: a mailbox is ASCII without blanks, quotes and angle
// brackets, a name is one line without control and bidirectional characters.
// It is stricter than RFC 5322 on purpose: quoted local parts, comments, domain
// literals and local parts beyond ASCII (RFC 6531) are invalid. Whether an
// address exists is beyond it.
package address

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNone says that a field holds nothing that could be an address: it is
// empty, blank or mere punctuation.
var ErrNone = errors.New("no e-mail address")

// InvalidError says that a field holds something, but no valid address.
type InvalidError struct {
	// Text is what was found, as one printable line of limited length.
	Text string
	// Reason says what is wrong with it, as in "it has no @".
	Reason string
}

// Error names the text and the reason.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%q is not an e-mail address: %s", e.Text, e.Reason)
}

// Address is a valid address with the name of whom it belongs to. The zero
// value means that there is none; Parse, First and New make the others.
type Address struct {
	// Name is one printable line, or empty.
	Name string
	// Mailbox is local@domain as Clean returns it.
	Mailbox string
}

// New returns the address of a mailbox with a name, both cleaned. The error is
// an *InvalidError about the mailbox; no name is invalid.
func New(name, mailbox string) (Address, error) {
	clean, err := Clean(mailbox)
	if err != nil {
		return Address{}, err
	}
	return Address{Name: cleanName(name), Mailbox: clean}, nil
}

// IsZero reports whether there is no address.
func (a Address) IsZero() bool { return a.Mailbox == "" }

// Domain is what follows the @, in lower case, its international labels in
// their ASCII form (xn--).
func (a Address) Domain() string {
	_, domain, _ := strings.Cut(a.Mailbox, "@")
	return domain
}

// Equal reports whether both mean the same mailbox. Case is ignored also in the
// local part, which RFC 5321 lets a server tell apart and hardly one does; the
// names do not count.
func (a Address) Equal(b Address) bool {
	return strings.EqualFold(a.Mailbox, b.Mailbox)
}

// String returns the address for people to read: the mailbox, after the name
// when there is one. Parse reads it back. It is not encoded for a header.
func (a Address) String() string {
	switch {
	case a.Name == "":
		return a.Mailbox
	case strings.ContainsAny(a.Name, `"(),.:;<>@[\]`):
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name)
		return `"` + quoted + `" <` + a.Mailbox + `>`
	default:
		return a.Name + " <" + a.Mailbox + ">"
	}
}
