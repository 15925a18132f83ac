package notation

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseBool reads on, true and yes, and off, false and no.
func ParseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "on", "true", "yes":
		return true, nil
	case "off", "false", "no":
		return false, nil
	}
	return false, errors.New("must be on or off, true or false, yes or no")
}

// ParseNumber reads a whole number.
func ParseNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errors.New("is not a whole number")
	}
	// To YAML 1.1 this is an octal number, to people it is not.
	if digits := strings.TrimLeft(text, "+-"); len(digits) > 1 && digits[0] == '0' {
		return 0, fmt.Errorf("must not begin with a zero: write %d", n)
	}
	return n, nil
}

// ParseFraction reads a share of the whole, as in 0.2. It refuses 20%.
func ParseFraction(text string) (float64, error) {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		if n, err := strconv.ParseFloat(strings.TrimSpace(percent), 64); err == nil {
			return 0, fmt.Errorf("must be a share: write %s", Format(n/100))
		}
	}
	return ParseDecimal(text)
}

// ParseDecimal reads a number that may have a point, as in 0.2.
func ParseDecimal(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || strings.ContainsAny(text, "xX_") {
		return 0, errors.New("is not a number, as in 0.2")
	}
	return n, nil
}

// ParseDuration reads 30s and 2m. It refuses a number without a unit.
func ParseDuration(text string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, fmt.Errorf("has no unit: write %ss for seconds or %sm for minutes", text, text)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("is not a duration, as in 30s or 2m")
	}
	return d, nil
}

// formatDuration leaves out zero seconds: 4m instead of Go's 4m0s.
func formatDuration(d time.Duration) string {
	if minutes, ok := strings.CutSuffix(d.String(), "m0s"); ok {
		return minutes + "m"
	}
	return d.String()
}

// CheckRate refuses a rate at which no mail could leave: each begins within 50 seconds
// after its opportunity was read, which takes a dozen calls.
func CheckRate(rate float64) error {
	const lowest, highest = 0.5, 1000.0
	if rate != 0 && (rate < lowest || rate > highest) {
		return fmt.Errorf("must be 0, or between %s and %s calls a second", Format(lowest), Format(highest))
	}
	return nil
}
