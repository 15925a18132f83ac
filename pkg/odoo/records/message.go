package records

import (
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// Message reads a message that is on an opportunity, as one from inside the company.
func Message(r *recordset.Row) crm.Message {
	return crm.Message{
		ID:          crm.EntryID(r.ID()),
		Opportunity: crm.OpportunityID(r.Int("res_id")),
		At:          r.Created(),
		Subject:     r.Text("subject"),
		Unreadable:  r.Unreadable("res_id"),
	}
}

// UnreadableMessage stands for what cannot be read on an opportunity.
func UnreadableMessage(on crm.OpportunityID, err error) crm.Message {
	return crm.Message{Opportunity: on, Unreadable: err}
}
