// Package worktime reads from Odoo when people work: the schedules of companies and
// users (resource.calendar), and the leaves from them.
//
// A user without rights in Odoo's Time Off sees the leaves of companies. Those of
// people it sees where that app is installed, which lets every employee read them.
package worktime

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

const (
	scheduleModel = "resource.calendar"
	shiftModel    = "resource.calendar.attendance"
	leaveModel    = "resource.calendar.leaves"
)

// Fields of shifts that not all versions have: those of schedules that repeat after two
// weeks, and of lines that are headings.
const (
	weekField    = "week_type"
	twoField     = "two_weeks_calendar"
	headingField = "display_type"
)

// Reader reads from one Odoo.
type Reader struct {
	client   *odoo.Client
	versions *versions.Odoo
}

// New returns a reader over a client.
func New(c *odoo.Client, v *versions.Odoo) *Reader { return &Reader{client: c, versions: v} }

// WorkingTimes returns all schedules, and the leaves of companies and users that touch a
// span of time. It makes two calls.
func (r *Reader) WorkingTimes(ctx context.Context, from, until time.Time) (*crm.WorkingTimes, error) {
	shifts, err := r.shifts(ctx)
	if err != nil {
		return nil, err
	}
	leaves, err := recordset.Find(ctx, r.client, recordset.Query{
		Model: leaveModel,
		Domain: odoo.And(
			odoo.Term("date_from", "<", until), odoo.Term("date_to", ">=", from), odoo.Term("time_type", "=", "leave"),
			odoo.Or(odoo.Term("resource_id", "=", false), odoo.Term("resource_id.user_id", "!=", false)),
		),
		Fields: []string{"name", "date_from", "date_to", "resource_id", "calendar_id", "company_id"},
	}, leave)
	return &crm.WorkingTimes{Shifts: shifts, Leaves: leaves}, err
}

// shifts reads the shifts of all schedules but those with flexible hours, whose shifts
// Odoo keeps and does not use.
func (r *Reader) shifts(ctx context.Context) (all map[crm.CalendarID][]calendar.Shift, err error) {
	err = r.versions.With(ctx, scheduleModel, []string{"flexible_hours"}, func(flexible []string) error {
		fixed := odoo.Domain{}
		for _, field := range flexible {
			fixed = odoo.Term("calendar_id."+field, "=", false)
		}
		return r.versions.With(ctx, shiftModel, []string{weekField, twoField, headingField}, func(has []string) error {
			q := recordset.Query{Model: shiftModel, Domain: fixed, Fields: append(has, "calendar_id", "dayofweek", "hour_from", "hour_to", "day_period")}
			lines, err := recordset.Find(ctx, r.client, q, line)
			all = map[crm.CalendarID][]calendar.Shift{}
			for _, l := range lines {
				if l.works {
					all[l.schedule] = append(all[l.schedule], l.shift)
				}
			}
			return err
		})
	})
	return all, err
}

// scheduleLine is a line of a schedule: a shift, a break or a heading.
type scheduleLine struct {
	schedule crm.CalendarID
	shift    calendar.Shift
	works    bool
}

func line(r *recordset.Row) scheduleLine {
	const sunday, week = 6, 7
	day, err := strconv.Atoi(r.Text("dayofweek"))
	l := scheduleLine{
		schedule: crm.CalendarID(r.Ref("calendar_id")),
		// Odoo's weeks begin with Monday, which is 0.
		shift: calendar.Shift{
			Weekday: time.Weekday((day + 1) % week),
			Hours:   calendar.Hours{From: minute(r.Float("hour_from")), Until: minute(r.Float("hour_to"))},
		},
		works: err == nil && day >= 0 && day <= sunday && r.Text("day_period") != "lunch",
	}
	if r.Has(headingField) && r.Text(headingField) != "" {
		l.works = false
	}
	if r.Has(weekField) && r.Has(twoField) && r.Bool(twoField) {
		number, err := strconv.Atoi(r.Text(weekField))
		l.shift.Week, l.works = number+1, l.works && err == nil
	}
	return l
}

// minute turns Odoo's hours, such as 8.5, into minutes after midnight.
func minute(hours float64) int {
	const hour, hoursOfDay = 60, 24
	return int(math.Round(min(max(hours, 0), hoursOfDay) * hour))
}

// leave reads a leave. A person's is not named: it may say why they are away.
func leave(r *recordset.Row) crm.Leave {
	l := crm.Leave{
		Leave:    calendar.Leave{From: r.Time("date_from"), Until: r.Time("date_to")},
		Resource: crm.ResourceID(r.Ref("resource_id")),
		Calendar: crm.CalendarID(r.Ref("calendar_id")),
		Company:  crm.CompanyID(r.Ref("company_id")),
	}
	if l.Resource == 0 {
		l.Name = r.Text("name")
	}
	return l
}
