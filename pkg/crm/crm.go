// Package crm holds the records of a customer relationship as crm-tool sees
// them: an [Opportunity], the people around it, and what was written on it.
//
// A [Record] is all that a decision needs. An [Entry] is what crm-tool wrote; its
// [Key] says about what, and makes its Message-ID and its external id, by which
// Odoo keeps it once. The names of everything that crm-tool stores in Odoo are in
// this package; databases in use hold them, so they never change.
//
// The values are plain: they know nothing of Odoo's wire formats, of files or
// of the network. Every time is an instant in UTC; an absent value is the zero
// value of its type. Text comes from people and may hold anything.
package crm

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// Identifiers are Odoo's database ids; 0 means that there is none.
type (
	// OpportunityID is the id of a crm.lead.
	OpportunityID int64
	// UserID is the id of a res.users.
	UserID int64
	// ContactID is the id of a res.partner.
	ContactID int64
	// CompanyID is the id of a res.company.
	CompanyID int64
	// StageID is the id of a crm.stage.
	StageID int64
	// TeamID is the id of a crm.team.
	TeamID int64
	// TagID is the id of a crm.tag.
	TagID int64
	// ActivityID is the id of a mail.activity.
	ActivityID int64
	// ActivityTypeID is the id of a mail.activity.type.
	ActivityTypeID int64
	// EntryID is the id of a mail.message.
	EntryID int64
)

