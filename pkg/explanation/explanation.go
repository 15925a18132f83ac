// Package explanation answers, for one opportunity, why its client did or did
// not get a mail, what comes next, and whether it is archived.
//
// It decides nothing: [Explain] asks the planners of the runs what they decide
// today, on days to come and on earlier days. The [Loader] reads what it needs; the
// rest is pure. An [Explanation] can be written as a page and encoded as JSON.
package explanation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// Rules are the settings. An Off says where something is switched off, and is
// empty when it is on.
type Rules struct {
	Reminders    remindplan.Policy
	RemindersOff string
	Archive      archiveplan.Policy
	ArchiveOff   string
	Feedback     feedbackplan.Policy
	FeedbackOff  string
	// LookbackDays is for how long clients are asked about a finished activity.
	LookbackDays int
	// RemindAfterDays is when a client is reminded of a questionnaire; 0 is
	// never.
	RemindAfterDays int
	// FirstRun is when crm-tool first ran on this Odoo, zero when it never did.
	FirstRun time.Time
}

// Case is all that is known of an opportunity.
type Case struct {
	archiveplan.Record

	// Recipients are the recipients of mails, by the entries of the mails.
	Recipients map[crm.EntryID]Recipients
	// Finished are the activities that were marked done, oldest first.
	Finished []crm.DoneActivity
	// Questionnaires are those about finished activities.
	Questionnaires map[crm.EntryID]Questionnaire
	// Asked is when the client was sent questionnaires.
	Asked feedbackplan.Recent
}

// Recipients are bare addresses.
type Recipients struct {
	To []string `json:"to,omitempty"`
	CC []string `json:"cc,omitempty"`
}

// Questionnaire is what is known of a questionnaire.
type Questionnaire struct {
	// Email is the address that was asked.
	Email    string
	Deadline time.Time
	// Begun says that the client has at least begun to answer.
	Begun bool
	// Answered is zero when it was not answered. Noted says that the answer is
	// written onto the opportunity.
	Answered time.Time
	Noted    bool
}

// Explanation is the answer. Its tags give the JSON form. Instants are in UTC, dates
// in the time zone of the rules.
type Explanation struct {
	Opportunity Opportunity `json:"opportunity"`
	Age         Age         `json:"age"`
	Reminders   Reminders   `json:"reminders"`
	Feedback    Feedback    `json:"feedback"`
	Archive     Archiving   `json:"archive"`
	Next        []Event     `json:"next"`

	zone *time.Location
}

// Opportunity is the opportunity that is explained.
type Opportunity struct {
	ID   crm.OpportunityID `json:"id"`
	Name string            `json:"name"`
	// State is open, archived or lead.
	State string `json:"state"`
	Stage string `json:"stage"`
	Won   bool   `json:"won"`
	// Client is the address to mail; without one NoClient says why.
	Client   string     `json:"client"`
	NoClient crm.Reason `json:"no_client,omitempty"`
	// Note says what is wrong with an address.
	Note string `json:"note,omitempty"`
	// Rule is the one of the rules that counts for it.
	Rule             string `json:"rule,omitempty"`
	Salesperson      string `json:"salesperson"`
	SalespersonEmail string `json:"salesperson_email"`

	// why says for people why there is no client to mail.
	why string
}

// Age is the opportunity's age, and since when it counts.
type Age struct {
	Days int `json:"days"`
	// From is creation or conversion.
	From     string    `json:"from"`
	Since    time.Time `json:"since"`
	Timezone string    `json:"timezone"`
	Today    string    `json:"today"`
}

// Status is what became of something, or will: an outcome as in the reports, its
// reason, and a sentence.
type Status struct {
	Outcome report.Outcome `json:"outcome"`
	Reason  crm.Reason     `json:"reason,omitempty"`
	// At is when it happened.
	At time.Time `json:"at,omitzero"`
	Recipients
	MessageID   string `json:"message_id,omitempty"`
	Explanation string `json:"explanation"`
}

// Reminders are the steps. Off says where reminders are switched off.
type Reminders struct {
	Off   string `json:"off,omitempty"`
	Steps []Step `json:"steps"`
}

// Step is one reminder. Date is when it falls due.
type Step struct {
	Step int    `json:"step"`
	Date string `json:"date"`
	Status
}

// Feedback is about finished activities.
type Feedback struct {
	Off        string     `json:"off,omitempty"`
	Activities []Activity `json:"activities"`
}

