package answer

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed stop.txt
var stopText string

//go:embed stop
var stopFiles embed.FS

// stopWords are the phrases of one language in the folder stop, by their section.
type stopWords struct {
	spelling
	alone, courtesy, whole      []phrase
	request                     []combination
	ask, before, after, another []phrase
	never                       []phrase
}

var stops = sync.OnceValue(func() []stopWords { //nolint:gochecknoglobals // A constant that Go has no form for.
	var all []stopWords
	files, _ := stopFiles.ReadDir("stop") // An embedded folder is always there.
	for _, file := range files {
		content, _ := stopFiles.ReadFile("stop/" + file.Name())
		all = append(all, newStopWords(sections(string(content))))
	}
	for i := range all {
		for j := range all {
			all[i].others = append(all[i].others, all[j].known)
		}
	}
	return all
})

// newStopWords reads the sections of a language.
func newStopWords(file map[string][]string) stopWords {
	known := newLists()
	for _, row := range file["lists"] {
		known.add(row)
	}
	read := func(section string) []phrase {
		var phrases []phrase
		for _, row := range file[section] {
			phrases = append(phrases, known.parse(row))
		}
		return phrases
	}
	w := stopWords{
		alone: read("alone"), courtesy: read("courtesy"), whole: read("sentence"), request: known.combinations(file["request"]),
		ask: read("ask"), before: read("before"), after: read("after"), another: read("another"), never: read("never"),
	}
	w.spelling = newSpelling(known.seen, wordsOf(file["others"]), file["elisions"])
	return w
}

// reading is a sentence, with the words corrected as each language spells them.
type reading []sentence

// readings returns the sentences of a text.
func readings(text string) []reading {
	var all []reading
	for _, s := range sentences(text) {
		r := make(reading, 0, len(stops()))
		for _, w := range stops() {
			r = append(r, w.corrected(s))
		}
		all = append(all, r)
	}
	return all
}

// standsAlone returns whether sentences say nothing but a word that asks to stop,
// courtesy and the sender's name left out, or whether one of them is such a sentence.
func standsAlone(all []reading) bool {
	found, more := false, false
	for _, r := range all {
		asks, always, rest := alone(r)
		switch {
		case r[0].question || rest:
			more = more || !found || !isName(r[0].text)
		case always:
			return true
		default:
			found = found || asks
		}
	}
	return found && !more
}

// alone returns whether a sentence has a word that asks to stop, whether it is one
// that is clear in any mail, and whether it says anything else that is no courtesy.
func alone(r reading) (asks, always, more bool) {
	for at := 0; at < len(r[0].words); {
		stop, whole, courtesy := at, at, at
		for i, w := range stops() {
			stop = max(stop, longest(w.alone, r[i], at))
			whole = max(whole, longest(w.whole, r[i], at))
			courtesy = max(courtesy, longest(w.courtesy, r[i], at))
		}
		switch {
		case max(stop, whole) > at && max(stop, whole) >= courtesy:
			asks, always, at = true, always || whole >= stop, max(stop, whole)
		case courtesy > at:
			at = courtesy
		default:
			return asks, always, true
		}
	}
	return asks, always, false
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

// requests returns whether a sentence asks for no more mails, in any language.
func requests(r reading) bool {
	for i, w := range stops() {
		if w.requests(r[i]) {
			return true
		}
	}
	return false
}

// requests returns whether a sentence asks for no more mails.
func (w stopWords) requests(s sentence) bool {
	asks := contains(w.ask, s)
	if s.question && !asks || !asks && contains(w.another, s) || contains(w.never, s) {
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
	for i := from; i < start; i++ {
		if s.clause[i] != s.clause[start] {
			from = i + 1
		}
	}
	for i := from; i < start; i++ {
		if end := longest(w.courtesy, s, i); end > i+1 && end <= start {
			from = end
		}
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
