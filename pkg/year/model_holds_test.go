package year_test

import "github.com/crm-tool/crm-tool/pkg/calendar"

// This file is what holds a reminder back, by the guide.

// snoozed: a person wants no reminders until a date.
func (m model) snoozed(d *deal) bool {
	asleep := false
	for _, s := range d.snoozed {
		asleep = s.until != calendar.Date{} && m.w.number[s.until] > m.w.page(m.now)
	}
	return asleep
}

// away: an automatic answer names a day of return. Who has written since is back.
func (m model) away(d *deal) bool {
	away := false
	for _, l := range d.letters {
		switch {
		case l.by == byClient, l.by == byFounder:
			away = false
		case l.back != calendar.Date{}:
			away = m.w.number[l.back] > m.w.page(m.now)
		}
	}
	return away
}

// unhappy: a to-do about a low score is open, or the client scored low within 14 days.
func (m model) unhappy(d *deal) bool {
	for _, at := range d.scores {
		for back := range 14 {
			if m.w.page(at) == m.w.page(m.now)-back {
				return true
			}
		}
	}
	return d.upset
}

// planned: an activity or a meeting with the client is planned within some days.
func (m model) planned(d *deal) bool {
	if m.set.ahead == 0 {
		return false
	}
	for ahead := 0; ahead <= m.set.ahead; ahead++ {
		day := m.w.page(m.now) + ahead
		for _, t := range d.todos {
			if m.w.number[t.deadline] == day {
				return true
			}
		}
		for _, at := range d.meetings {
			if m.w.page(at) == day {
				return true
			}
		}
	}
	return false
}

// wrote: the company's people wrote to the client within some days.
func (m model) wrote(d *deal) bool {
	for _, l := range d.letters {
		for back := range m.set.quiet {
			if l.by == byCompany && m.w.page(l.at) == m.w.page(m.now)-back {
				return true
			}
		}
	}
	return false
}

// frozen: no reminder leaves on some dates.
func (m model) frozen(*deal) bool {
	for _, f := range m.set.freeze {
		for page := m.w.number[f.first]; page <= m.w.number[f.last]; page++ {
			if page == m.w.page(m.now) {
				return true
			}
		}
	}
	return false
}

// offHours: reminders leave on working days, and in some hours. Those that end at an earlier time than they
// begin go over midnight.
func (m model) offHours(d *deal) bool {
	if m.set.workingDays && !m.isWorkday(d, m.w.page(m.now)) {
		return true
	}
	if m.set.from == m.set.until {
		return false
	}
	shown := m.now.In(m.w.zone)
	minute := clock(shown.Hour(), shown.Minute())
	for open := m.set.from; open%clock(24, 0) != m.set.until%clock(24, 0); open++ {
		if open%clock(24, 0) == minute {
			return false
		}
	}
	return true
}
