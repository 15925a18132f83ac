package crm

import "cmp"

// Record is an opportunity with all that a decision about it needs.
type Record struct {
	Opportunity Opportunity
	// Contact and Salesperson are zero when the opportunity has none.
	Contact     Contact
	Salesperson Salesperson
	// Company is in whose name the client is written to.
	Company Company
	// OptedOut says that nobody is to be mailed about the opportunity.
	OptedOut bool
	// Stop is the opt-out of the client's address; zero if there is none.
	Stop OptOut
	// Holds is what holds reminders back. A run that mails none leaves it empty.
	Holds Holds
	// Entries are ours in its chatter, Messages everybody else's.
	Entries  []Entry
	Messages []Message
	// Turns are those that reminders to the client took lately.
	Turns []TakenTurn
}

// Unreadable returns why the record cannot be read in full; nil if it can. Nothing
// may be decided about one that cannot.
func (r Record) Unreadable() error {
	return cmp.Or(
		r.Opportunity.Unreadable, r.Contact.Unreadable, r.Salesperson.Unreadable, r.Company.Unreadable, UnreadableMessage(r.Messages),
	)
}

// UnreadableMessage returns why the first of the messages that cannot be read cannot
// be read.
func UnreadableMessage(list []Message) error {
	for _, m := range list {
		if m.Unreadable != nil {
			return m.Unreadable
		}
	}
	return nil
}
