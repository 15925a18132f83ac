package explanation

import (
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	feedbackplan "github.com/crm-tool/crm-tool/pkg/feedback/plan"
	"github.com/crm-tool/crm-tool/pkg/report"
)

// activities explains for each finished activity whether its client was asked, and
// what came of it.
func (x explainer) activities() []Activity {
	records := make([]feedbackplan.Record, len(x.Finished))
	for i, done := range x.Finished {
		records[i] = feedbackplan.Record{Record: x.Record.Record, Activity: done}
	}
	list, told := make([]Activity, len(records)), map[crm.EntryID]bool{}
	for i, d := range feedbackplan.Decide(records, x.rules.Feedback, x.Asked, x.now) {
		done, a := x.Finished[i], &list[i]
		a.Activity, a.Type, a.Finished = done.Message, done.TypeName, done.At
		key := crm.QuestionnaireKey(crm.Feedback, x.Opportunity.ID, done.Message)
		if e, ok := x.entry(key); ok {
			told[done.Message] = true
			x.asked(a, records[i], e)
			continue
		}
		a.Status = x.asking(done, d)
		if note, ok := x.entry(key.Note(crm.Refused)); ok && a.Outcome != report.Planned {
			a.Status = x.refused(note)
		}
	}
	return append(x.forgotten(told), list...)
}

// forgotten explains the questionnaires that were mailed about activities which
// Odoo has deleted since, or which are too old to be told.
func (x explainer) forgotten(told map[crm.EntryID]bool) []Activity {
	list := []Activity{}
	for _, e := range x.Entries {
		if e.Key.Kind == crm.Feedback && !told[e.Key.Activity] {
			a := Activity{Activity: e.Key.Activity, Type: "activity"}
			x.asked(&a, feedbackplan.Record{}, e)
			a.Explanation += fmt.Sprintf(" The activity %d is not in Odoo any more, or older than the newest %d.", e.Key.Activity, explainedMost)
			list = append(list, a)
		}
	}
	return list
}

// asked explains a questionnaire that was mailed, or was to be.
func (x explainer) asked(a *Activity, r feedbackplan.Record, e crm.Entry) {
	a.Status = x.mailed(e)
	q, known := x.Questionnaires[a.Activity]
	if a.Outcome != report.Sent {
		return
	}
	reminder, reminded := x.entry(crm.QuestionnaireKey(crm.FeedbackReminder, x.Opportunity.ID, a.Activity))
	switch {
	case reminded && reminder.Confirmed:
		a.Explanation += " The client was reminded of it on " + x.moment(reminder.At) + "."
	case reminded:
		a.Explanation += " Then the client was to be reminded of it. " + x.mailed(reminder).Explanation
	case known:
		a.Reminder = x.reminderDay(q, feedbackplan.Pending{Record: r, Email: q.Email, Asked: e.At, Deadline: q.Deadline, Begun: q.Begun})
	}
	if !known {
		return
	}
	a.Answered, a.Deadline = q.Answered, q.Deadline
	switch answered := " Answered on " + x.moment(q.Answered); {
	case !q.Answered.IsZero() && q.Noted:
		a.Explanation += answered + "; the answer is on the opportunity."
	case !q.Answered.IsZero():
		a.Explanation += answered + "; `crm-tool feedback collect` has yet to write it down."
	case x.now.After(q.Deadline):
		a.Explanation += " It was not answered by " + x.date(q.Deadline) + "."
	default:
		a.Explanation += " It can be answered until " + x.date(q.Deadline) + "."
	}
	if a.Reminder != "" {
		a.Explanation += " As things stand today, the client is reminded of it on " + a.Reminder + "."
	}
}

// reminderDay is the day on which the client will be reminded of a questionnaire,
// empty if they will not be.
func (x explainer) reminderDay(q Questionnaire, pending feedbackplan.Pending) string {
	if x.rules.RemindAfterDays == 0 || x.rules.FeedbackOff != "" || !q.Answered.IsZero() {
		return ""
	}
	day := calendar.Of(pending.Asked, x.zone).AddDays(x.rules.RemindAfterDays)
	at := day.Noon(x.zone)
	if today := calendar.Of(x.now, x.zone); today.DaysSince(day) >= 0 {
		day, at = today, x.now
	}
	if !feedbackplan.DecideReminders([]feedbackplan.Pending{pending}, x.rules.Feedback, x.Asked, at)[0].Ask() {
		return ""
	}
	return day.String()
}

// asking explains why nobody was asked, or that somebody will be.
func (x explainer) asking(done crm.DoneActivity, d feedbackplan.Decision) Status {
	switch days := x.rules.LookbackDays; {
	case !d.Ask():
		return skipped(d.Reason, x.because(d.Reason))
	case x.rules.FeedbackOff != "":
		return skipped("", "Feedback is switched off ("+x.rules.FeedbackOff+").")
	case done.At.Before(x.now.AddDate(0, 0, -days)):
		return skipped(crm.Missed, fmt.Sprintf("It was finished more than %d days ago (feedback.lookback_days), and no run asked in time.", days))
	}
	return Status{
		Outcome: report.Planned, Recipients: Recipients{To: []string{d.To.Mailbox}}, Explanation: "The next run of `crm-tool feedback send` asks.",
	}
}
