package scenario_test

import (
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	scheduleModel = "resource.calendar"
	shiftModel    = "resource.calendar.attendance"
	leaveModel    = "resource.calendar.leaves"
)

func scheduleCommands() commandGroup {
	return commandGroup{
		"works":   works,
		"holiday": holiday,
		"absence": absence,
		"back":    back,
	}
}

// works gives the company or a user a schedule of their own.
func works(s *script, args []string) {
	require.GreaterOrEqual(s, len(args), 2, "write: works LOGIN|company DAY... [flexible]")
	schedule := s.create(scheduleModel, map[string]any{"name": "The hours of " + args[0]})[0]
	if old := s.search(shiftModel, []any{[]any{"calendar_id", "=", schedule}}, "id"); len(old) > 0 {
		var ids []int64
		for _, r := range old {
			ids = append(ids, r.id())
		}
		s.unlink(shiftModel, ids)
	}
	for _, word := range args[1:] {
		s.addHours(schedule, word)
	}
	if args[0] == "company" {
		s.write("res.company", []int64{1}, map[string]any{"resource_calendar_id": schedule})
		return
	}
	resource, err := s.Employ(s.user(args[0]), schedule)
	require.NoError(s, err)
	s.ts.Setenv("resource_"+args[0], strconv.FormatInt(resource, 10))
}

// addHours adds a day to a schedule: mon to sun, with 1 or 2 for that of one of two
// weeks.
func (s *script) addHours(schedule int64, word string) {
	if word == "flexible" {
		s.write(scheduleModel, []int64{schedule}, map[string]any{"flexible_hours": true})
		return
	}
	day := strings.Index("mon tue wed thu fri sat sun", word[:3])
	require.GreaterOrEqual(s, day, 0, "no day: %s", word)
	shift := map[string]any{
		"calendar_id": schedule, "name": word, "dayofweek": strconv.Itoa(day / len("mon ")), "hour_from": 8, "hour_to": 17, "day_period": "morning",
	}
	if week := word[3:]; week != "" {
		s.write(scheduleModel, []int64{schedule}, map[string]any{"two_weeks_calendar": true})
		number, err := strconv.Atoi(week)
		require.NoError(s, err)
		shift["week_type"] = strconv.Itoa(number - 1)
	}
	s.create(shiftModel, shift)
}

// holiday is a day on which nobody works.
func holiday(s *script, args []string) {
	s.arguments(args, "NAME", "FROM", "UNTIL")
	s.create(leaveModel, map[string]any{"name": args[0], "date_from": s.instant(args[1]), "date_to": s.instant(args[2])})
}

// absence is a time at which a user does not work, who enters it.
func absence(s *script, args []string) {
	s.arguments(args, "LOGIN", "FROM", "UNTIL")
	resource, err := strconv.ParseInt(s.ts.Getenv("resource_"+args[0]), 10, 64)
	require.NoError(s, err, "say first when %s works", args[0])
	s.execute(args[0], leaveModel, "create", []any{map[string]any{
		"name": "A secret reason", "date_from": s.instant(args[1]), "date_to": s.instant(args[2]), "resource_id": resource,
	}}, nil)
}

// back ends all holidays.
func back(s *script, args []string) {
	s.arguments(args)
	var ids []int64
	for _, r := range s.search(leaveModel, []any{[]any{"resource_id", "=", false}}, "id") {
		ids = append(ids, r.id())
	}
	s.unlink(leaveModel, ids)
}

// instant reads an instant, or a duration before or after now.
func (s *script) instant(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC().Format(odooTime)
	}
	ago, future := strings.CutPrefix(text, "+")
	d := s.duration(strings.TrimPrefix(ago, "-"))
	if !future {
		d = -d
	}
	return time.Now().UTC().Add(d).Format(odooTime)
}
