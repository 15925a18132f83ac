//go:build !exhaustive

package year_test

// A sample of a year: so many opportunities, so many days. Not everything happens in it.
const (
	deals = 150
	days  = 120
	whole = false
)
