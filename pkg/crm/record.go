package crm

// Record is an opportunity with all that a decision about it needs.
type Record struct {
	Opportunity Opportunity
	// Contact and Salesperson are zero when the opportunity has none.
	Contact     Contact
	Salesperson Salesperson
	// Company is in whose name the client is written to.
	Company Company
	// Entries are ours in its chatter, Messages everybody else's.
	Entries  []Entry
	Messages []Message
}
