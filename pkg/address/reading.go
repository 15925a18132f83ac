package address

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Disagreement says that two programs read different mailboxes in one field. The
// zero value says that they agree.
type Disagreement struct {
	// Ours is the mailbox that [First] reads, and Theirs the other program's
	// reading, as one printable line; it may be empty.
	Ours, Theirs string
}

// Compare compares what [First] reads in a field with the address that another
// program reads in it. They agree if both name the same mailbox, whatever its case.
// A domain may be written in Unicode or in its ASCII form, but in no other way: a
// program that compares letters takes full-width letters for another domain.
// Where First reads nothing, there is nothing to disagree about.
func Compare(field, theirs string) Disagreement {
	ours, err := First(field)
	if err != nil || ours.named(theirs) {
		return Disagreement{}
	}
	if clean := Printable(theirs); clean != theirs {
		theirs = strconv.QuoteToASCII(theirs) // Shows what is invisible.
	}
	return Disagreement{Ours: ours.Mailbox, Theirs: limit(theirs, maxText)}
}

// named returns whether a text is this mailbox, written in one of its two ways.
func (a Address) named(text string) bool {
	mailbox := strings.ToLower(a.Mailbox)
	at := strings.LastIndexByte(mailbox, '@')
	unicode, err := idna.Display.ToUnicode(mailbox[at+1:])
	lower := strings.ToLower(text)
	// Letters outside ASCII that have an ASCII lower case are no letters of it.
	return len(lower) == len(text) && (lower == mailbox || err == nil && lower == mailbox[:at+1]+unicode)
}

// IsZero returns whether both agree.
func (d Disagreement) IsZero() bool { return d == Disagreement{} }

// String names both readings.
func (d Disagreement) String() string {
	theirs := d.Theirs
	if theirs == "" {
		theirs = "no address"
	}
	return fmt.Sprintf("crm-tool reads %s, Odoo reads %s", d.Ours, theirs)
}
