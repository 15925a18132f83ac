package explanation

import (
	"time"

	archiveplan "github.com/crm-tool/crm-tool/pkg/archive/plan"
	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// archiving tells whether the opportunity is archived, or when it will be.
func (x explainer) archiving() Archiving {
	due := calendar.Of(x.Opportunity.Origin(), x.zone).AddDays(x.rules.Archive.AfterDays)
	a := Archiving{Off: x.rules.ArchiveOff, Date: due.String()}
	reason := x.keeps(x.now)
	old := reason != crm.OutsideWindow
	if !old {
		reason = x.keeps(due.Noon(x.zone))
	}
	switch {
	case reason == crm.AlreadyDone:
		note, _ := x.entry(crm.ArchivedKey(x.Opportunity.ID))
		a.Run = x.rules.RunOf(note.Token)
		a.Status = Status{Outcome: report.Archived, At: note.At, Explanation: "crm-tool archived it on " + x.moment(note.At) + by(a.Run) + "."}
	case reason == crm.WasRestored:
		a.Status = x.cameBack()
	case reason == crm.Gone:
		a.Status = Status{Outcome: report.Skipped, Reason: reason, At: x.Opportunity.Closed, Explanation: "Somebody archived it in Odoo" + x.closedOn() + "; it was not crm-tool."}
	case reason == crm.ReminderPending && old:
		a.Status = Status{Outcome: report.Skipped, Reason: reason, Explanation: "It is old enough since " + a.Date + ", and waits for the reminder that is still to be mailed."}
	case reason != "" && reason != crm.ReminderPending:
		a.Status = Status{Outcome: report.Skipped, Reason: reason, Explanation: "It stays. " + report.Explain(reason)}
	case a.Off != "":
		a.Status = Status{Outcome: report.Skipped, Explanation: "Archiving is switched off (" + a.Off + ")."}
	case old:
		a.Status = Status{Outcome: report.Planned, Explanation: "It is old enough since " + a.Date + ": the next run archives it."}
	case reason == crm.ReminderPending:
		a.Status = Status{Outcome: report.Planned, Explanation: "As things stand today, after the reminder that falls due by then."}
	default:
		a.Status = Status{Outcome: report.Planned, Explanation: "As things stand today."}
	}
	return a
}

// keeps asks the planner as of an instant.
func (x explainer) keeps(at time.Time) crm.Reason {
	return archiveplan.Decide([]archiveplan.Record{x.Record}, x.rules.Archive, at)[0].Reason
}

// cameBack tells who put the opportunity back.
func (x explainer) cameBack() Status {
	note, _ := x.entry(crm.ArchivedKey(x.Opportunity.ID))
	text := "crm-tool archived it on " + x.moment(note.At) + by(x.rules.RunOf(note.Token)) + ". "
	f := Status{Outcome: report.Skipped, Reason: crm.WasRestored}
	if back, ok := x.entry(crm.RestoredKey(x.Opportunity.ID)); ok {
		f.At = back.At
		text += "It was put back on " + x.moment(back.At)
	} else {
		text += "Somebody put it back"
	}
	f.Explanation = text + ", so it stays from then on."
	return f
}

func (x explainer) closedOn() string {
	if x.Opportunity.Closed.IsZero() {
		return ""
	}
	return " on " + x.moment(x.Opportunity.Closed)
}

// by names a run.
func by(run string) string {
	if run == "" {
		return ""
	}
	return ", run " + run
}
