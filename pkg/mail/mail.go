// Package mail turns a message into the bytes that go over SMTP (RFC 5322 and
// MIME). It sends nothing and reads no clock.
//
// Subjects, names and texts come from people and may contain anything: they are
// cleaned. Addresses, Message-ID and date come from the program: they are checked.
// So none of them can add a header, a recipient or a part. The same message always
// gives the same bytes: ASCII, in lines of at most 998 characters that end in CRLF,
// which every server accepts.
package mail

import (
	"fmt"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Message is one mail as its readers see it.
type Message struct {
	// From is the author. Answers go to ReplyTo, or to From when it is zero.
	From    address.Address
	ReplyTo address.Address
	// To and CC are shown to every recipient. To must not be empty.
	To []address.Address
	CC []address.Address
	// Subject becomes one line of at most 200 characters.
	Subject string
	// Text is the mail in plain text, HTML the same in HTML. HTML may be
	// empty.
	Text string
	HTML string
	// MessageID includes the angle brackets.
	MessageID string
	// Answers is the Message-ID of the mail that this one continues, with its angle
	// brackets; empty for one that begins a conversation.
	Answers string
	// Unsubscribe is where a mail program sends its user's wish for no more mails, as
	// an answer to this mail (RFC 2369); zero for nowhere. UnsubscribeURL takes the
	// same wish by HTTPS, in one request without a question (RFC 8058).
	Unsubscribe    address.Address
	UnsubscribeURL string
	// Date is when the mail was written; its zone is shown.
	Date time.Time
	// Language is the language tag of the text (BCP 47, as in fr-CA), or empty.
	Language string
}

// FieldError says which field of a message or an envelope cannot be mailed. The
// mail server has nothing to do with it.
type FieldError struct {
	// Field is the name of the field, as in "Message-ID".
	Field string
	// Err says what is wrong with it.
	Err error
}

// Error names the field and what is wrong with it.
func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns what is wrong with the field.
func (e *FieldError) Unwrap() error { return e.Err }

// Envelope says who gets the mail, and who gets the report when it cannot be
// delivered (RFC 5321, section 2.3.1). The addresses are mailboxes as
// [address.Clean] returns them.
type Envelope struct {
	// From gets the reports of failed delivery.
	From string
	// To is the client.
	To string
	// CC get a copy. When the server refuses one, the client still gets the
	// mail.
	CC []string
}

// Validate returns a [*FieldError] when an address is not clean: it could break out
// of its SMTP command.
func (e Envelope) Validate() error {
	for i, mailbox := range slices.Concat([]string{e.From, e.To}, e.CC) {
		clean, err := address.Clean(mailbox)
		if err == nil && clean != mailbox {
			err = fmt.Errorf("%q is not in the form %q", mailbox, clean)
		}
		if err != nil {
			fields := []string{"envelope sender", "envelope recipient", "envelope copy"}
			return &FieldError{Field: fields[min(i, len(fields)-1)], Err: err}
		}
	}
	return nil
}
