package answer

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWords is the number of words of a text that are looked at.
const maxWords = 4000

// fold returns the words of a text in lower case and without accents, as people
// type them on a phone. "E-mail" becomes email, "don't" becomes dont, "l'offre" two words.
func fold(text string) []string {
	var words []string
	var b strings.Builder
	var before, last rune
	end := func() {
		if b.Len() > 0 && len(words) < maxWords {
			words = append(words, b.String())
		}
		b.Reset()
	}
	runes := []rune(norm.NFKD.String(strings.ToValidUTF8(text, " ")))
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteString(spelled(unicode.ToLower(r)))
		case r == '-' && isWordEnd(before) && unicode.IsLetter(last), isApostrophe(r) && isContraction(runes[i+1:]):
		default:
			end()
		}
		before, last = last, r
	}
	end()
	return words
}

// isWordEnd returns whether a rune separates words: the letter after it stands
// alone before a hyphen.
func isWordEnd(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func isApostrophe(r rune) bool { return strings.ContainsRune("'’‘`´", r) }

// isContraction returns whether what follows an apostrophe is the t of don't.
func isContraction(rest []rune) bool {
	return len(rest) > 0 && (rest[0] == 't' || rest[0] == 'T') && (len(rest) == 1 || !unicode.IsLetter(rest[1]))
}

// spelled writes letters that have no accent to lose as others do.
func spelled(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'œ':
		return "oe"
	case 'æ':
		return "ae"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'ı':
		return "i"
	}
	return string(r)
}

// spellings returns a word as it is typed without accents: ö becomes o or oe.
func spellings(word string) []string {
	spaced := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue").Replace(word)
	plain, typed := strings.Join(fold(word), ""), strings.Join(fold(spaced), "")
	if plain == typed {
		return []string{plain}
	}
	return []string{plain, typed}
}

// sentence is a sentence, or a line of its own.
type sentence struct {
	words []string
	// clause has for each word the number of the part between commas or "and"
	// that it belongs to.
	clause   []int
	question bool
	// text is the sentence as it was written.
	text string
}

// sentences cuts a paragraph at its full stops.
func sentences(paragraph string) []sentence {
	var all []sentence
	start := 0
	for i, r := range paragraph {
		if !strings.ContainsRune(".!?…", r) {
			continue
		}
		next := i + utf8.RuneLen(r)
		if after, _ := utf8.DecodeRuneInString(paragraph[next:]); next == len(paragraph) || strings.ContainsRune(" \"»”)", after) {
			all = append(all, newSentence(paragraph[start:next]))
			start = next
		}
	}
	return append(all, newSentence(paragraph[start:]))
}

// newSentence reads the words of a sentence.
func newSentence(text string) sentence {
	s := sentence{text: strings.TrimSpace(text), question: strings.Contains(text, "?")}
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;:()–—¿¡\"«»“”„", r) })
	clause := 0
	for _, part := range parts {
		clause++
		for _, word := range fold(part) {
			if slices.Contains(conjunctions(), word) {
				clause++
			}
			s.words = append(s.words, word)
			s.clause = append(s.clause, clause)
		}
	}
	return s
}

var conjunctions = sync.OnceValue(func() []string { //nolint:gochecknoglobals // A constant that Go has no form for.
	return sections(stopText)["conjunctions"]
})
