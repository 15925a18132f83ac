package year_test

import (
	"fmt"
	"slices"
	"time"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	crmrule "github.com/crm-tool/crm-tool/pkg/rule"
)

// This file shows the world as the planners get it: as records of Odoo, with what
// crm-tool wrote there, and settings as policies.

// policy returns the settings as those of the reminders.
func (w *world) policy() remindplan.Policy {
	s := w.set
	p := remindplan.Policy{
		Days: s.days, CatchUp: s.catchUp, StopOnReply: s.stopOnReply, Zone: w.zone, DaysBetween: s.between,
		Window: calendar.Hours{From: s.from, Until: s.until}, Rules: s.ruleList(),
		Ahead: s.ahead, Quiet: s.quiet,
	}
	for _, f := range s.freeze {
		p.Freeze = append(p.Freeze, calendar.Period{First: f.first, Last: f.last})
	}
	if s.workingDays {
		p.Work = w.workingTimes(p)
	}
	return p
}

func (s settings) ruleList() crmrule.List {
	var list crmrule.List
	for i, r := range s.rules {
		one := crmrule.Rule{Number: i + 1, Exclude: r.exclude, Days: r.days}
		one.If.Teams, one.If.Stages = ids[crm.TeamID](r.team), ids[crm.StageID](r.stage)
		one.If.Tags, one.If.Companies = ids[crm.TagID](r.tag), ids[crm.CompanyID](r.company)
		switch {
		case r.archiveAfter == noBody:
			one.Archive = crmrule.Archive{Set: true, Never: true}
		case r.archiveAfter > 0:
			one.Archive = crmrule.Archive{Set: true, Days: r.archiveAfter}
		}
		list = append(list, one)
	}
	return list
}

func ids[ID ~int64](id int) []ID {
	if id == 0 {
		return nil
	}
	return []ID{ID(id)}
}

// archivePolicy returns the settings as those of archiving.
func (w *world) archivePolicy() archiveplan.Policy {
	s := w.set
	p := archiveplan.Policy{
		AfterDays: s.archiveAfter, WarnDays: s.warnDays, Zone: w.zone, Rules: s.ruleList(),
		Keep: archiveplan.Keep{
			Won: s.keepWon, OpenActivity: s.keepActivity, Unanswered: s.keepUnanswered,
			Stages: []crm.StageID{parkStage}, Tags: []crm.TagID{keepTag},
		},
	}
	if s.reminders {
		reminders := w.policy()
		p.Reminders = &reminders
	}
	return p
}

// record returns a deal as a run reads it.
func (w *world) record(d *deal) crm.Record {
	r := crm.Record{
		Opportunity: crm.Opportunity{
			ID: crm.OpportunityID(d.id), Name: fmt.Sprintf("Deal %d", d.id), Active: d.open, Lead: d.lead,
			Created: d.created, Converted: d.converted, Email: d.typed,
			Team: crm.TeamID(d.team), Company: crm.CompanyID(d.company), Stage: crm.Stage{ID: crm.StageID(d.stage), Won: d.stage == wonStage},
			Blacklisted: d.client.blacklisted,
		},
		Company:  crm.Company{ID: crm.CompanyID(d.company), Calendar: crm.CalendarID(d.company)},
		OptedOut: d.tags[optOutTag],
		Entries:  d.entries(),
	}
	if d.client.bounced {
		r.Opportunity.Bounces = 1
	}
	for tag, has := range d.tags {
		if has {
			r.Opportunity.Tags = append(r.Opportunity.Tags, crm.TagID(tag))
		}
	}
	slices.Sort(r.Opportunity.Tags)
	if d.hasContact {
		r.Contact = crm.Contact{ID: crm.ContactID(d.id), Email: d.client.mailbox, Blacklisted: d.client.blacklisted, Bounces: r.Opportunity.Bounces}
		r.Opportunity.Contact = r.Contact.ID
	}
	if d.seller != nil {
		r.Salesperson = crm.Salesperson{
			ID: crm.UserID(d.seller.id), Name: "Sam", Email: fmt.Sprintf("sam%d@example.com", d.seller.id), Active: d.seller.active,
			Contact:  d.seller.contact(),
			Calendar: crm.CalendarID(d.seller.schedule), Resources: []crm.ResourceID{crm.ResourceID(d.seller.id)}, Zone: w.zone.String(),
		}
		r.Opportunity.Salesperson = r.Salesperson.ID
	}
	if to, _ := r.Addressees(); to.Mailbox == d.client.mailbox && d.client.optedOut {
		r.Stop = crm.OptOut{Address: to.Mailbox, Since: d.created, Message: 1}
	}
	r.Messages = d.messages(w.clock)
	r.Holds = w.holds(d)
	return r
}

