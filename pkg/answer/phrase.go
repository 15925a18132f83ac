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
	// words are the ones that may stand here; those of stems may go on, and those
	// of ends begin with something else.
	words, stems, ends []string
	// gap stands for up to maxGap words, any for one, optional for one or none;
	// start for the beginning of a sentence, and end for the end of a clause.
	gap, any, optional, start, end bool
}

// lists are the named lists of words of a language.
type lists struct {
	named map[string]element
	// seen are all words that stand in lists and phrases, and stems all stems.
	seen *vocabulary
}

func newLists() lists { return lists{named: map[string]element{}, seen: newVocabulary()} }

// add reads a line such as "<mail> = mail* message*". It returns false if the
// line is something else.
func (l lists) add(row string) bool {
	name, words, found := strings.Cut(row, " = ")
	if !found {
		return false
	}
	var e element
	for word := range strings.FieldsSeq(words) {
		e.allow(word, l)
	}
	l.named[name] = e
	return true
}

// parse reads a phrase.
func (l lists) parse(row string) phrase {
	var p phrase
	for part := range strings.FieldsSeq(row) {
		var e element
		switch part {
		case "..":
			e.gap = true
		case "^":
			e.start = true
		case "$":
			e.end = true
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

// allow adds a word, a stem with * at its end, an end with * before it, a named list,
// or _ for any word.
func (e *element) allow(word string, l lists) {
	if named, found := l.named[word]; found {
		e.words, e.stems = append(e.words, named.words...), append(e.stems, named.stems...)
		e.ends = append(e.ends, named.ends...)
		return
	}
	if word == "_" {
		e.any = true
		return
	}
	end, isEnd := strings.CutPrefix(word, "*")
	stem, isStem := strings.CutSuffix(word, "*")
	switch {
	case isEnd:
		e.ends = append(e.ends, spellings(end)...)
		l.seen.ends = append(l.seen.ends, spellings(end)...)
	case isStem:
		e.stems = append(e.stems, spellings(stem)...)
		l.seen.stems = append(l.seen.stems, spellings(stem)...)
	default:
		e.words = append(e.words, spellings(word)...)
		l.seen.add(spellings(word)...)
	}
}

// allows returns whether a word may stand here.
func (e element) allows(word string) bool {
	return e.any || slices.Contains(e.words, word) ||
		slices.ContainsFunc(e.stems, func(stem string) bool { return strings.HasPrefix(word, stem) }) ||
		slices.ContainsFunc(e.ends, func(end string) bool { return strings.HasSuffix(word, end) })
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
	case e.end:
		if at < len(s.words) && s.joined(at-1, at) {
			return -1
		}
		return rest.match(s, at)
	case e.gap:
		for n := at; n <= min(at+maxGap, len(s.words)); n++ {
			if n > at && !s.joined(at-1, min(n, len(s.words)-1)) {
				return -1
			}
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

// contains returns whether one of several phrases stands in a sentence.
func contains(phrases []phrase, s sentence) bool {
	for at := range s.words {
		if slices.ContainsFunc(phrases, func(p phrase) bool { return p.match(s, at) > at }) {
			return true
		}
	}
	return false
}
