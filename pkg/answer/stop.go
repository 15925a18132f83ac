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
	alone, courtesy, whole      []phrase
	request                     []combination
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
			alone: read("alone"), courtesy: read("courtesy"), whole: read("sentence"), request: known.combinations(file[language+" request"]),
			ask: read("ask"), before: read("before"), after: read("after"), another: read("another"),
		})
	}
	return all
})

// standsAlone returns whether sentences say nothing but a word that asks to stop,
// courtesy and the sender's name left out, or whether one of them is such a sentence.
func standsAlone(all []sentence) bool {
	found, more := false, false
	for _, s := range all {
		asks, clear, rest := alone(s)
		switch {
		case s.question || rest:
			more = more || !found || !isName(s.text)
		case clear:
			return true
		default:
			found = found || asks
		}
	}
	return found && !more
}

// alone returns whether a sentence has a word that asks to stop, whether it is one
// that is clear in any mail, and whether it says anything else that is no courtesy.
func alone(s sentence) (asks, clear, more bool) {
	for at := 0; at < len(s.words); {
		stop, whole, courtesy := at, at, at
		for _, w := range stops() {
			stop = max(stop, longest(w.alone, s, at))
			whole = max(whole, longest(w.whole, s, at))
			courtesy = max(courtesy, longest(w.courtesy, s, at))
		}
		switch {
		case max(stop, whole) > at && max(stop, whole) >= courtesy:
			asks, clear, at = true, clear || whole >= stop, max(stop, whole)
		case courtesy > at:
			at = courtesy
		default:
			return asks, clear, true
		}
	}
	return asks, clear, false
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
	for from := 0; ; from++ {
		at, start, end := find(w.request, s, from)
		if at < 0 {
			return false
		}
		if !w.takenBack(s, start, at) && !w.limited(s, end) {
			return true
		}
		from = at
	}
}

// reach is the number of words before and after a request in which others can
// make it something else.
const reach = 4

// takenBack returns whether words before the first phrase of a request, from a
// little before its start on, say that it is none: "don't".
func (w stopWords) takenBack(s sentence, start, at int) bool {
	from := max(0, start-reach)
	for from < start && s.clause[from] != s.clause[start] {
		from++
	}
	before := sentence{words: s.words[from:at], clause: s.clause[from:at]}
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