// Opportunity is a crm.lead, at the moment it was read.
type Opportunity struct {
	ID   OpportunityID
	Name string
	// Active is false for an archived opportunity.
	Active bool
	// Lead is true while the record is a lead and not yet an opportunity.
	Lead bool
	// Created is when the record was made; it never changes.
	Created time.Time
	// Written is when the record was changed last, in whole seconds; zero if that is not
	// known.
	Written time.Time
	// Converted is when a lead became an opportunity; zero for one that was
	// an opportunity from the start.
	Converted time.Time
	// Email is the address field as somebody typed it: empty, one address
	// with or without a name, or several.
	Email string
	// Disputed is set when Odoo reads another mailbox in Email. Its blacklist and
	// its counts of delivery reports are about that one.
	Disputed address.Disagreement
	// ContactName is the person, OrganizationName the firm, as typed.
	ContactName      string
	OrganizationName string
	// Contact is the linked contact, Salesperson the responsible user.
	Contact     ContactID
	Salesperson UserID
	Team        TeamID
	Company     CompanyID
	Stage       Stage
	// Blacklisted says that Odoo's mail blacklist has the address.
	Blacklisted bool
	// Bounces counts the delivery reports about the address, and those about
	// anybody else to whom a mail of this opportunity was sent.
	Bounces int
	// Language is the opportunity's language as Odoo writes it (fr_FR).
	Language string
	Tags     []TagID
	// Closed is when it was archived, won or lost; zero while it is open.
	Closed time.Time
	// Lost says that a person gave a reason for having lost it.
	Lost bool
	// LostIfArchived says that Odoo shows it as lost once it is archived, since its
	// probability is 0 (Odoo 18 and later).
	LostIfArchived bool
	// OpenActivities is how many activities are planned; NextActivity is the deadline
	// of the first one, as 2006-01-02, which may be past. Like Meeting, it is what Odoo
	// says, which need not be a date.
	OpenActivities int
	NextActivity   string
	// Meeting is the date, as 2006-01-02, of the next meeting, or else of the last
	// one. It is one of Odoo's time zone: the day before or after it can be meant.
	Meeting string
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// Origin is the instant from which the opportunity's age counts: its
// conversion when it was a lead before, its creation otherwise.
func (o Opportunity) Origin() time.Time {
	if !o.Converted.IsZero() {
		return o.Converted
	}
	return o.Created
}

// Mark is what a score changes about an opportunity.
type Mark struct {
	// Field is the custom field that takes the Score; empty for none.
	Field string
	Score float64
	// Add are the tags for the score, Remove those for other scores, which an
	// earlier answer left.
	Add    []TagID
	Remove []TagID
}

// Stage is a column of the pipeline.
type Stage struct {
	ID   StageID
	Name string
	// Won says that opportunities in this stage are won.
	Won bool
}

// Contact is the client: a res.partner.
type Contact struct {
	ID    ContactID
	Name  string
	Email string
	// Disputed is set when Odoo reads another mailbox in Email.
	Disputed address.Disagreement
	Language string
	// Blacklisted says that Odoo's mail blacklist has the address. It is known only if it
	// was asked for, since that takes Odoo as long as all else of a contact.
	Blacklisted bool
	// Bounces counts the delivery reports about the address.
	Bounces int
	// Colleague says that it is the contact of somebody who works for the company.
	Colleague bool
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// Salesperson is the user responsible for an opportunity.
type Salesperson struct {
	ID UserID
	// Contact is the user's own, the author of what they write.
	Contact ContactID
	Name    string
	Email   string
	// Disputed is set when Odoo reads another mailbox in Email.
	Disputed address.Disagreement
	Phone    string
	// Signature is the HTML that the user wrote in Odoo's preferences.
	Signature string
	// Active is false for a deactivated user.
	Active   bool
	Language string
	// Bounces counts the delivery reports about the address.
	Bounces int
	// Zone is the name of the user's time zone; it may be empty.
	Zone string
	// Calendar is the schedule of the user's working hours, Resources are what the
	// user is to such schedules: one for each company.
	Calendar  CalendarID
	Resources []ResourceID
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// Company is one of the firms that use this Odoo.
type Company struct {
	ID      CompanyID
	Name    string
	Email   string
	Phone   string
	Website string
	Street  string
	Zip     string
	City    string
	Country string
	// Contact is the company as a contact, and Language is its language, which is
	// read with it.
	Contact  ContactID
	Language string
	// Catchall is the address whose mail Odoo fetches and threads; Bounce
	// the one for delivery reports (Odoo 17 and later). Either may be empty.
	Catchall string
	Bounce   string
	// Calendar is the schedule of the company's working hours.
	Calendar CalendarID
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// Window is the time from which opportunities stem for which a step is due now:
// those whose [Opportunity.Origin] is From or later, and before Until. A zero From
// is no limit. Of them, those are meant that Of has.
type Window struct {
	Step        int
	From, Until time.Time
	Of          Choice
	// Resources, unless it is empty, are the salespeople whose opportunities these are.
	Resources []ResourceID
}

// Has tells whether the window has an opportunity.
func (w Window) Has(o Opportunity) bool {
	return !o.Origin().Before(w.From) && o.Origin().Before(w.Until) && w.Of.Has(o)
}

// DoneActivity is an activity that was marked as done. All that every version of
// Odoo keeps of it is the message about that on the opportunity.
type DoneActivity struct {
	// Message is that message; its id identifies the activity.
	Message     EntryID
	Opportunity OpportunityID
	Type        ActivityTypeID
	TypeName    string
	// At is when it was marked as done, by Odoo's clock.
	At time.Time
	// Ours says that crm-tool had planned it.
	Ours bool
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// FollowUpMark ends the note of an activity that crm-tool plans. Odoo's message
// about its end repeats the note, so that it is not taken for a person's activity.
const FollowUpMark = "crm-tool · follow-up"

// Activity is something planned on an opportunity: an open mail.activity. The tags
// are its form in a [Snapshot].
type Activity struct {
	ID          ActivityID     `json:"id"`
	Opportunity OpportunityID  `json:"-"`
	Type        ActivityTypeID `json:"type,omitempty"`
	TypeName    string         `json:"type_name,omitempty"`
	Summary     string         `json:"summary,omitempty"`
	// Note is HTML.
	Note string `json:"note,omitempty"`
	// Deadline is a civil date, written as 2006-01-02.
	Deadline string `json:"deadline"`
	// User is 0 for an activity that is nobody's, or that of a role.
	User     UserID `json:"user,omitempty"`
	UserName string `json:"user_name,omitempty"`
	// Role is the id of the res.role whose people may take it, from Odoo 20 on.
	Role int64 `json:"role,omitempty"`
	// CalendarEvent is the id of the linked calendar.event.
	CalendarEvent int64 `json:"calendar_event,omitempty"`
	// Automated says that Odoo made it by a rule.
	Automated bool `json:"automated,omitempty"`
	// FollowUp says that crm-tool planned it, about a low score.
	FollowUp bool `json:"-"`
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error `json:"-"`
}

// PlannedActivity is an activity to plan, once for its external id.
type PlannedActivity struct {
	Activity

	ExternalID string
}
