package answer

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed stop.txt
var stopText string

// stopWords are the phrases of one language in stop.txt, by their section.
type stopWords struct {
	alone, courtesy, request    []phrase
	ask, before, after, another []phrase
}

var stops = sync.OnceValue(func() []stopWords { //nolint:gochecknoglobals // A constant that Go has no form for.
	file := sections(stopText)
	var all []stopWords
	for _, language := range file["languages"] {
		known := lists{}
		for _, row := range file[language+" lists"] {
			known.add(row)
		}
		read := func(section string) []phrase {
			var phrases []phrase
			for _, row := range file[language+" "+section] {
				phrases = append(phrases, known.parse(row))
			}
			return phrases
		}
		all = append(all, stopWords{
			alone: read("alone"), courtesy: read("courtesy"), request: read("request"),
			ask: read("ask"), before: read("before"), after: read("after"), another: read("another"),
		})
	}
	return all
})

// standsAlone returns whether sentences say nothing but a word that asks to stop,
// courtesy and the sender's name left out.
func standsAlone(all []sentence) bool {
	found := false
	for _, s := range all {
		asks, more := alone(s)
		switch {
		case !more && !s.question:
			found = found || asks
		case !found || !isName(s.text):
			return false
		}
	}
	return found
}

// alone returns whether a sentence has a word that asks to stop, and whether it
// says anything else that is no courtesy.
func alone(s sentence) (asks, more bool) {
	for at := 0; at < len(s.words); {
		stop, courtesy := at, at
		for _, w := range stops() {
			stop = max(stop, longest(w.alone, s, at))
			courtesy = max(courtesy, longest(w.courtesy, s, at))
		}
		switch {
		case stop > at && stop >= courtesy:
			asks, at = true, stop
		case courtesy > at:
			at = courtesy
		default:
			return asks, true
		}
	}
	return asks, false
}

// longest returns where the longest of several phrases ends that begin at a word.
func longest(phrases []phrase, s sentence, at int) int {
	end := at
	for _, p := range phrases {
		end = max(end, p.match(s, at))
	}
	return end
}

// maxName is the number of words of a line of a signature.
const maxName = 6

// isName returns whether a line looks like one of a signature: a name, a company,
// a number to call.
func isName(text string) bool {
	words := strings.Fields(text)
	return len(words) <= maxName && !slices.ContainsFunc(words, func(word string) bool {
		first, _ := utf8.DecodeRuneInString(word)
		return unicode.IsLower(first) && utf8.RuneCountInString(word) > 3 && !strings.ContainsAny(word, "@.")
	})
}

// requests returns whether a sentence asks for no more mails.
func (w stopWords) requests(s sentence) bool {
	asks := contains(w.ask, s)
	if s.question && !asks || !asks && contains(w.another, s) {
		return false
	}
	for from := 0; ; {
		start, end := find(w.request, s, from)
		if start < 0 {
			return false
		}
		if !w.takenBack(s, start) && !w.limited(s, end) {
			return true
		}
		from = start + 1
	}
}

// reach is the number of words before and after a request in which others can
// make it something else.
const reach = 4

// takenBack returns whether words before a request say that it is none: "don't".
func (w stopWords) takenBack(s sentence, start int) bool {
	from := max(0, start-reach)
	for from < start && s.clause[from] != s.clause[start] {
		from++
	}
	before := sentence{words: s.words[from:start], clause: s.clause[from:start]}
	return contains(w.before, before)
}

// limited returns whether words after a request limit it: "until Monday".
func (w stopWords) limited(s sentence, end int) bool {
	until := end
	for until < min(len(s.words), end+reach) && s.clause[until] == s.clause[end-1] {
		until++
	}
	after := sentence{words: s.words[end:until], clause: s.clause[end:until]}
	return contains(w.after, after)
}

// withoutReply returns a subject without the "Re:" of several languages.
func withoutReply(subject string) string {
	for {
		prefix, rest, found := strings.Cut(subject, ":")
		if !found || !slices.Contains(sections(stopText)["reply prefixes"], strings.Join(fold(prefix), " ")) {
			return subject
		}
		subject = rest
	}
}
