package explanation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// steps explains each step: what its entry says, or else its planner. After them
// it tells the mails that belong to none of them.
func (x explainer) steps() []Step {
	p := x.rules.Reminders.For(x.Opportunity)
	origin := calendar.Of(x.Opportunity.Origin(), x.zone)
	steps, told := make([]Step, len(p.Days)), map[crm.EntryID]bool{}
	for i, day := range p.Days {
		due := origin.AddDays(day)
		steps[i] = Step{Step: day, Date: due.String()}
		if e, ok := x.entry(crm.ReminderKey(x.Opportunity.ID, day)); ok {
			steps[i].Status, told[e.ID] = x.mailed(e), true
			continue
		}
		steps[i].Status = x.step(day, due, p.Last(x.Record.Record, i))
	}
	for _, e := range x.Entries {
		if e.Key.Kind == crm.Reminder && !told[e.ID] {
			steps = append(steps, x.unplanned(e, origin))
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return a.Step - b.Step })
	return steps
}

// unplanned explains a mail that is none of today's steps: reminders.days was
// changed since, the opportunity came under another rule, or Odoo merged an opportunity that had a mail of the same step.
func (x explainer) unplanned(e crm.Entry, origin calendar.Date) Step {
	s := Step{Step: e.Key.Step, Date: origin.AddDays(e.Key.Step).String(), Status: x.mailed(e)}
	if p := x.rules.Reminders.For(x.Opportunity); !slices.Contains(p.Days, e.Key.Step) {
		days := "reminders.days"
		if r := p.Rules.For(x.Opportunity); r.Days != nil {
			days = "the days of " + r.String()
		}
		s.Explanation += fmt.Sprintf(" Day %d is not in %s any more.", e.Key.Step, days)
	}
	if e.Key.Opportunity != x.Opportunity.ID {
		s.Explanation += fmt.Sprintf(" It was about opportunity %d, which was merged into this one.", e.Key.Opportunity)
	}
	return s
}

// step explains the step of a day that has no entry, and whose turn is from one
// date to another.
func (x explainer) step(day int, from, until calendar.Date) Status {
	p, key := x.rules.Reminders, crm.ReminderKey(x.Opportunity.ID, day)
	today := calendar.Of(x.now, x.zone)
	if today.DaysSince(from) < 0 {
		return x.planned(x.plan(p.Instant(p.Workday(x.Record.Record, from))), asOfToday)
	}
	note, refused := x.entry(key.Note(crm.Refused))
	d := x.plan(x.now)
	switch open := today.DaysSince(until) <= 0; {
	case open && (!refused || d.Send()):
		return x.planned(d, "Is due: the next run mails it.")
	case refused:
		return x.refused(note)
	}
	return x.passed(until)
}

// refused explains a mail that the mail server did not take, by the note about it.
func (x explainer) refused(note crm.Entry) Status {
	return Status{
		Outcome: report.Failed, Reason: crm.RefusedByServer, At: note.At,
		Explanation: "The mail server refused the client's address on " + x.moment(note.At) + "; the note on the opportunity has its words.",
	}
}

// plan asks the planner as of an instant that is not past.
func (x explainer) plan(at time.Time) remindplan.Decision {
	return remindplan.Decide([]crm.Record{x.Record.Record}, x.rules.Reminders, at)[0]
}

func (x explainer) planned(d remindplan.Decision, when string) Status {
	switch {
	case x.rules.RemindersOff != "":
		return skipped("", "Reminders are switched off ("+x.rules.RemindersOff+").")
	case !d.DayOff.IsZero():
		return skipped(d.Reason, d.WhenMailed()+".")
	case !d.Send():
		s := skipped(d.Reason, x.because(d.Reason))
		if when := d.WhenMailed(); when != "" {
			s.Explanation = strings.TrimSuffix(s.Explanation, ".") + ", " + when + "."
		}
		return s
	}
	s := Status{Outcome: report.Planned, Recipients: Recipients{To: []string{d.To.Mailbox}}, Explanation: when}
	if !d.CC.IsZero() {
		s.CC = []string{d.CC.Mailbox}
	}
	return s
}

// passed asks the planner as of the last day of a turn in which no run mailed.
func (x explainer) passed(until calendar.Date) Status {
	end := until.AddDays(1).Start(x.zone).Add(-time.Second)
	d := remindplan.Decide([]crm.Record{x.asOf(end)}, x.rules.Reminders, x.rules.Reminders.Instant(until))[0]
	over := "; the turn of this step was over on " + until.String() + "."
	switch d.Reason {
	case "":
	case crm.RuleExcluded, crm.Won, crm.NoEmail, crm.BadEmail, crm.Blacklisted, crm.Bounced, crm.OptedOut:
		return skipped(d.Reason, x.because(d.Reason)+" So it is today; what it was then is not known.")
	default:
		if d.Held() {
			return skipped(crm.Missed, x.because(d.Reason)+" So it is today. The turn of this step was over on "+until.String()+".")
		}
		return skipped(d.Reason, x.because(d.Reason))
	}
	switch first := x.rules.FirstRun; {
	case first.IsZero():
		return skipped(crm.Missed, "crm-tool has not run on this Odoo yet"+over)
	case end.Before(first):
		return skipped(crm.Missed, "crm-tool first ran on "+x.moment(first)+over)
	}
	return skipped(crm.Missed, "No run mailed it while it was its turn, until "+until.String()+
		", and nothing is known that stood in its way. `crm-tool runs` tells which runs there were.")
}

