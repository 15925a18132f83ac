// Package answer reads what a client's mail asks for: to be written to no more,
// or to wait until a day on which they are back.
//
// It takes mails as Odoo keeps them: the subject, and the body as HTML, into
// which Odoo turns plain text, too. What the client did not write does not count:
// the mail that they answer, their signature, the small print of their company.
// The words are data, in quotes.txt, return.txt, stop.txt and the folder stop.
//
// The package errs to one side. A mail that it does not understand asks for
// nothing, and the reader of the mail decides, as for any answer.
package answer

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// AsksToStop returns whether a mail asks that its sender gets no more mails. To
// decline an offer is not to ask for that.
//
// A subject that says nothing else decides, whatever the body: mail programs
// send such mails for their users, to the address of List-Unsubscribe (RFC 2369).
func AsksToStop(subject, html string) bool {
	if standsAlone(readings(withoutReply(subject))) {
		return true
	}
	var all []reading
	for _, text := range paragraphs(own(lines(html))) {
		all = append(all, readings(text)...)
	}
	return standsAlone(all) || slices.ContainsFunc(all, requests)
}

// Return returns the day on which the sender of an automatic answer is back, and
// whether the answer names one: the last day that it names as such. It lies after
// the day of receipt in zone, and within 180 days. A date without a year is the next
// such one. A date that can be read in two ways, as 3/4 in English, is none.
func Return(subject, html string, received time.Time, zone *time.Location) (calendar.Date, bool) {
	a := absence{received: calendar.Of(received, zone), words: returns()}
	day, found := a.day(subject)
	for _, text := range paragraphs(own(lines(html))) {
		if later, ok := a.day(text); ok {
			day, found = later, true
		}
	}
	return day, found
}
