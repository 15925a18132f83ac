package explanation

import (
	"slices"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

func number(n int) string { return strconv.Itoa(n) }

// steps tells of each step: what its entry says, or else its planner.
func (x explainer) steps() []Step {
	p := x.rules.Reminders
	born := calendar.Of(x.Opportunity.Origin(), x.zone)
	steps := make([]Step, len(p.Days))
	for i, day := range p.Days {
		// The days on which it is this step's turn: see remind.Policy.Windows.
		last := day + p.CatchUp
		if i+1 < len(p.Days) {
			last = min(last, p.Days[i+1]-1)
		}
		turn := span{from: born.AddDays(day), until: born.AddDays(last)}
		steps[i] = Step{Step: day, Date: turn.from.String(), Status: x.step(day, turn)}
	}
	return steps
}

// span is from a day until another one, that one included.
type span struct{ from, until calendar.Date }

func (x explainer) step(day int, turn span) Status {
	key := crm.ReminderKey(x.Opportunity.ID, day)
	if e, ok := x.entry(key); ok {
		return x.mailed(e, x.settledOn(key))
	}
	today := calendar.Of(x.now, x.zone)
	if today.DaysSince(turn.from) < 0 {
		return x.planned(x.plan(turn.from.Noon(x.zone)), "As things stand today.")
	}
	note, refused := x.entry(key.Note(crm.Refused))
	open := today.DaysSince(turn.until) <= 0
	if d := x.plan(x.now); open && (!refused || d.Send()) {
		return x.planned(d, "Is due: the next run mails it.")
	}
	if refused {
		return x.refused(note)
	}
	return x.passed(turn)
}

// refused tells what the note about a mail says that the mail server did not
// take.
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
		return Status{Outcome: report.Skipped, Explanation: "Reminders are switched off (" + x.rules.RemindersOff + ")."}
	case !d.Send():
		return Status{Outcome: report.Skipped, Reason: d.Reason, Explanation: x.because(d.Reason)}
	}
	f := Status{Outcome: report.Planned, To: []string{d.To.Mailbox}, Explanation: when}
	if !d.CC.IsZero() {
		f.CC = []string{d.CC.Mailbox}
	}
	return f
}

// passed asks the planner as of the last day of a turn that nobody used.
func (x explainer) passed(turn span) Status {
	end := turn.until.AddDays(1).Start(x.zone).Add(-time.Second)
	d := remindplan.Decide([]crm.Record{x.asOf(end)}, x.rules.Reminders, end)[0]
	if !d.Send() {
		f := Status{Outcome: report.Skipped, Reason: d.Reason, Explanation: x.because(d.Reason)}
		if slices.Contains([]crm.Reason{crm.Won, crm.NoEmail, crm.BadEmail, crm.Blacklisted, crm.Bounced}, d.Reason) {
			f.Explanation += " So it is today; what it was then is not known."
		}
		return f
	}
	f := Status{Outcome: report.Skipped, Reason: crm.Missed}
	if x.rules.FirstRun.IsZero() {
		f.Explanation = "crm-tool has not run on this Odoo yet; the turn of this step was over on " + turn.until.String() + "."
		return f
	}
	if end.Before(x.rules.FirstRun) {
		f.Explanation = "crm-tool first ran on " + x.moment(x.rules.FirstRun) + "; the turn of this step was over on " + turn.until.String() + "."
		return f
	}
	f.Explanation = "No run mailed it while it was its turn, until " + turn.until.String() +
		", and nothing is known that stood in its way. `crm-tool runs` tells which runs there were."
	return f
}

// asOf returns the record as it was at an instant, as far as that is known.
func (x explainer) asOf(t time.Time) crm.Record {
	r := x.Record.Record
	r.Entries = slices.DeleteFunc(slices.Clone(r.Entries), func(e crm.Entry) bool { return e.At.After(t) })
	r.Messages = slices.DeleteFunc(slices.Clone(r.Messages), func(m crm.Message) bool { return m.At.After(t) })
	if closed := r.Opportunity.Closed; !r.Opportunity.Active && closed.After(t) {
		r.Opportunity.Active = true
	}
	return r
}

// entry returns the entry of a key: the confirmed one, if there is one, else the
// newest. Entries that came with another opportunity, which Odoo merged into
// this one, count as well.
func (x explainer) entry(key crm.Key) (crm.Entry, bool) {
	var found crm.Entry
	for _, e := range x.Entries {
		key.Opportunity = e.Key.Opportunity
		if e.Key == key && (e.Confirmed || !found.Confirmed) {
			found = e
		}
	}
	return found, found.ID != 0
}

// settledOn is when a person decided about the mail of a key, zero if nobody did.
func (x explainer) settledOn(key crm.Key) time.Time {
	e, _ := x.entry(key.Note(crm.Settled))
	return e.At
}

// mailed tells what the entry of a mail says of it.
func (x explainer) mailed(e crm.Entry, settled time.Time) Status {
	to := x.Recipients[e.ID]
	f := Status{At: e.At, To: to.To, CC: to.CC, MessageID: e.MessageID}
	switch {
	case e.Confirmed:
		f.Outcome, f.Explanation = report.Sent, "Sent on "+x.moment(e.At)+"."
		if settled.After(e.At) {
			f.Explanation += " Whether it left was uncertain; a person decided about it on " + x.moment(settled) + "."
		}
	case e.NotedUncertain(x.Entries):
		f.Outcome, f.Reason = report.Failed, crm.IsUncertain
		f.Explanation = "A run was cut off while it sent this mail on " + x.moment(e.At) +
			": nobody can know whether it left. `crm-tool runs uncertain` lists it."
		if e.Key.Kind == crm.Reminder {
			f.Explanation += " `crm-tool remind settle` decides."
		} else {
			f.Explanation += " `crm-tool feedback settle` decides."
		}
	case x.now.Before(e.At.Add(x.rules.ClaimLife)):
		f.Outcome, f.Reason, f.Explanation = report.Skipped, crm.ClaimedElsewhere, "A run has it in hand since "+x.moment(e.At)+"."
	default:
		f.Outcome, f.Reason = report.Skipped, crm.ClaimedElsewhere
		f.Explanation = "A run that died had it in hand on " + x.moment(e.At) + "; the next run finds out what became of it."
	}
	return f
}

// because is a reason in a sentence, as much as the case tells of it.
func (x explainer) because(r crm.Reason) string {
	refused, wrote := x.refusedAt(), x.wroteAt()
	switch {
	case r == crm.Gone:
		return "The opportunity is archived."
	case r == crm.RefusedByServer && !refused.IsZero():
		return "The mail server refused the client's address on " + x.moment(refused) + "; correct it, and the mails go on."
	case r == crm.Replied && !wrote.IsZero():
		return "The client wrote on " + x.moment(wrote) + ", so that crm-tool leaves the conversation to people."
	}
	return report.Explain(r)
}

func (x explainer) refusedAt() time.Time {
	var at time.Time
	for _, e := range x.Entries {
		if e.Key.Kind == crm.Refused {
			at = e.At
		}
	}
	return at
}

// wroteAt is when the client wrote last.
func (x explainer) wroteAt() time.Time {
	var at time.Time
	for _, m := range x.Messages {
		if m.Incoming && !m.Automatic() && m.At.After(at) {
			at = m.At
		}
	}
	return at
}
