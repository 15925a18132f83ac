package plan

import (
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// unhappyDays is for how many days a low score holds reminders back.
const unhappyDays = 14

// hold is what holds a mail back: a reason, and the first day on which it does not
// any more; zero if that is not known.
type hold struct {
	reason crm.Reason
	until  calendar.Date
	// dayOff is why today is no working day, if that is what holds the mail back.
	dayOff calendar.DayOff
}

// Held tells whether the decision is to mail later: when what holds the mail back is
// over, if it is within [Policy.CatchUp] days of its day.
func (d Decision) Held() bool {
	return slices.Contains([]crm.Reason{
		crm.SnoozedUntil, crm.Away, crm.Unhappy, crm.ActivityPlanned, crm.SalespersonWrote, crm.RecentlyMailed, crm.Frozen, crm.OffHours,
	}, d.Reason)
}

// WhenMailed says, of a mail that is held back, until when that is, if it is known, and
// why today is no working day, if that is the reason. A
// step that is not mailed any more then is missed, or the next one takes its place.
func (d Decision) WhenMailed() string {
	off := ""
	if !d.DayOff.IsZero() {
		off = d.DayOff.String() + ", "
	}
	switch {
	case !d.Held() || d.Until == calendar.Date{}:
		return strings.TrimSuffix(off, ", ")
	case d.Until.DaysSince(d.Last) > 0:
		return off + "until " + d.Until.String() + ", and its last day is " + d.Last.String()
	}
	return off + "until " + d.Until.String()
}

// holds returns what holds a mail about the record back at now: what it is about the
// client first, then what is about the time.
func (p Policy) holds(r crm.Record, now time.Time) hold {
	today := calendar.Of(now, p.Zone)
	for _, look := range []func(crm.Record, calendar.Date) hold{p.snoozed, p.away, p.unhappy, p.planned, p.wrote} {
		if h := look(r, today); h.reason != "" {
			return h
		}
	}
	return p.hours(r, now)
}

// until returns a hold that ends on a date, if that is to come.
func until(reason crm.Reason, date, today calendar.Date) hold {
	if date.DaysSince(today) <= 0 {
		return hold{}
	}
	return hold{reason: reason, until: date}
}

// Snoozed returns the date until which a person wants no reminders of the record, and
// whether it is to come.
func (p Policy) Snoozed(r crm.Record, now time.Time) (calendar.Date, bool) {
	h := p.snoozed(r, calendar.Of(now, p.Zone))
	return h.until, h.reason != ""
}

func (Policy) snoozed(r crm.Record, today calendar.Date) hold {
	date, err := calendar.Parse(r.Snoozed())
	if err != nil {
		return hold{}
	}
	return until(crm.SnoozedUntil, date, today)
}

func (Policy) away(r crm.Record, today calendar.Date) hold {
	date, err := calendar.Parse(r.Holds.Away)
	if err != nil {
		return hold{}
	}
	return until(crm.Away, date, today)
}

func (p Policy) unhappy(r crm.Record, today calendar.Date) hold {
	switch at := r.Holds.LowScore; {
	case r.Holds.FollowUp:
		return hold{reason: crm.Unhappy}
	case at.IsZero() || today.DaysSince(calendar.Of(at, p.Zone)) < 0:
		return hold{}
	default:
		return until(crm.Unhappy, calendar.Of(at, p.Zone).AddDays(unhappyDays), today)
	}
}

// planned looks for the last appointment of those within Ahead days. The mail waits
// until the day after it.
func (p Policy) planned(r crm.Record, today calendar.Date) (h hold) {
	for _, a := range r.Holds.Appointments {
		date, err := calendar.Parse(a.Date)
		if days := date.DaysSince(today); err != nil || days < 0 || days > p.Ahead || p.Ahead == 0 {
			continue
		}
		if next := date.AddDays(1); h.reason == "" || next.DaysSince(h.until) > 0 {
			h = hold{reason: crm.ActivityPlanned, until: next}
		}
	}
	return h
}

func (p Policy) wrote(r crm.Record, today calendar.Date) hold {
	day := calendar.Of(r.Holds.Wrote, p.Zone)
	if r.Holds.Wrote.IsZero() || today.DaysSince(day) < 0 {
		return hold{}
	}
	return until(crm.SalespersonWrote, day.AddDays(p.Quiet), today)
}

// InTurn tells whether a step is due at now, whatever became of it.
func (p Policy) InTurn(r crm.Record, now time.Time) bool {
	p = p.For(r.Opportunity)
	age := p.Age(r.Opportunity, now)
	for _, day := range slices.Backward(p.Days) {
		if day <= age {
			return !p.missed(r, age-day, now)
		}
	}
	return false
}

// lastDay returns the last day on which a step is mailed.
func (p Policy) lastDay(r crm.Record, step int) calendar.Date {
	if i := slices.Index(p.Days, step); i >= 0 {
		return p.Last(r, i)
	}
	p.Days = []int{step}
	return p.Last(r, 0)
}