// entries returns what crm-tool wrote in the chatter.
func (d *deal) entries() []crm.Entry {
	on := crm.OpportunityID(d.id)
	var entries []crm.Entry
	for _, m := range d.mails {
		key := crm.ReminderKey(on, m.step)
		entries = append(entries, crm.Entry{ID: crm.EntryID(m.id), Key: key, On: on, Confirmed: m.state == left, At: m.at})
		if m.note != 0 {
			entries = append(entries, crm.Entry{ID: crm.EntryID(m.note), Key: key.Note(crm.Uncertain), On: on, At: m.at.Add(time.Hour)})
		}
	}
	for _, r := range d.refusals {
		key := crm.ReminderKey(on, r.step).Note(crm.Refused)
		entries = append(entries, crm.Entry{Key: key, On: on, Token: crm.AddressToken(r.mailbox)})
	}
	for _, x := range d.settled {
		key := crm.ReminderKey(on, x.step).Note(crm.Settled)
		entries = append(entries, crm.Entry{ID: crm.EntryID(x.id), Key: key, On: on, At: x.at})
	}
	for _, x := range d.snoozed {
		key := crm.SnoozeKey(on, "")
		if x.until != (calendar.Date{}) {
			key = crm.SnoozeKey(on, x.until.String())
		}
		entries = append(entries, crm.Entry{ID: crm.EntryID(x.id), Key: key, On: on})
	}
	for _, x := range d.warnings {
		entries = append(entries, x.entries(d)...)
	}
	if d.archiving != neverArchived {
		entries = append(entries, crm.Entry{Key: crm.ArchivedKey(on), On: on, Confirmed: d.archiving == wasArchived})
	}
	slices.SortStableFunc(entries, func(a, b crm.Entry) int { return int(a.ID - b.ID) })
	return entries
}

// holds returns what a run finds that holds reminders back.
func (w *world) holds(d *deal) crm.Holds {
	h := crm.Holds{FollowUp: d.upset}
	for _, t := range d.todos {
		h.Appointments = append(h.Appointments, crm.Appointment{Date: t.deadline.String()})
	}
	for _, at := range d.meetings {
		h.Appointments = append(h.Appointments, crm.Appointment{Date: w.wall[w.page(at)].String(), Meeting: true})
	}
	for _, l := range d.letters {
		switch {
		case l.by == byCompany:
			h.Wrote = l.at
		case l.by != byProgram:
			h.Away = ""
		case l.back != calendar.Date{}:
			h.Away = l.back.String()
		}
	}
	if n := len(d.scores); n > 0 {
		h.LowScore = d.scores[n-1]
	}
	return h
}

// messages returns what others wrote. As in a run, what the company wrote is read where
// the client wrote lately, or wrote and was sent no reminder.
func (d *deal) messages(now time.Time) []crm.Message {
	wrote, lately, reminded := false, false, false
	for _, m := range d.mails {
		reminded = reminded || m.state == left
	}
	for _, l := range d.letters {
		if l.by != byCompany {
			wrote = true
			lately = lately || l.at.After(now.Add(-crm.AnswerSpan))
		}
	}
	outgoing := lately || wrote && !reminded
	var messages []crm.Message
	for _, l := range d.letters {
		if l.by != byCompany || outgoing {
			messages = append(messages, crm.Message{Opportunity: crm.OpportunityID(d.id), At: l.at, Subject: l.subject, Incoming: l.by != byCompany})
		}
	}
	return messages
}

// takenTurns returns the turns that a run reads: those of the days that matter, if
// there are several.
func (w *world) takenTurns(r crm.Record, d *deal, p remindplan.Policy) []crm.TakenTurn {
	to, reason := r.Client()
	if p.DaysBetween < 2 || reason != "" {
		return nil
	}
	var turns []crm.TakenTurn
	for _, t := range d.client.turns {
		if !t.at.Before(p.Since(w.clock)) {
			by := crm.ReminderKey(crm.OpportunityID(t.deal.id), t.step).Turn()
			turns = append(turns, crm.TakenTurn{Client: crm.AddressToken(to.Mailbox), By: by, At: t.at})
		}
	}
	return turns
}