// Activity is a finished activity and its questionnaire. Reminder is the day on
// which the client will be reminded of it.
type Activity struct {
	Activity crm.EntryID `json:"activity"`
	Type     string      `json:"activity_type"`
	Finished time.Time   `json:"finished,omitzero"`
	Status
	Answered time.Time `json:"answered,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
	Reminder string    `json:"reminder,omitempty"`
}

// Archiving is whether it is archived, and when. Date is when it is old enough,
// Run the run that archived it.
type Archiving struct {
	Off  string `json:"off,omitempty"`
	Date string `json:"date"`
	Run  string `json:"run,omitempty"`
	Status

	// told is the day on which the salesperson is told of it; empty for never.
	told string
}

// Event is something that is to come. Its date is empty when it is due now.
type Event struct {
	Date string `json:"date,omitempty"`
	What string `json:"what"`
}

// Explain explains a case at the instant now.
func Explain(c Case, r Rules, now time.Time) Explanation {
	x := explainer{Case: c, rules: r, now: now, zone: r.Reminders.Zone}
	e := Explanation{
		Opportunity: x.opportunity(), Age: x.age(), zone: x.zone,
		Reminders: Reminders{Off: r.RemindersOff, Steps: []Step{}},
		Feedback:  Feedback{Off: r.FeedbackOff, Activities: []Activity{}},
		Archive:   Archiving{Off: r.ArchiveOff, Status: skipped(crm.Gone, "It is a lead.")},
		Next:      []Event{},
	}
	if !c.Opportunity.Lead {
		e.Reminders.Steps, e.Feedback.Activities, e.Archive = x.steps(), x.activities(), x.archiving()
		e.Next = x.next(e)
	}
	return e
}

// explainer is a case that is being explained.
type explainer struct {
	Case

	rules Rules
	now   time.Time
	zone  *time.Location
}

// asOfToday qualifies what depends on things that can change until then.
const asOfToday = "As things stand today."

func skipped(r crm.Reason, text string) Status {
	return Status{Outcome: report.Skipped, Reason: r, Explanation: text}
}

func (x explainer) opportunity() Opportunity {
	o := x.Opportunity
	e := Opportunity{
		ID: o.ID, Name: o.Name, State: "open", Stage: o.Stage.Name, Won: o.Stage.Won,
		Rule:        x.rules.Reminders.Rules.For(o).String(),
		Salesperson: x.Salesperson.Name, SalespersonEmail: x.Salesperson.Email,
	}
	switch {
	case o.Lead:
		e.State = "lead"
	case !o.Active:
		e.State = "archived"
	}
	client, reason := x.Client()
	e.Client, e.NoClient, e.Note, e.why = client.Mailbox, reason, x.WhyNot(reason), x.because(reason)
	return e
}

func (x explainer) age() Age {
	o := x.Opportunity
	a := Age{
		Days: x.rules.Reminders.Age(o, x.now), From: "creation", Since: o.Origin(), Timezone: x.zone.String(), Today: x.date(x.now),
	}
	if !o.Converted.IsZero() {
		a.From = "conversion"
	}
	return a
}

func (x explainer) date(t time.Time) string { return t.In(x.zone).Format(time.DateOnly) }

// moment is an instant for a person.
func (x explainer) moment(t time.Time) string { return moment(t, x.zone) }

func moment(t time.Time, zone *time.Location) string { return t.In(zone).Format("2006-01-02 15:04") }

// next lists what is to come, in the order of its days.
func (x explainer) next(e Explanation) []Event {
	events := []Event{}
	add := func(date, format string, args ...any) {
		if date <= e.Age.Today {
			date = ""
		}
		events = append(events, Event{Date: date, What: fmt.Sprintf(format, args...)})
	}
	for _, a := range e.Feedback.Activities {
		about := "questionnaire about the " + a.Type + " of " + x.date(a.Finished)
		if a.Outcome == report.Planned {
			add(e.Age.Today, "a %s to %s", about, a.To[0])
		}
		if a.Reminder != "" {
			add(a.Reminder, "a reminder of the %s", about)
		}
	}
	for _, s := range e.Reminders.Steps {
		if s.Outcome == report.Planned {
			add(s.Date, "the reminder of day %d to %s", s.Step, s.To[0])
		}
	}
	if e.Archive.told != "" {
		add(e.Archive.told, "the mail to %s about the archiving", address.Printable(x.Salesperson.Name))
	}
	if e.Archive.Outcome == report.Planned {
		add(e.Archive.Date, "the archiving")
	}
	slices.SortStableFunc(events, func(a, b Event) int { return strings.Compare(a.Date, b.Date) })
	return events
}
