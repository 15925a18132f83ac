package remind

import (
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// Record is an opportunity with all that a decision about it needs.
type Record struct {
	Opportunity crm.Opportunity
	// Contact and Salesperson are zero when the opportunity has none.
	Contact     crm.Contact
	Salesperson crm.Salesperson
	// Company is in whose name the client is written to.
	Company crm.Company
	// Entries are ours in its chatter, Messages everybody else's.
	Entries  []crm.Entry
	Messages []crm.Message
}
