package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
)

// This file decides when mails may leave: on which days, and at which hours.

const (
	// longestLeave is for how many days, beside its CatchUp days, a reminder waits for
	// working days. What waits longer is missed: nobody wants it then.
	longestLeave = 90
	// foreseen is how many days ahead the next working day is looked for.
	foreseen = 31
	// longestTiers is into how many groups those who are on leave are put, by how long
	// a reminder waits for them.
	longestTiers = 8
)

// Span returns the time whose leaves matter at now to a policy with working days.
func (p Policy) Span(now time.Time) (from, until time.Time) {
	today := calendar.Of(now, p.Zone)
	return today.AddDays(-p.longestWait()).Start(p.Zone), today.AddDays(foreseen).Start(p.Zone)
}

// longestWait is how many days after its day a step is sent at most.
func (p Policy) longestWait() int { return 2*p.CatchUp + longestLeave }

// hours returns what holds every mail to the client of a record back at now: the date,
// or the hour.
func (p Policy) hours(r crm.Record, now time.Time) hold {
	today := calendar.Of(now, p.Zone)
	if thaw := p.thaw(today); thaw != today {
		return hold{reason: crm.Frozen, until: thaw}
	}
	if p.Work != nil {
		days := p.Work.Of(r, p.Zone)
		if why, off := days.Off(today); off {
			next, _ := days.Next(today, foreseen)
			return hold{reason: crm.OffHours, until: next, dayOff: why}
		}
	}
	if !p.Window.Contains(now, p.Zone) {
		return hold{reason: crm.OffHours}
	}
	return hold{}
}

// Instant returns an instant of a date at which reminders leave, if there is one.
func (p Policy) Instant(d calendar.Date) time.Time { return p.Window.On(d, p.Zone) }

// Workday returns the first working day from a date on: the date itself if every day is
// one, or none is known.
func (p Policy) Workday(r crm.Record, d calendar.Date) calendar.Date {
	if p.Work == nil {
		return d
	}
	if next, found := p.Work.Of(r, p.Zone).Next(d, foreseen); found {
		return next
	}
	return d
}

// missed tells whether a step whose day was so many days before now is not sent any
// more: more than CatchUp working days have gone by since.
func (p Policy) missed(r crm.Record, late int, now time.Time) bool {
	switch {
	case p.Work == nil:
		return late > p.CatchUp
	case late <= p.CatchUp:
		return false
	case late > p.longestWait():
		return true
	}
	days := p.Work.Of(r, p.Zone)
	return p.waited(now, late, func(d calendar.Date) bool {
		_, off := days.Off(d)
		return !off
	}) < late
}

// waited returns for how many days before now, at most, a step whose day was then is
// still sent.
func (p Policy) waited(now time.Time, most int, works func(calendar.Date) bool) int {
	today := calendar.Of(now, p.Zone)
	for back, worked := 1, 0; back <= most; back++ {
		if works(today.AddDays(-back)) {
			worked++
		}
		if worked > p.CatchUp {
			return back - 1
		}
	}
	return most
}

// Turn returns the first and the last age, in days, at which the i-th step is the
// latest due one, and due for at most CatchUp days.
func (p Policy) Turn(i int) (first, last int) { return p.turn(i, p.CatchUp) }

// turn is Turn with a number of days for which the step is due.
func (p Policy) turn(i, wait int) (first, last int) {
	first, last = p.Days[i], p.Days[i]+wait
	if i+1 < len(p.Days) {
		last = min(last, p.Days[i+1]-1)
	}
	return first, last
}

// Last returns the last day of an opportunity's i-th step's turn.
func (p Policy) Last(r crm.Record, i int) calendar.Date {
	origin := calendar.Of(r.Opportunity.Origin(), p.Zone)
	first, last := p.Turn(i)
	if p.Work == nil {
		return origin.AddDays(last)
	}
	days := p.Work.Of(r, p.Zone)
	_, longest := p.turn(i, p.longestWait())
	last = first
	for age, worked := first, 0; age <= longest && worked <= p.CatchUp; age++ {
		if _, off := days.Off(origin.AddDays(age)); !off {
			worked++
		}
		last = age
	}
	return origin.AddDays(last)
}

// windows returns, for each step, the origins whose [Policy.Turn] it is at now. With
// working days they are more: nobody knows yet whose the opportunities are.
func (p Policy) windows(now time.Time) []crm.Window {
	today := calendar.Of(now, p.Zone)
	tiers := p.tiers(now)
	var windows []crm.Window
	for i := range p.Days {
		first, base := p.turn(i, tiers[0].wait)
		for n, t := range tiers {
			from, until := first, base
			if n > 0 {
				from = base + 1
				_, until = p.turn(i, t.wait)
			}
			if from > until {
				continue
			}
			windows = append(windows, crm.Window{
				Step:      first,
				From:      today.AddDays(-until).Start(p.Zone).UTC(),
				Until:     today.AddDays(1 - from).Start(p.Zone).UTC(),
				Resources: t.resources,
			})
		}
	}
	return windows
}

// tier is for how many days a step waits for some salespeople.
type tier struct {
	wait      int
	resources []crm.ResourceID
}

// tiers returns first the wait for everybody, and then the longer ones for those who
// were on leave.
func (p Policy) tiers(now time.Time) []tier {
	if p.Work == nil {
		return []tier{{wait: p.CatchUp}}
	}
	schedules := append(slices.Collect(maps.Values(p.Work.Shifts)), calendar.OfficeDays())
	longest := func(leaves []calendar.Leave) int {
		wait := 0
		for _, shifts := range schedules {
			wait = max(wait, p.waited(now, p.longestWait(), calendar.Workdays{Shifts: shifts, Leaves: leaves}.Surely))
		}
		return wait
	}
	absent := p.Work.Absent()
	everybody := tier{wait: longest(absent[0])}
	delete(absent, 0)
	var alone []tier
	for _, id := range slices.Sorted(maps.Keys(absent)) {
		if wait := longest(absent[id]); wait > everybody.wait {
			alone = append(alone, tier{wait, []crm.ResourceID{id}})
		}
	}
	return append([]tier{everybody}, grouped(alone)...)
}

// grouped puts tiers of about the same wait together, by the longest.
func grouped(alone []tier) []tier {
	slices.SortStableFunc(alone, func(a, b tier) int { return cmp.Compare(b.wait, a.wait) })
	size := max(1, (len(alone)+longestTiers-1)/longestTiers)
	var groups []tier
	for _, t := range alone {
		last := len(groups) - 1
		if last < 0 || groups[last].wait != t.wait && len(groups[last].resources) >= size {
			groups = append(groups, t)
			continue
		}
		groups[last].resources = append(groups[last].resources, t.resources...)
	}
	return groups
}

// thaw returns the first date from one on that is in no frozen period.
func (p Policy) thaw(date calendar.Date) calendar.Date {
	for {
		i := slices.IndexFunc(p.Freeze, func(f calendar.Period) bool { return f.Contains(date) })
		if i < 0 {
			return date
		}
		date = p.Freeze[i].Last.AddDays(1)
	}
}
