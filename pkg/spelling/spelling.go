// Package spelling finds what somebody meant by a mistyped name.
//
// It knows names of programs and files, not words of a language: case, hyphens
// and underscores make no difference.
package spelling

import "strings"

// Nearest returns the candidate that is most like the name, the first of
// several, or an empty string when none is like it: up to a third of its bytes
// may differ.
func Nearest(name string, candidates []string) string {
	best, least := "", Tolerance(name)+1
	for _, candidate := range candidates {
		if d := Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	return best
}

// Instead ends a message about a name that there is not: with the candidate that
// was probably meant, or with all of them.
func Instead(name string, candidates []string) string {
	if near := Nearest(name, candidates); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; there is " + strings.Join(candidates, ", ")
}

// Tolerance is the Distance up to which something is like the name.
func Tolerance(name string) int { return max(1, len(name)/3) }

// Distance counts the insertions, deletions, substitutions and swaps of
// neighbours, in bytes, that turn one name into the other.
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
