package crm

import (
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

type (
	// CalendarID is the id of a resource.calendar: a schedule of working hours.
	CalendarID int64
	// ResourceID is the id of a resource.resource, which a user is to such schedules.
	ResourceID int64
)

// WorkingTimes is when people work, as Odoo knows it for a span of time.
type WorkingTimes struct {
	// Shifts are those of each schedule. One with flexible hours has none.
	Shifts map[CalendarID][]calendar.Shift
	// Leaves are those of the span.
	Leaves []Leave
}

// Leave is a resource.calendar.leaves: a time in which a resource does not work or,
// without one, nobody of a schedule or a company.
type Leave struct {
	calendar.Leave

	Resource ResourceID
	Calendar CalendarID
	Company  CompanyID
}

// Of returns the working days on which an opportunity's client is mailed: those of the
// salesperson's own schedule, or else of the company's. The company's leaves count
// with either, and so do the salesperson's. Hours go by the salesperson's clocks. If these
// are not known, they go by a zone, or by UTC, as in Odoo.
func (w *WorkingTimes) Of(r Record, zone *time.Location) calendar.Workdays {
	own := r.Salesperson
	if !own.Active {
		own = Salesperson{}
	}
	days := calendar.Workdays{Shifts: w.shifts(own, r.Company.Calendar), Zones: []*time.Location{zone, time.UTC}}
	if theirs, err := time.LoadLocation(own.Zone); own.Zone != "" && err == nil {
		days.Zones = []*time.Location{theirs}
	}
	for _, l := range w.Leaves {
		if l.of(own, r.Company) {
			days.Leaves = append(days.Leaves, l.Leave)
		}
	}
	return days
}

// shifts returns the shifts of a salesperson. Those who choose their hours work on the
// weekdays of the company.
func (w *WorkingTimes) shifts(own Salesperson, company CalendarID) []calendar.Shift {
	if shifts := w.Shifts[own.Calendar]; len(shifts) > 0 {
		return shifts
	}
	shifts := w.Shifts[company]
	switch {
	case len(shifts) == 0:
		return calendar.OfficeDays()
	case own.Calendar == 0 && len(own.Resources) == 0:
		return shifts
	}
	shifts = slices.Clone(shifts)
	for i := range shifts {
		shifts[i].Hours = calendar.Hours{}
	}
	return shifts
}

// of returns whether the leave is a salesperson's, or everybody's in a company.
func (l Leave) of(own Salesperson, c Company) bool {
	switch {
	case l.Resource != 0:
		return slices.Contains(own.Resources, l.Resource)
	case l.Calendar != 0:
		return l.Calendar == c.Calendar || l.Calendar == own.Calendar
	}
	return l.Company == 0 || l.Company == c.ID
}

// Absent returns, for each resource with leaves, those and the leaves that are
// nobody's own; under 0 the latter alone.
func (w *WorkingTimes) Absent() map[ResourceID][]calendar.Leave {
	var shared []calendar.Leave
	for _, l := range w.Leaves {
		if l.Resource == 0 {
			shared = append(shared, l.Leave)
		}
	}
	absent := map[ResourceID][]calendar.Leave{0: shared}
	for _, l := range w.Leaves {
		if l.Resource == 0 {
			continue
		}
		if absent[l.Resource] == nil {
			absent[l.Resource] = slices.Clone(shared)
		}
		absent[l.Resource] = append(absent[l.Resource], l.Leave)
	}
	return absent
}
