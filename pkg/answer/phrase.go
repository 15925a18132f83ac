package answer

import (
	"slices"
	"strings"
)

// maxGap is the number of words for which ".." stands at most.
const maxGap = 4

// phrase is a pattern of words, as stop.txt explains.
type phrase []element

// element is a place in a phrase.
type element struct {
	// words are the ones that may stand here; those of stems may go on.
	words, stems []string
	// typos are words in which one letter may be wrong.
	typos []string
	// gap stands for up to maxGap words, any for one, optional for one or none;
	// start for the beginning of a sentence.
	gap, any, optional, start bool
}

// lists are the named lists of words of a language.
type lists map[string]element

// add reads a line such as "<mail> = mail* message*". It returns false if the
// line is something else.
func (l lists) add(row string) bool {
	name, words, found := strings.Cut(row, " = ")
	if !found {
		return false
	}
	var e element
	for _, word := range strings.Fields(words) {
		e.allow(word, l)
	}
	l[name] = e
	return true
}

// parse reads a phrase.
func (l lists) parse(row string) phrase {
	var p phrase
	for _, part := range strings.Fields(row) {
		var e element
		switch part {
		case "..":
			e.gap = true
		case "^":
			e.start = true
		default:
			inner, found := strings.CutPrefix(part, "(")
			if found {
				e.optional = true
				inner = strings.TrimSuffix(inner, ")")
			}
			for word := range strings.SplitSeq(inner, "/") {
				e.allow(word, l)
			}
		}
		p = append(p, e)
	}
	return p
}

// allow adds a word, a stem with * at its end, a word after ~ in which one letter
// may be wrong, a named list, or _ for any word.
func (e *element) allow(word string, l lists) {
	if named, found := l[word]; found {
		e.words, e.stems, e.typos = append(e.words, named.words...), append(e.stems, named.stems...), append(e.typos, named.typos...)
		return
	}
	if word == "_" {
		e.any = true
		return
	}
	typo, isTypo := strings.CutPrefix(word, "~")
	stem, isStem := strings.CutSuffix(word, "*")
	switch {
	case isTypo:
		e.typos = append(e.typos, spellings(typo)...)
	case isStem:
		e.stems = append(e.stems, spellings(stem)...)
	default:
		e.words = append(e.words, spellings(word)...)
	}
}

// allows returns whether a word may stand here.
func (e element) allows(word string) bool {
	return e.any || slices.Contains(e.words, word) ||
		slices.ContainsFunc(e.stems, func(stem string) bool { return strings.HasPrefix(word, stem) }) ||
		slices.ContainsFunc(e.typos, func(right string) bool { return isTypo(word, right) })
}

// isTypo returns whether a word is another one, but for one letter that is wrong,
// missing, too many, or in the wrong place.
func isTypo(word, right string) bool {
	if max(len(word)-len(right), len(right)-len(word)) > 1 {
		return false
	}
	i := 0
	for i < len(word) && i < len(right) && word[i] == right[i] {
		i++
	}
	w, r := word[i:], right[i:]
	switch {
	case len(w) < len(r):
		return w == r[1:]
	case len(w) > len(r):
		return w[1:] == r
	case w == "" || w[1:] == r[1:]:
		return true
	}
	return len(w) > 1 && w[0] == r[1] && w[1] == r[0] && w[2:] == r[2:]
}

// match returns where the phrase ends that begins at a word of a sentence; -1 if
// none does. A gap, and a word of any kind, does
// not reach over a comma.
func (p phrase) match(s sentence, at int) int {
	if len(p) == 0 {
		return at
	}
	e, rest := p[0], p[1:]
	switch {
	case e.start:
		if at != 0 {
			return -1
		}
		return rest.match(s, at)
	case e.gap:
		for n := at; n <= min(at+maxGap, len(s.words)) && (n == at || s.clause[n-1] == s.clause[max(at-1, 0)]); n++ {
			if end := rest.match(s, n); end >= 0 {
				return end
			}
		}
		return -1
	}
	joined := at == 0 || at < len(s.words) && s.clause[at] == s.clause[at-1]
	if at < len(s.words) && e.allows(s.words[at]) && (joined || !e.any) {
		if end := rest.match(s, at+1); end >= 0 {
			return end
		}
	}
	if e.optional {
		return rest.match(s, at)
	}
	return -1
}

// combination is phrases that stand near each other in any order.
type combination []phrase

// combinations reads rows of phrases, joined by &.
func (l lists) combinations(rows []string) []combination {
	var all []combination
	for _, row := range rows {
		var c combination
		for part := range strings.SplitSeq(row, " & ") {
			c = append(c, l.parse(part))
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
	start, end = at, c[0].match(s, at)
	if end <= at {
		return -1, -1
	}
	first, last := max(0, at-maxDistance), min(len(s.words)-1, end+maxDistance)
	for _, p := range c[1:] {
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

// contains returns whether one of several phrases stands in a sentence.
func contains(phrases []phrase, s sentence) bool {
	for at := range s.words {
		if slices.ContainsFunc(phrases, func(p phrase) bool { return p.match(s, at) > at }) {
			return true
		}
	}
	return false
}