// asOf returns the record as it was at an instant, as far as that is known.
func (x explainer) asOf(t time.Time) crm.Record {
	r := x.Record.Record
	r.Entries = slices.DeleteFunc(slices.Clone(r.Entries), func(e crm.Entry) bool { return e.At.After(t) })
	r.Messages = slices.DeleteFunc(slices.Clone(r.Messages), func(m crm.Message) bool { return m.At.After(t) })
	r.Turns = slices.DeleteFunc(slices.Clone(r.Turns), func(turn crm.TakenTurn) bool { return turn.At.After(t) })
	if r.Holds.Wrote.After(t) {
		r.Holds.Wrote = time.Time{}
	}
	if r.Holds.LowScore.After(t) {
		r.Holds.LowScore = time.Time{}
	}
	if closed := r.Opportunity.Closed; !r.Opportunity.Active && closed.After(t) {
		r.Opportunity.Active = true
	}
	return r
}

// entry returns the entry of a key: the confirmed one, if there is one, else the
// newest. Entries that came with another opportunity, which Odoo merged into
// this one, count if it has none of its own.
func (x explainer) entry(key crm.Key) (crm.Entry, bool) {
	var found crm.Entry
	best := 0
	for _, e := range x.Entries {
		rank := 1
		if e.Confirmed {
			rank += 2
		}
		if e.Key.Opportunity == x.Opportunity.ID {
			rank++
		}
		if key.Opportunity = e.Key.Opportunity; e.Key == key && rank >= best {
			found, best = e, rank
		}
	}
	return found, found.ID != 0
}

// mailed explains a mail by its entry.
func (x explainer) mailed(e crm.Entry) Status {
	s := Status{At: e.At, Recipients: x.Recipients[e.ID], MessageID: e.MessageID}
	at := x.moment(e.At)
	switch {
	case e.Confirmed:
		s.Outcome, s.Explanation = report.Sent, "Sent on "+at+"."
		if settled, _ := x.entry(e.Key.Note(crm.Settled)); settled.At.After(e.At) {
			s.Explanation += " Whether it left was uncertain; a person decided about it on " + x.moment(settled.At) + "."
		}
	case e.NotedUncertain(x.Entries):
		command := "feedback"
		if e.Key.Kind == crm.Reminder {
			command = "remind"
		}
		s.Outcome, s.Reason = report.Failed, crm.IsUncertain
		s.Explanation = "A run was cut off while it sent this mail on " + at +
			": nobody can know whether it left. `crm-tool runs uncertain` lists it. `crm-tool " + command + " settle` decides."
	case x.now.Before(e.At.Add(ledger.ClaimTTL)):
		s.Outcome, s.Reason, s.Explanation = report.Skipped, crm.ClaimedElsewhere, "A run has it in hand since "+at+"."
	default:
		s.Outcome, s.Reason = report.Skipped, crm.ClaimedElsewhere
		s.Explanation = "A run that died had it in hand on " + at + "; the next run finds out what became of it."
	}
	return s
}

// because says in a sentence why nothing is mailed, with the date if it is known.
func (x explainer) because(r crm.Reason) string {
	var refused, wrote time.Time
	for _, e := range x.Entries {
		if e.Key.Kind == crm.Refused {
			refused = e.At
		}
	}
	for _, m := range x.Messages {
		if m.Incoming && !m.Automatic(x.Entries) && m.At.After(wrote) {
			wrote = m.At
		}
	}
	switch {
	case r == crm.RuleExcluded:
		return x.excluded()
	case r == crm.Excluded && x.rules.Feedback.Opportunities.For(x.Opportunity).AsksNothing():
		return "No questionnaire goes out because of " + x.rules.Feedback.Opportunities.For(x.Opportunity).String() + "."
	case r == crm.Gone:
		return "The opportunity is archived."
	case r == crm.RefusedByServer && !refused.IsZero():
		return "The mail server refused the client's address on " + x.moment(refused) + "; correct it, and the mails go on."
	case r == crm.Replied && !wrote.IsZero():
		return "The client wrote on " + x.moment(wrote) + ", so that crm-tool leaves the conversation to people."
	case r == crm.OptedOut && x.Stop.Counts():
		return "The address is opted out since " + x.moment(x.Stop.Since) + ", by " + x.Stop.Origin() + "; `crm-tool optout lift` takes it back."
	case r == crm.OptedOut:
		return "It has the tag that reminders.opt_out_tag names."
	}
	return report.Explain(r)
}

// excluded says which rule keeps mails or the archiving from an opportunity.
func (x explainer) excluded() string {
	r := x.rules.Reminders.Rules.For(x.Opportunity).String()
	return strings.ToUpper(r[:1]) + r[1:] + " excludes it."
}
