package explanation

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// archiving explains whether the opportunity is archived, or when it will be.
func (x explainer) archiving() Archiving {
	due := calendar.Of(x.Opportunity.Origin(), x.zone).AddDays(x.rules.Archive.Age(x.Opportunity))
	a := Archiving{Off: x.rules.ArchiveOff, Date: due.String()}
	d := x.decideArchiving(x.now)
	reason, warned := d.Reason, d.On != calendar.Date{}
	old := calendar.Of(x.now, x.zone).DaysSince(due) >= 0
	if reason == crm.OutsideWindow && !warned {
		reason = x.decideArchiving(due.Noon(x.zone)).Reason
	}
	planned := func(text string) Status { return Status{Outcome: report.Planned, Explanation: text} }
	switch {
	case reason == crm.AlreadyDone, reason == crm.WasRestored:
		x.archived(&a, reason)
	case reason == crm.Gone:
		a.Status = skipped(reason, "Somebody archived it in Odoo"+x.on(x.Opportunity.Closed)+"; it was not crm-tool.")
		a.At = x.Opportunity.Closed
	case warned && a.Off == "":
		x.warned(&a, d)
	case reason == crm.ReminderPending && old:
		a.Status = skipped(reason, "It is old enough since "+a.Date+", and waits for the reminder that is still to be mailed.")
	case reason == crm.RuleExcluded:
		a.Status = skipped(reason, "It stays. "+x.excluded())
	case reason == crm.SnoozedUntil:
		a.Status = skipped(reason, "It stays until "+x.Snoozed()+". "+report.Explain(reason))
	case reason != "" && reason != crm.ReminderPending && !warned:
		a.Status = skipped(reason, "It stays. "+report.Explain(reason))
	case a.Off != "":
		a.Status = skipped("", "Archiving is switched off ("+a.Off+").")
	case old && d.Unwarned != "":
		a.Status = planned("It is old enough since " + a.Date + ": the next run archives it, and tells nobody first: " + d.Unwarned + ".")
	case old:
		a.Status = planned("It is old enough since " + a.Date + ": the next run archives it.")
	case reason == crm.ReminderPending:
		a.Status = planned("As things stand today, after the reminder that falls due by then.")
		x.tell(&a, due)
	default:
		a.Status = planned(asOfToday)
		x.tell(&a, due.AddDays(-x.rules.Archive.WarnDays))
	}
	return a
}

// tell adds on which day the salesperson will be told, if that is wanted and there is one.
// The reminders that are due come first; from that day on there are still the days of
// the warning.
func (x explainer) tell(a *Archiving, on calendar.Date) {
	days := x.rules.Archive.WarnDays
	if _, nobody := x.WarningTo(); days == 0 || nobody != "" {
		return
	}
	a.told, a.Date = on.String(), on.AddDays(days).String()
	a.Explanation += " Its salesperson is told on " + a.told + "."
}

// warned explains what the salesperson is told, or was told and what came of it. Date
// becomes the day on which it is archived then.
func (x explainer) warned(a *Archiving, d archiveplan.Decision) {
	a.Date = d.On.String()
	name := address.Printable(x.Salesperson.Name)
	last, _ := x.LastWarning()
	switch {
	case d.Warn:
		a.told = calendar.Of(x.now, x.zone).String()
		a.Status = Status{Outcome: report.Planned, Explanation: "The next run tells " + name + ", and it is archived on " + a.Date + " unless they keep it."}
	case d.Reason == crm.KeptAnswer:
		a.told = d.On.AddDays(-x.rules.Archive.WarnDays).String()
		a.Status = skipped(d.Reason, name+" was told on "+x.moment(last.At)+", and it was kept on "+x.moment(x.KeptSince(last))+
			" by an answer, or by what they wrote on it. It stays; they are told again on "+a.told+".")
	case d.Reason == "":
		a.Status = Status{Outcome: report.Planned, Explanation: name + " was told on " + x.moment(last.At) + ": the next run archives it."}
	default:
		a.Status = Status{Outcome: report.Planned, Explanation: name + " was told on " + x.moment(last.At) + "; it is archived on " + a.Date +
			" unless they answer that mail or write on it."}
	}
}

// decideArchiving asks the planner as of an instant.
func (x explainer) decideArchiving(at time.Time) archiveplan.Decision {
	return archiveplan.Decide([]archiveplan.Record{x.Record}, x.rules.Archive, at)[0]
}

// archived explains what crm-tool archived, and whether somebody put it back.
func (x explainer) archived(a *Archiving, reason crm.Reason) {
	note, _ := x.entry(crm.ArchivedKey(x.Opportunity.ID))
	run := crm.RunName(note.Token)
	text := "crm-tool archived it on " + x.moment(note.At)
	if run != "" {
		text += ", run " + run
	}
	if reason == crm.AlreadyDone {
		a.Run, a.Status = run, Status{Outcome: report.Archived, At: note.At, Explanation: text + "."}
		return
	}
	back, noted := x.entry(crm.RestoredKey(x.Opportunity.ID))
	who := "Somebody put it back"
	if noted {
		who = "It was put back" + x.on(back.At)
	}
	a.Status = skipped(reason, text+". "+who+", so it stays from then on.")
	a.At = back.At
}

// on is an instant in a sentence, nothing when it is not known.
func (x explainer) on(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " on " + x.moment(t)
}
