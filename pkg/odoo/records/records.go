// Package records says how the records of package crm stand in Odoo: which fields to
// ask for, how a row of them reads, and which domain selects opportunities.
package records

import (
	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// BounceField is the field of a company that Odoo 16 lacks.
const BounceField = "bounce_email"

// MeetingField is the field of an opportunity with its next meeting. It came with the
// meetings that 16 shows on opportunities.
const MeetingField = "meeting_display_date"

// WrittenField is the field of a record with the time at which it was changed last.
const WrittenField = "write_date"

// CalendarField is the field of a user or a company with the schedule of their working
// hours, ResourcesField that of a user with what the user is to such schedules.
const (
	CalendarField  = "resource_calendar_id"
	ResourcesField = "resource_ids"
)

// OpportunityFields are those of crm.lead that [Opportunity] reads, without
// [MeetingField].
func OpportunityFields() []string {
	return []string{
		"name", "type", "active", "create_date", WrittenField, "date_conversion", "email_from", "email_normalized", "contact_name", "partner_name",
		"partner_id", "user_id", "team_id", "company_id", "stage_id", BlacklistField, "message_bounce", "lang_code",
		"tag_ids", "date_closed", "lost_reason_id", "probability", "activity_ids", "activity_date_deadline",
	}
}

// Opportunity reads an opportunity. What its stage is called and means, and what its
// probability means, is not known from it alone.
func Opportunity(r *recordset.Row) crm.Opportunity {
	o := crm.Opportunity{
		ID:               crm.OpportunityID(r.ID()),
		Name:             r.Text("name"),
		Active:           r.Bool("active"),
		Lead:             r.Text("type") == "lead",
		Created:          r.Created(),
		Written:          r.Time(WrittenField),
		Converted:        r.Time("date_conversion"),
		Email:            r.Text("email_from"),
		Disputed:         address.Compare(r.Text("email_from"), r.Text("email_normalized")),
		ContactName:      r.Text("contact_name"),
		OrganizationName: r.Text("partner_name"),
		Contact:          crm.ContactID(r.Ref("partner_id")),
		Salesperson:      crm.UserID(r.Ref("user_id")),
		Team:             crm.TeamID(r.Ref("team_id")),
		Company:          crm.CompanyID(r.Ref("company_id")),
		Stage:            crm.Stage{ID: crm.StageID(r.Ref("stage_id"))},
		Blacklisted:      r.Bool(BlacklistField),
		Bounces:          int(r.Int("message_bounce")),
		Language:         r.Text("lang_code"),
		Tags:             recordset.IDsOf[crm.TagID](r, "tag_ids"),
		Closed:           r.Time("date_closed"),
		Lost:             r.Ref("lost_reason_id") != 0,
		LostIfArchived:   r.Float("probability") == 0,
		OpenActivities:   len(r.IDs("activity_ids")),
		NextActivity:     r.Text("activity_date_deadline"), // The activity itself tells what is wrong with it.
	}
	if r.Has(MeetingField) {
		o.Meeting = r.Text(MeetingField)
	}
	o.Unreadable = r.Unreadable()
	return o
}

// NormalizedField is the field of crm.lead that [Normalized] reads: the address that Odoo
// reads in email_from, in lower case.
const NormalizedField = "email_normalized"

// Normalized reads of an opportunity only that address. It is empty if that says nothing
// about where a mail would go: mails go to no address that Odoo reads otherwise, but a
// domain has two spellings.
func Normalized(r *recordset.Row) (crm.OpportunityID, string) {
	id, text := crm.OpportunityID(r.ID()), r.Text(NormalizedField)
	_ = r.Unreadable()
	if a, err := address.First(text); err != nil || a.Mailbox != text {
		return id, ""
	}
	return id, text
}

// RecipientFields are those of crm.lead that [Recipient] reads.
func RecipientFields() []string { return []string{"email_from", "email_normalized", "partner_id"} }

// Recipient reads of an opportunity only to whom a mail about it goes.
func Recipient(r *recordset.Row) crm.Opportunity {
	o := crm.Opportunity{
		ID:       crm.OpportunityID(r.ID()),
		Email:    r.Text("email_from"),
		Disputed: address.Compare(r.Text("email_from"), r.Text("email_normalized")),
		Contact:  crm.ContactID(r.Ref("partner_id")),
	}
	o.Unreadable = r.Unreadable()
	return o
}

// SalespersonFields are those of res.users that [Salesperson] reads, without
// [CalendarField] and [ResourcesField].
func SalespersonFields() []string {
	return []string{"name", "email", "email_normalized", "phone", "signature", "active", "lang", "message_bounce", "tz", "partner_id"}
}

// Salesperson reads a user.
func Salesperson(r *recordset.Row) crm.Salesperson {
	s := crm.Salesperson{
		ID:        crm.UserID(r.ID()),
		Contact:   crm.ContactID(r.Ref("partner_id")),
		Name:      r.Text("name"),
		Email:     r.Text("email"),
		Disputed:  address.Compare(r.Text("email"), r.Text("email_normalized")),
		Phone:     r.Text("phone"),
		Signature: r.Text("signature"),
		Active:    r.Bool("active"),
		Language:  r.Text("lang"),
		Bounces:   int(r.Int("message_bounce")),
		Zone:      r.Text("tz"),
	}
	if r.Has(CalendarField) {
		s.Calendar = crm.CalendarID(r.Ref(CalendarField))
	}
	if r.Has(ResourcesField) {
		s.Resources = recordset.IDsOf[crm.ResourceID](r, ResourcesField)
	}
	s.Unreadable = r.Unreadable()
	return s
}

// BlacklistField tells whether Odoo's mail blacklist has the address of a record.
const BlacklistField = "is_blacklisted"

// ContactFields are those of res.partner that [Contact] reads, without [BlacklistField].
func ContactFields() []string {
	return []string{"name", "email", "email_normalized", "lang", "message_bounce", "partner_share"}
}

// MailboxFields are those of res.partner that [Mailbox] reads.
func MailboxFields() []string { return []string{"email", "email_normalized"} }

// Mailbox reads of a contact only the address.
func Mailbox(r *recordset.Row) crm.Contact {
	return crm.Contact{
		ID:         crm.ContactID(r.ID()),
		Email:      r.Text("email"),
		Disputed:   address.Compare(r.Text("email"), r.Text("email_normalized")),
		Unreadable: r.Unreadable(),
	}
}

// Contact reads a contact.
func Contact(r *recordset.Row) crm.Contact {
	c := crm.Contact{
		ID:        crm.ContactID(r.ID()),
		Name:      r.Text("name"),
		Email:     r.Text("email"),
		Disputed:  address.Compare(r.Text("email"), r.Text("email_normalized")),
		Language:  r.Text("lang"),
		Bounces:   int(r.Int("message_bounce")),
		Colleague: !r.Bool("partner_share"),
	}
	if r.Has(BlacklistField) {
		c.Blacklisted = r.Bool(BlacklistField)
	}
	c.Unreadable = r.Unreadable()
	return c
}

// CompanyFields are those of res.company that [Company] reads, without
// [BounceField] and [CalendarField].
func CompanyFields() []string {
	return []string{"name", "email", "phone", "website", "street", "zip", "city", "country_id", "partner_id", "catchall_email"}
}

// Company reads a company, without the language, which its contact has.
func Company(r *recordset.Row) crm.Company {
	c := crm.Company{
		ID:       crm.CompanyID(r.ID()),
		Name:     r.Text("name"),
		Email:    r.Text("email"),
		Phone:    r.Text("phone"),
		Website:  r.Text("website"),
		Street:   r.Text("street"),
		Zip:      r.Text("zip"),
		City:     r.Text("city"),
		Country:  r.Label("country_id"),
		Catchall: r.Text("catchall_email"),
		Contact:  crm.ContactID(r.Ref("partner_id")),
	}
	if r.Has(BounceField) {
		c.Bounce = r.Text(BounceField)
	}
	if r.Has(CalendarField) {
		c.Calendar = crm.CalendarID(r.Ref(CalendarField))
	}
	c.Unreadable = r.Unreadable()
	return c
}
