package notation

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// MaxDay is the highest number of days after the creation of an opportunity: ten
// years.
const MaxDay = 3650

// ParseHours reads 08:00-18:00.
func ParseHours(text string) (calendar.Hours, error) {
	if text == "" {
		return calendar.Hours{}, nil
	}
	h, err := calendar.ParseHours(text)
	if err != nil {
		return h, fmt.Errorf("must be hours as in 08:00-18:00: %w", err)
	}
	return h, nil
}

// ParsePeriods reads dates and spans of dates.
func ParsePeriods(text string) ([]calendar.Period, error) {
	parts, err := splitList(text)
	if err != nil {
		return nil, err
	}
	periods := make([]calendar.Period, 0, len(parts))
	for _, part := range parts {
		p, err := calendar.ParsePeriod(part)
		if err != nil {
			return nil, fmt.Errorf("must be dates as in 2026-12-24..2027-01-02: %w", err)
		}
		periods = append(periods, p)
	}
	return periods, nil
}

// ParseDays reads 7,15,30 and [7, 15, 30] and sorts the days.
func ParseDays(text string) ([]int, error) {
	parts, err := splitList(text)
	if err != nil {
		return nil, err
	}
	days := []int{}
	for _, part := range parts {
		day, err := ParseNumber(part)
		if err != nil {
			return nil, fmt.Errorf("must be days with commas between them, as in 7,15,30: %q %w", part, err)
		}
		days = append(days, day)
	}
	slices.Sort(days)
	return days, nil
}

// CheckDays checks the days of reminders, which are in ascending order.
func CheckDays(days []int) error {
	if len(days) == 0 {
		return errors.New("needs at least one day; to send no reminders, set reminders.enabled to off")
	}
	for i, day := range days {
		if day < 0 || day > MaxDay {
			return fmt.Errorf("must have days between 0 and %d, not %d", MaxDay, day)
		}
		if i > 0 && slices.Contains(days[:i], day) {
			return fmt.Errorf("must have each day once; %d is there twice", day)
		}
	}
	return nil
}
