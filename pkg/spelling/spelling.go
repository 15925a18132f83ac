// Package spelling finds the name that somebody mistyped.
//
// It is for the names of commands, settings and fields, not for words of a
// language. Case does not matter, and hyphens count as underscores.
package spelling

import "strings"

// Nearest returns the candidate that is most like the name, or an empty string.
// A third of the bytes may differ. Of several candidates the first is returned.
func Nearest(name string, candidates []string) string {
	best, least := "", Tolerance(name)+1
	for _, candidate := range candidates {
		if d := Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// Instead returns the end of a message about an unknown name: the candidate that
// was probably meant, or all of them.
func Instead(name string, candidates []string) string {
	if near := Nearest(name, candidates); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; there is " + strings.Join(candidates, ", ")
}

// Tolerance returns the largest [Distance] at which a candidate is like the name.
func Tolerance(name string) int { return max(1, len(name)/3) }

// Distance returns how many bytes must be inserted, deleted, replaced or swapped
// with the next to turn one name into the other.
func Distance(a, b string) int {
	a, b = plain(a), plain(b)
	// Three rows of the matrix: before the last, last, current.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func plain(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "_")) }
