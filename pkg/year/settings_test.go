package year_test

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// settings are those of the guide, as the model reads them.
type settings struct {
	days        []int
	catchUp     int
	stopOnReply bool
	// from and until are the hours of reminders.window, as minutes of the day; the
	// whole day if they are the same.
	from, until int
	freeze      []freeze
	between     int
	workingDays bool
	ahead       int
	quiet       int
	rules       []rule
	reminders   bool
	// flaky is how many mails the mail server takes for one that it does not, for now.
	flaky int

	archiveAfter   int
	warnDays       int
	keepWon        bool
	keepActivity   bool
	keepUnanswered bool
}

// freeze is a span of dates, the last one included.
type freeze struct{ first, last calendar.Date }

// rule is one of rules. A condition of 0 asks for nothing.
type rule struct {
	team, stage, tag, company int

	exclude bool
	// days are nil for the usual ones.
	days []int
	// archiveAfter is the age of archiving: 0 for the usual one, noBody for none.
	archiveAfter int
}

func date(year int, month time.Month, day int) calendar.Date {
	return calendar.Date{Year: year, Month: month, Day: day}
}

// year is a year with its settings, and what changes them during it.
type year struct {
	name    string
	set     settings
	changes map[calendar.Date]func(*settings)
}

func usual() settings {
	return settings{
		days: []int{7, 15, 30}, catchUp: 3, stopOnReply: true, between: 1, ahead: 7, quiet: 2, reminders: true,
		flaky: 20, archiveAfter: 30, keepWon: true, keepUnanswered: true,
	}
}

func clock(hour, minute int) int { return hour*60 + minute }

// years are the settings under which a year goes by.
func years() []year {
	holidays := []freeze{
		{date(2025, time.December, 24), date(2026, time.January, 2)},
		{date(2026, time.March, 28), date(2026, time.March, 30)},
		{date(2026, time.December, 24), date(2027, time.January, 2)},
	}
	with := func(change func(*settings)) settings {
		s := usual()
		change(&s)
		return s
	}
	return []year{
		{"as delivered", usual(), nil},
		{"in office hours and not on holidays", with(func(s *settings) {
			s.from, s.until, s.freeze, s.between, s.catchUp = clock(8, 0), clock(18, 30), holidays, 3, 10
			s.keepActivity, s.flaky, s.warnDays = true, 3, 5
		}), nil},
		{"at night, at once, and without catching up", with(func(s *settings) {
			s.from, s.until, s.freeze, s.between, s.catchUp = clock(22, 0), clock(6, 0), holidays[:1], 0, 0
			s.ahead, s.quiet = 0, 0
			s.days, s.stopOnReply, s.keepWon = []int{0, 1, 9}, false, false
		}), map[calendar.Date]func(*settings){
			date(2026, time.June, 1): func(s *settings) { s.stopOnReply, s.keepUnanswered = true, false },
		}},
		{"on working days", with(func(s *settings) {
			s.workingDays, s.from, s.until, s.between, s.freeze = true, clock(7, 0), clock(20, 0), 2, holidays[2:]
			s.keepWon, s.archiveAfter = false, 20
		}), map[calendar.Date]func(*settings){
			date(2026, time.April, 20):    func(s *settings) { s.catchUp, s.warnDays = 0, 1 },
			date(2026, time.June, 15):     func(s *settings) { s.catchUp, s.from, s.until = 10, clock(22, 0), clock(6, 0) },
			date(2026, time.September, 1): func(s *settings) { s.workingDays, s.warnDays = false, 10 },
			date(2026, time.October, 1):   func(s *settings) { s.workingDays, s.days, s.catchUp = true, []int{3, 4, 10, 60}, 2 },
		}},
		{"by rules that change", with(func(s *settings) {
			s.catchUp, s.between, s.archiveAfter, s.freeze = 10, 3, 40, holidays[1:]
			s.ahead, s.quiet = 3, 5
			s.rules = []rule{
				{tag: exportTag, team: 1, days: []int{2, 5, 20}, archiveAfter: 25},
				{team: 2, company: 2, exclude: true},
				{stage: 2, days: []int{}, archiveAfter: noBody},
				{company: 1, days: []int{0, 10}},
			}
		}), map[calendar.Date]func(*settings){
			date(2026, time.March, 29): func(s *settings) { s.days, s.warnDays = []int{5, 15, 45}, 3 },
			date(2026, time.May, 10):   func(s *settings) { s.rules[1].exclude, s.rules[3].exclude = false, true },
			date(2026, time.August, 1): func(s *settings) { s.rules = slices.Delete(slices.Clone(s.rules), 2, 3) },
			date(2026, time.September, 3): func(s *settings) {
				s.reminders = false
			},
			date(2026, time.September, 20): func(s *settings) { s.reminders = true },
			date(2026, time.October, 25):   func(s *settings) { s.rules, s.catchUp = nil, 3 },
		}},
	}
}

// clone returns settings that a change of these leaves alone.
func (s settings) clone() settings {
	s.days, s.freeze, s.rules = slices.Clone(s.days), slices.Clone(s.freeze), slices.Clone(s.rules)
	return s
}
