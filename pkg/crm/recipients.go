package crm

import (
	"strings"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Client returns the address to mail, or why there is none.
func (r Record) Client() (address.Address, Reason) {
	to, reason := r.mailbox()
	if reason != "" {
		return address.Address{}, reason
	}
	if r.blacklisted() {
		return address.Address{}, Blacklisted
	}
	if r.bounced(to) {
		return address.Address{}, Bounced
	}
	for _, e := range r.Entries {
		if e.Key.Kind == Refused && e.Token == AddressToken(to.Mailbox) {
			return address.Address{}, RefusedByServer
		}
	}
	return to, ""
}

// mailbox is the client's address, whatever speaks against mailing it.
func (r Record) mailbox() (address.Address, Reason) {
	to, reason := firstValid(r.Opportunity.Email, r.Contact.Email)
	if reason == "" && to.Name == "" {
		to = named(to, r.Opportunity.ContactName, r.Contact.Name)
	}
	return to, reason
}

// blacklisted tells whether Odoo's blacklist has the client's address. Each
// record knows that of its own address alone.
func (r Record) blacklisted() bool {
	_, reason := firstValid(r.Opportunity.Email)
	return r.Opportunity.Blacklisted || reason != "" && r.Contact.Blacklisted
}

// bounced tells whether delivery reports came back for the client's address.
//
// Odoo counts one on every opportunity and contact with the failed address and
// also, whoever's it is, on the opportunity that was written about; it sets all
// counts of an address back when a mail comes in from it. So a contact with the
// address knows best. Without one, what the salesperson's copies may account for
// is taken off, one report for each reminder: his broken mailbox must not
// silence all his clients. A single report is enough, although some tell of a
// mere delay: mail to dead addresses is what gets a sender blocked, and who
// writes is mailed again.
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

// firstValid returns the first usable address of the fields, in their order.
func firstValid(fields ...string) (address.Address, Reason) {
	reason := NoEmail
	for _, field := range fields {
		if strings.TrimSpace(field) == "" {
			continue
		}
		if a, err := address.First(field); err == nil {
			return a, ""
		}
		reason = BadEmail
	}
	return address.Address{}, reason
}

// CopyTo returns the salesperson's address, unless he is deactivated, has
// none, or is the client himself.
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

// named gives an address the first of the names that can stand beside it, as
// people typed them; without one it keeps its own.
func named(a address.Address, names ...string) address.Address {
	for _, name := range names {
		if fit, err := address.New(name, a.Mailbox); err == nil && fit.Name != "" {
			return fit
		}
	}
	return a
}

// Addressees are the client and whoever gets a copy, whatever speaks against
// mailing them. The client's is zero when there is no valid address.
func (r Record) Addressees() (to, cc address.Address) {
	to, _ = r.mailbox()
	return to, r.CopyTo(to)
}
