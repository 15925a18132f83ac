package explanation

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// activities tells of each finished activity whether its client was asked, and
// what came of it.
func (x explainer) activities() []Activity {
	records := make([]feedbackplan.Record, len(x.Finished))
	for i, d := range x.Finished {
		records[i] = feedbackplan.Record{Record: x.Record.Record, Activity: d}
	}
	list := make([]Activity, len(records))
	for i, d := range feedbackplan.Decide(records, x.rules.Feedback, x.Asked, x.now) {
		done := x.Finished[i]
		list[i] = Activity{Activity: done.Message, Type: done.TypeName, Finished: done.At}
		key := crm.QuestionnaireKey(crm.Feedback, x.Opportunity.ID, done.Message)
		if e, ok := x.entry(key); ok {
			list[i] = x.asked(list[i], e)
			continue
		}
		list[i].Status = x.asking(done, d)
		if note, ok := x.entry(key.Note(crm.Refused)); ok && list[i].Outcome != report.Planned {
			list[i].Status = x.refused(note)
		}
	}
	return list
}

// asked tells of a questionnaire that was mailed, or was to be.
func (x explainer) asked(a Activity, e crm.Entry) Activity {
	a.Status = x.mailed(e, x.settledOn(e.Key))
	q, known := x.Questionnaires[a.Activity]
	if a.Outcome != report.Sent || !known {
		return a
	}
	a.Answered, a.Deadline = q.Answered, q.Deadline
	reminder, reminded := x.entry(crm.QuestionnaireKey(crm.FeedbackReminder, x.Opportunity.ID, a.Activity))
	switch {
	case reminded && reminder.Confirmed:
		a.Explanation += " The client was reminded of it on " + x.moment(reminder.At) + "."
	case reminded:
		a.Explanation += " Then the client was to be reminded of it. " + x.mailed(reminder, time.Time{}).Explanation
	default:
		a.Reminder = x.reminderOf(a, e, q)
	}
	switch {
	case !q.Answered.IsZero() && q.Noted:
		a.Explanation += " Answered on " + x.moment(q.Answered) + "; the answer is on the opportunity."
	case !q.Answered.IsZero():
		a.Explanation += " Answered on " + x.moment(q.Answered) + "; `crm-tool feedback collect` has yet to write it down."
	case x.now.After(q.Deadline):
		a.Explanation += " It was not answered by " + x.date(q.Deadline) + "."
	default:
		a.Explanation += " It can be answered until " + x.date(q.Deadline) + "."
	}
	if a.Reminder != "" {
		a.Explanation += " As things stand today, the client is reminded of it on " + a.Reminder + "."
	}
	return a
}

// reminderOf is the day on which the client is reminded of a questionnaire that
// he has not answered; empty when he will not be.
func (x explainer) reminderOf(a Activity, e crm.Entry, q Questionnaire) string {
	if x.rules.RemindAfterDays == 0 || x.rules.FeedbackOff != "" || !q.Answered.IsZero() {
		return ""
	}
	day := calendar.Of(e.At, x.zone).AddDays(x.rules.RemindAfterDays)
	at := day.Noon(x.zone)
	if today := calendar.Of(x.now, x.zone); today.DaysSince(day) >= 0 {
		day, at = today, x.now
	}
	pending := feedbackplan.Pending{
		Record: feedbackplan.Record{
			Record:   x.Record.Record,
			Activity: crm.DoneActivity{Message: a.Activity, Opportunity: x.Opportunity.ID, TypeName: a.Type, At: a.Finished},
		},
		Email: q.Email, Asked: e.At, Deadline: q.Deadline, Begun: q.Begun,
	}
	if !feedbackplan.DecideReminders([]feedbackplan.Pending{pending}, x.rules.Feedback, x.Asked, at)[0].Ask() {
		return ""
	}
	return day.String()
}

// asking tells why nobody was asked, or that somebody will be.
func (x explainer) asking(done crm.DoneActivity, d feedbackplan.Decision) Status {
	switch {
	case !d.Ask():
		return Status{Outcome: report.Skipped, Reason: d.Reason, Explanation: x.because(d.Reason)}
	case x.rules.FeedbackOff != "":
		return Status{Outcome: report.Skipped, Explanation: "Feedback is switched off (" + x.rules.FeedbackOff + ")."}
	case done.At.Before(x.now.AddDate(0, 0, -x.rules.LookbackDays)):
		return Status{
			Outcome: report.Skipped, Reason: crm.Missed,
			Explanation: "It was finished more than " + number(x.rules.LookbackDays) + " days ago (feedback.lookback_days), and no run asked in time.",
		}
	}
	return Status{Outcome: report.Planned, To: []string{d.To.Mailbox}, Explanation: "The next run of `crm-tool feedback send` asks."}
}
