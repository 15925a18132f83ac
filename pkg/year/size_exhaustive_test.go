//go:build exhaustive

package year_test

// A year: so many opportunities, so many days.
const (
	deals = 2000
	days  = 380
	whole = true
)
