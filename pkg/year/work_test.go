package year_test

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	remindplan "github.com/crm-tool/crm-tool/pkg/remind/plan"
)

// This file is when people work: in the world, by the guide, and in Odoo.

// shift is a time of a weekday. Week is 0 for every week, or 1 or 2 of two.
type shift struct {
	weekday     time.Weekday
	week        int
	from, until int
}

// leave is a time in which a person does not work or, without one, nobody of a company;
// of none for all companies.
type leave struct {
	who         *person
	company     int
	from, until time.Time
}

// The numbers of schedules: the companies' are their ids. The flexible one has no hours.
const (
	partTime = 11
	likeAll  = 12
	saturday = 13
	flexible = 14
)

// plansWork gives people hours and leaves for so many days.
func (w *world) plansWork(days int) {
	hours := func(list []shift, week int, weekdays ...time.Weekday) []shift {
		for _, day := range weekdays {
			list = append(list, shift{day, week, clock(9, 0), clock(12, 0)}, shift{day, week, clock(13, 0), clock(17, 0)})
		}
		return list
	}
	early := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday}
	office := slices.Concat(early, []time.Weekday{time.Thursday, time.Friday})
	w.schedules = map[int][]shift{
		1:        hours(nil, 0, office...),
		2:        hours(hours(nil, 1, office...), 2, early...),
		partTime: hours(nil, 0, early...),
		likeAll:  hours(nil, 0, office...),
		saturday: hours(nil, 0, time.Wednesday, time.Friday, time.Saturday),
	}
	for _, d := range []calendar.Date{
		date(2026, time.January, 1), date(2026, time.April, 6), date(2026, time.May, 1), date(2026, time.May, 14),
		date(2026, time.May, 25), date(2026, time.July, 14), date(2026, time.November, 11), date(2026, time.December, 25),
	} {
		w.leave(nil, 0, w.number[d], 1)
	}
	w.leave(nil, 1, w.number[date(2026, time.March, 19)], 1)
	w.leave(nil, 2, w.number[date(2026, time.August, 10)], 12)
	for i, p := range w.people {
		p.schedule = []int{0, partTime, likeAll, saturday, flexible}[i%5]
		for range days / 40 {
			w.leave(p, 0, w.random.IntN(days), 1+w.random.IntN(12))
			if p.schedule != flexible {
				w.leavesEarly(p, w.random.IntN(days))
			}
		}
	}
	w.leave(w.people[0], 0, 40, 120)
}

// leave is a leave of whole days.
func (w *world) leave(who *person, company, page, days int) {
	end := w.wall[min(page+days, len(w.wall)-1)].Start(w.zone).Add(-time.Second)
	w.leaves = append(w.leaves, leave{who, company, w.wall[page].Start(w.zone), end})
}

// leavesEarly is a leave of a part of a day, or of its working hours.
func (w *world) leavesEarly(who *person, page int) {
	d := w.wall[page]
	hour := func(h int) time.Time { return time.Date(d.Year, d.Month, d.Day, h, 0, 0, 0, w.zone) }
	span := [][2]int{{9, 12}, {13, 17}, {9, 17}, {8, 18}, {12, 20}}[w.random.IntN(5)]
	w.leaves = append(w.leaves, leave{who, 0, hour(span[0]), hour(span[1])})
}

// workday is a day of somebody's work in a company.
type workday struct {
	who           *person
	company, page int
}

// isWorkday: reminders leave on the working days of the salesperson's hours or, without
// any, of the company's, but for holidays and time off.
func (m model) isWorkday(d *deal, page int) bool {
	day := workday{d.seller, d.company, page}
	if d.seller != nil && !d.seller.active {
		day.who = nil
	}
	works, known := m.w.works[day]
	if !known {
		works = m.w.hasHours(day)
		m.w.works[day] = works
	}
	return works
}

// hasHours looks at each quarter of an hour of a day.
func (w *world) hasHours(day workday) bool {
	schedule := w.schedules[day.company]
	if day.who != nil && len(w.schedules[day.who.schedule]) > 0 {
		schedule = w.schedules[day.who.schedule]
	}
	week := 2 // The calendar on the wall begins with a Monday of a second week.
	for page := 7; page <= day.page; page += 7 {
		week = 3 - week
	}
	d := w.wall[day.page]
	weekday := time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC).Weekday()
	for _, s := range schedule {
		if s.weekday != weekday || s.week != 0 && s.week != week {
			continue
		}
		for minute := s.from; minute < s.until; minute += 15 {
			if !w.isAway(day, time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, w.zone)) {
				return true
			}
		}
	}
	return false
}

func (w *world) isAway(day workday, at time.Time) bool {
	for _, l := range w.leaves {
		theirs := l.who != nil && l.who == day.who || l.who == nil && (l.company == 0 || l.company == day.company)
		if theirs && !at.Before(l.from) && at.Before(l.until) {
			return true
		}
	}
	return false
}

// workingTimes returns what Odoo tells of the times that matter to a policy.
func (w *world) workingTimes(p remindplan.Policy) *crm.WorkingTimes {
	times := &crm.WorkingTimes{Shifts: map[crm.CalendarID][]calendar.Shift{}}
	for number, list := range w.schedules {
		for _, s := range list {
			times.Shifts[crm.CalendarID(number)] = append(times.Shifts[crm.CalendarID(number)], calendar.Shift{
				Weekday: s.weekday, Week: s.week, Hours: calendar.Hours{From: s.from, Until: s.until},
			})
		}
	}
	from, until := p.Span(w.clock)
	for i, l := range w.leaves {
		if l.until.Before(from) || l.from.After(until) {
			continue
		}
		known := crm.Leave{Leave: calendar.Leave{From: l.from.UTC(), Until: l.until.UTC()}}
		switch {
		case l.who != nil:
			known.Resource, known.Calendar = crm.ResourceID(l.who.id), crm.CalendarID(l.who.schedule)
		case i%2 == 0:
			known.Calendar = crm.CalendarID(l.company)
		default:
			known.Company = crm.CompanyID(l.company)
		}
		times.Leaves = append(times.Leaves, known)
	}
	return times
}
