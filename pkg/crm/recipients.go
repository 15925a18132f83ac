package crm

import (
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Client returns the address to mail, or why there is none.
func (r Record) Client() (address.Address, Reason) {
	to, reason := r.mailbox()
	refused := func(e Entry) bool { return e.Key.Kind == Refused && e.Token == AddressToken(to.Mailbox) }
	switch {
	case reason != "":
	case r.blacklisted():
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
	to, reason := firstValid(r.Opportunity.Email, r.Contact.Email)
	if reason == "" && to.Name == "" {
		to = named(to, r.Opportunity.ContactName, r.Contact.Name)
	}
	return to, reason
}

// blacklisted returns whether Odoo's blacklist has the client's address. The
// opportunity and the contact know it of their own addresses alone.
func (r Record) blacklisted() bool {
	_, reason := firstValid(r.Opportunity.Email)
	return r.Opportunity.Blacklisted || reason != "" && r.Contact.Blacklisted
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
	if own, reason := firstValid(r.Contact.Email); reason == "" && own.Equal(to) {
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

// firstValid returns the first valid address of the fields, in their order.
func firstValid(fields ...string) (address.Address, Reason) {
	reason := NoEmail
	for _, field := range fields {
		a, err := address.First(field)
		if err == nil {
			return a, ""
		}
		if strings.TrimSpace(field) != "" {
			reason = BadEmail
		}
	}
	return address.Address{}, reason
}

// CopyTo returns the salesperson's address. It is zero if they are deactivated,
// have no address, or have the client's.
func (r Record) CopyTo(client address.Address) address.Address {
	if r.Salesperson.ID == 0 || !r.Salesperson.Active {
		return address.Address{}
	}
	cc, err := address.First(r.Salesperson.Email)
	if err != nil || cc.Equal(client) {
		return address.Address{}
	}
	return named(cc, r.Salesperson.Name)
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
