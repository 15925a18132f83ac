package answer

import (
	"slices"
	"strings"
)

// vocabulary is the words that a language's phrases are made of.
type vocabulary struct {
	words       map[string]bool
	stems, ends []string
}

func newVocabulary() *vocabulary { return &vocabulary{words: map[string]bool{}} }

func (v *vocabulary) add(words ...string) {
	for _, word := range words {
		v.words[word] = true
	}
}

// minStem is the number of letters of stems that make a word a known one.
const minStem = 4

// has returns whether a word is in the vocabulary.
func (v *vocabulary) has(word string) bool {
	return v.words[word] ||
		slices.ContainsFunc(v.stems, func(stem string) bool { return len(stem) >= minStem && strings.HasPrefix(word, stem) }) ||
		slices.ContainsFunc(v.ends, func(end string) bool { return strings.HasSuffix(word, end) })
}

// spelling corrects words that are misspelt.
type spelling struct {
	known *vocabulary
	// others are the vocabularies of all languages: their words are not misspelt.
	others []*vocabulary
	// long are the words that are corrected to, by their first letter.
	long     map[byte][]string
	elisions []string
}

// The number of letters from which on a word may have one wrong, and two.
const (
	minOneWrong = 7
	minTwoWrong = 11
)

// newSpelling returns a spelling that corrects to the words seen, but leaves others
// as they are.
func newSpelling(seen *vocabulary, others, elisions []string) spelling {
	sp := spelling{known: seen, long: map[byte][]string{}, elisions: elisions}
	for word := range seen.words {
		if len(word) >= minOneWrong {
			sp.long[word[0]] = append(sp.long[word[0]], word)
		}
	}
	for _, words := range sp.long {
		slices.Sort(words)
	}
	seen.add(others...)
	return sp
}

// corrected returns a sentence with its words as the language spells them.
func (sp spelling) corrected(s sentence) sentence {
	var words []string
	for i, word := range s.words {
		right := sp.right(word)
		if right == word {
			continue
		}
		if words == nil {
			words = slices.Clone(s.words)
		}
		words[i] = right
	}
	if words != nil {
		s.words = words
	}
	return s
}

// right returns the word that a word is meant to be.
func (sp spelling) right(word string) string {
	if len(word) < minElided || sp.known.has(word) {
		return word
	}
	right := sp.candidate(word)
	if right == word || slices.ContainsFunc(sp.others, func(v *vocabulary) bool { return v.has(word) }) {
		return word
	}
	return right
}

// candidate returns the known word that is most like a word; the word itself if
// none is.
func (sp spelling) candidate(word string) string {
	for _, elision := range sp.elisions {
		if rest, found := strings.CutPrefix(word, elision); found && len(rest) >= minElided && strings.ContainsRune("aeiouh", rune(rest[0])) && sp.known.has(rest) {
			return rest
		}
	}
	for _, right := range sp.long[word[0]] {
		if len(word) >= minOneWrong-1 && isTypo(word, right) {
			return right
		}
	}
	for _, right := range sp.long[word[0]] {
		if len(right) >= minTwoWrong && twoWrong(word, right) {
			return right
		}
	}
	return word
}

// minElided is the number of letters of a word that may be written together with a
// short one before it.
const minElided = 5

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

// twoWrong returns whether two letters of a word are wrong, missing or too many.
func twoWrong(word, right string) bool {
	if max(len(word)-len(right), len(right)-len(word)) > 2 {
		return false
	}
	i := 0
	for i < len(word) && i < len(right) && word[i] == right[i] {
		i++
	}
	w, r := word[i:], right[i:]
	if w == "" || r == "" {
		return true
	}
	return isTypo(w[1:], r[1:]) || isTypo(w, r[1:]) || isTypo(w[1:], r)
}

// wordsOf returns the words of lines.
func wordsOf(lines []string) []string {
	var words []string
	for _, text := range lines {
		words = append(words, fold(text)...)
	}
	return words
}
