package plan

import (
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// warn completes the decision about an opportunity that nothing keeps: whether its
// salesperson is told, was told and has time left, or wants to keep it.
func (p Policy) warn(d *Decision, r Record, now time.Time) {
	today, due := calendar.Of(now, p.Zone), p.due(r)
	last, warned := r.LastWarning()
	kept := r.KeptSince(last)
	switch _, nobody := r.WarningTo(); {
	case warned && !last.Confirmed && last.NotedUncertain(r.Entries):
		d.Reason = crm.IsUncertain
	case warned && !last.Confirmed:
		d.Reason = crm.ClaimedElsewhere
	case warned && !kept.IsZero() && today.DaysSince(calendar.Of(kept, p.Zone)) < p.Age(r.Opportunity):
		d.Reason, d.On = crm.KeptAnswer, calendar.Of(kept, p.Zone).AddDays(p.Age(r.Opportunity)+p.WarnDays)
	case warned && kept.IsZero() && last.WarnedUser() == r.Opportunity.Salesperson && p.holds(r, last, today):
		told := calendar.Of(last.At, p.Zone)
		if d.On = later(due, told.AddDays(p.WarnDays)); d.On.DaysSince(today) > 0 {
			d.Reason = crm.OutsideWindow
		}
	case nobody == "":
		d.Warn, d.On = true, later(due, today.AddDays(p.WarnDays))
	case due.DaysSince(today) > 0:
		d.Reason = crm.OutsideWindow
	default:
		d.Unwarned = nobody
	}
}

// due returns the day on which the opportunity is old enough.
func (p Policy) due(r Record) calendar.Date {
	return calendar.Of(r.Opportunity.Origin(), p.Zone).AddDays(p.Age(r.Opportunity))
}

// holds tells whether a warning still counts. What something else kept for long is
// warned about again.
func (p Policy) holds(r Record, warning crm.Entry, today calendar.Date) bool {
	return today.DaysSince(calendar.Of(warning.At, p.Zone)) <= p.WarnDays+p.Age(r.Opportunity)
}

func later(a, b calendar.Date) calendar.Date {
	if b.DaysSince(a) > 0 {
		return b
	}
	return a
}

// KeptSince returns when somebody last answered the mail of a warning, or the
// salesperson last wrote on the opportunity after it; zero if nobody did. An automatic
// answer does not count.
func (r Record) KeptSince(warning crm.Entry) time.Time {
	var last time.Time
	for _, c := range r.Colleagues {
		answers := c.Answers != "" && c.Answers == warning.SentAs()
		wrote := c.Opportunity == r.Opportunity.ID && c.Author != 0 && c.Author == r.Salesperson.Contact
		automatic := crm.Message{Subject: c.Subject}.Automatic(nil)
		if (answers || wrote) && !automatic && !c.At.Before(warning.At) && c.At.After(last) {
			last = c.At
		}
	}
	return last
}

// Warnings returns the last warnings of records, those that can have been answered.
func Warnings(records []Record) []crm.Entry {
	var last []crm.Entry
	for _, r := range records {
		if w, found := r.LastWarning(); found && w.Confirmed {
			last = append(last, w)
		}
	}
	return last
}

// AddColleagues completes records by what was written since their last warnings.
func AddColleagues(records []Record, written []crm.Colleague) {
	for i, r := range records {
		last, found := r.LastWarning()
		for _, c := range written {
			if found && (c.Opportunity == r.Opportunity.ID || c.Answers == last.SentAs()) {
				records[i].Colleagues = append(records[i].Colleagues, c)
			}
		}
	}
}
