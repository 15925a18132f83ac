//go:build !exhaustive

package year_test

// A sample of a year: so many opportunities, so many days.
const (
	deals = 150
	days  = 120
)
