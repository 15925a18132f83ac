package answer

import "strings"

// combination is phrases that stand near each other in any order.
type combination struct {
	near []phrase
	// anywhere are phrases that stand anywhere in the sentence.
	anywhere []phrase
}

// combinations reads rows of phrases, joined by & and &&.
func (l lists) combinations(rows []string) []combination {
	var all []combination
	for _, row := range rows {
		var c combination
		near, anywhere, found := strings.Cut(row, " && ")
		for part := range strings.SplitSeq(near, " & ") {
			c.near = append(c.near, l.parse(part))
		}
		for found {
			var part string
			part, anywhere, found = strings.Cut(anywhere, " && ")
			c.anywhere = append(c.anywhere, l.parse(part))
		}
		all = append(all, c)
	}
	return all
}

// maxDistance is the number of words between the phrases of a combination.
const maxDistance = 7

// match returns where the combination stands whose first phrase begins at a word;
// -1 if none does.
func (c combination) match(s sentence, at int) (start, end int) {
	start, end = at, c.near[0].match(s, at)
	if end <= at {
		return -1, -1
	}
	first, last := max(0, at-maxDistance), min(len(s.words)-1, end+maxDistance)
	for _, p := range c.near[1:] {
		found := false
		for i := first; i <= last && !found; i++ {
			if s.clause[i] != s.clause[at] {
				continue
			}
			if until := p.match(s, i); until > i && (until <= at || i >= at) {
				start, end, found = min(start, i), max(end, until), true
			}
		}
		if !found {
			return -1, -1
		}
	}
	if len(c.anywhere) == 0 {
		return start, end
	}
	here := s.partAt(at)
	for _, p := range c.anywhere {
		if !contains([]phrase{p}, here) {
			return -1, -1
		}
	}
	return start, end
}

// find returns where one of several combinations stands in a sentence, from a word
// on.
func find(all []combination, s sentence, from int) (at, start, end int) {
	for at = from; at < len(s.words); at++ {
		for _, c := range all {
			if start, end = c.match(s, at); end > start {
				return at, start, end
			}
		}
	}
	return -1, -1, -1
}
