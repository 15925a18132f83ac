package crm

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Client returns the address to mail, or why there is none.
func (r Record) Client() (address.Address, Reason) {
	to, reason := r.mailbox()
	refused := func(e Entry) bool { return e.Key.Kind == Refused && e.Token == AddressToken(to.Mailbox) }
	switch {
	case reason != "":
	case r.OptedOut || r.Stop.Counts():
		reason = OptedOut
	case r.blacklisted(to):
		reason = Blacklisted
	case r.bounced(to):
		reason = Bounced
	case slices.ContainsFunc(r.Entries, refused):
		reason = RefusedByServer
	default:
		return to, ""
	}
	return address.Address{}, reason
}

// mailbox returns the client's address, even if it must not be mailed.
func (r Record) mailbox() (address.Address, Reason) {
	o, c := r.Opportunity, r.Contact
	to, reason := readMailbox(o.Email, o.Disputed)
	if reason != "" && o.Disputed.IsZero() {
		own := reason
		if to, reason = readMailbox(c.Email, c.Disputed); reason == NoEmail {
			reason = own
		}
	}
	if reason == "" && to.Name == "" {
		to = named(to, o.ContactName, c.Name)
	}
	return to, reason
}

// readMailbox returns the first valid address of a field, if Odoo names the same.
func readMailbox(field string, disputed address.Disagreement) (address.Address, Reason) {
	if !disputed.IsZero() {
		return address.Address{}, BadEmail
	}
	a, err := address.First(field)
	switch {
	case err == nil:
		return a, ""
	case strings.TrimSpace(field) != "":
		return address.Address{}, BadEmail
	}
	return address.Address{}, NoEmail
}

// WhyNot adds to a reason what a person should know of it: of a bad address, what
// crm-tool and Odoo read in it; of an opted-out one, since when. Without a reason it is why the salesperson gets no
// copy. It may be empty.
func (r Record) WhyNot(reason Reason) string {
	if reason == "" {
		return r.NoCopy()
	}
	if reason == OptedOut && r.Stop.Counts() {
		return fmt.Sprintf("since %s by %s", r.Stop.Since.Format(time.DateOnly), r.Stop.Origin())
	}
	if d := cmp.Or(r.Opportunity.Disputed, r.Contact.Disputed); reason == BadEmail && !d.IsZero() {
		return d.String()
	}
	return ""
}

// contactHas returns whether the address is the contact's own.
func (r Record) contactHas(to address.Address) bool {
	own, reason := readMailbox(r.Contact.Email, r.Contact.Disputed)
	return reason == "" && own.Equal(to)
}

// HasAddress tells whether the client's address is the opportunity's own.
func (o Opportunity) HasAddress() bool {
	_, reason := readMailbox(o.Email, o.Disputed)
	return reason == ""
}

// blacklisted returns whether Odoo's blacklist has the client's address. The
// opportunity and the contact know it of their own addresses alone.
func (r Record) blacklisted(to address.Address) bool {
	if r.Opportunity.HasAddress() {
		return r.Opportunity.Blacklisted
	}
	return r.Contact.Blacklisted && r.contactHas(to)
}

// bounced returns whether mails to the client's address bounced.
//
// Odoo counts a report on every opportunity and contact with the failed address
// and, whoever has that address, on the opportunity that was written about. All
// counts of an address go back to zero when a mail comes in from it. So a contact
// with the address knows best. Without one, the opportunity's count is taken less
// what the salesperson's copies may account for, one report for each reminder: a
// salesperson's broken mailbox must not silence all their clients. A single report
// is enough, although some report a mere delay: mail to dead addresses is what gets
// a sender blocked, and a client who writes is mailed again.
func (r Record) bounced(to address.Address) bool {
	if r.contactHas(to) {
		return r.Contact.Bounces > 0
	}
	copies := 0
	for _, e := range r.Entries {
		if e.Key.Kind == Reminder && e.Confirmed {
			copies++
		}
	}
	return r.Opportunity.Bounces > min(copies, r.Salesperson.Bounces)
}

// CopyTo returns the salesperson's address. It is zero if they are deactivated,
// have no address, or have the client's.
func (r Record) CopyTo(client address.Address) address.Address {
	cc, problem := r.copyTo()
	if problem != "" || cc.Equal(client) {
		return address.Address{}
	}
	return cc
}

// NoCopy returns why the salesperson gets no copy although they should, as for a
// person; nothing when all is well, and when there is nobody to get one.
func (r Record) NoCopy() string {
	_, problem := r.copyTo()
	return problem
}

// WarningTo returns the salesperson's address for a warning before archiving. Without
// one, problem says why.
func (r Record) WarningTo() (to address.Address, problem string) {
	s := r.Salesperson
	name := address.Printable(s.Name)
	to, problem = r.copyTo()
	refused := func(e Entry) bool { return e.Key.Kind == Refused && e.Token == AddressToken(to.Mailbox) }
	switch {
	case s.ID == 0:
		return address.Address{}, "it has no salesperson"
	case !s.Active:
		return address.Address{}, name + " is deactivated"
	case problem != "":
		return address.Address{}, strings.TrimPrefix(problem, "no copy to ")
	case slices.ContainsFunc(r.Entries, refused):
		return address.Address{}, fmt.Sprintf("the mail server refuses the address of %s", name)
	}
	return to, ""
}

// copyTo returns the salesperson's address, or what is wrong with it. Both are
// empty if there is no active salesperson.
func (r Record) copyTo() (cc address.Address, problem string) {
	s := r.Salesperson
	if s.ID == 0 || !s.Active {
		return address.Address{}, ""
	}
	cc, err := address.First(s.Email)
	name := address.Printable(s.Name)
	switch {
	case !s.Disputed.IsZero():
		return address.Address{}, fmt.Sprintf("no copy to %s: %s", name, s.Disputed)
	case errors.Is(err, address.ErrNone):
		return address.Address{}, fmt.Sprintf("no copy to %s: their user in Odoo has no e-mail address", name)
	case err != nil:
		return address.Address{}, fmt.Sprintf("no copy to %s: %v", name, err)
	}
	return named(cc, s.Name), ""
}

// named gives an address the first name that can stand beside it. Without one, the
// address keeps its own.
func named(a address.Address, names ...string) address.Address {
	for _, name := range names {
		if fit, err := address.New(name, a.Mailbox); err == nil && fit.Name != "" {
			return fit
		}
	}
	return a
}

// Addressees returns the addresses of the client and of the copy, even if they must
// not be mailed. The client's is zero when there is no valid one.
func (r Record) Addressees() (to, cc address.Address) {
	to, _ = r.mailbox()
	return to, r.CopyTo(to)
}
