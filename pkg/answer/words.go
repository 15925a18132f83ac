package answer

import (
	_ "embed"
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
		word := b.String()
		if last == grave && word == "e" {
			word = italianIs
		}
		if word != "" && len(words) < maxWords {
			words = append(words, word)
		}
		b.Reset()
	}
	runes := []rune(norm.NFKD.String(strings.ToValidUTF8(text, " ")))
	for i, r := range runes {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			if r == grave {
				last = r
			}
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

// The word è is no conjunction, which e is: fold keeps them apart.
const (
	grave     = '\u0300'
	italianIs = "ee"
)

// isWordEnd returns whether a rune separates words: the letter after it stands
// alone before a hyphen.
func isWordEnd(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func isApostrophe(r rune) bool { return strings.ContainsRune("'’‘`´", r) }

// isContraction returns whether what follows an apostrophe is the t of don't.
func isContraction(rest []rune) bool {
	return len(rest) > 0 && (rest[0] == 't' || rest[0] == 'T') && (len(rest) == 1 || !unicode.IsLetter(rest[1]))
}

//go:embed letters.txt
var lettersText string

// letterTable is what letters.txt says.
type letterTable struct {
	single map[rune]string
	double *strings.Replacer
}

var letters = sync.OnceValue(func() letterTable { //nolint:gochecknoglobals // A constant that Go has no form for.
	file := sections(lettersText)
	table := letterTable{single: map[rune]string{}}
	for _, row := range file["letters"] {
		letter, size := utf8.DecodeRuneInString(row)
		table.single[letter] = strings.TrimSpace(row[size:])
	}
	table.double = strings.NewReplacer(strings.Fields(strings.Join(file["two letters"], " "))...)
	return table
})

// spelled writes letters that have no accent to lose as others do.
func spelled(r rune) string {
	if typed, found := letters().single[r]; found {
		return typed
	}
	return string(r)
}

// spellings returns a word as it is typed without accents: ö becomes o or oe.
func spellings(word string) []string {
	plain, typed := strings.Join(fold(word), ""), strings.Join(fold(letters().double.Replace(word)), "")
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
	clause []int
	// part has for each word how many words such as "but" stand before it.
	part     []int
	question bool
	// text is the sentence as it was written.
	text string
}

// joined returns whether no comma stands between two words.
func (s sentence) joined(first, second int) bool { return s.clause[max(first, 0)] == s.clause[second] }

// partAt returns the part of a sentence around a word, as "but" divides it.
func (s sentence) partAt(at int) sentence {
	first, _ := slices.BinarySearch(s.part, s.part[at])
	end, _ := slices.BinarySearch(s.part, s.part[at]+1)
	return sentence{words: s.words[first:end], clause: s.clause[first:end]}
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
		if r == '.' && isAbbreviation(paragraph[start:i]) {
			continue
		}
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
	clause, turns := 0, 0
	for _, part := range parts {
		clause++
		for _, word := range fold(part) {
			if slices.Contains(conjunctions(), word) {
				clause++
			}
			if slices.Contains(adversatives(), word) {
				turns++
			}
			s.words = append(s.words, word)
			s.clause = append(s.clause, clause)
			s.part = append(s.part, turns)
		}
	}
	return s
}

var conjunctions = sync.OnceValue(func() []string { //nolint:gochecknoglobals // A constant that Go has no form for.
	return sections(stopText)["conjunctions"]
})

// adversatives are the conjunctions after which a sentence says something else.
var adversatives = sync.OnceValue(func() []string { //nolint:gochecknoglobals // A constant that Go has no form for.
	return sections(stopText)["adversatives"]
})

var abbreviations = sync.OnceValue(func() []string { //nolint:gochecknoglobals // A constant that Go has no form for.
	return sections(stopText)["abbreviations"]
})

// longestAbbreviation is the number of letters of an abbreviation.
const longestAbbreviation = 6

// isAbbreviation returns whether a text ends with one, so that the full stop after
// it does not end the sentence.
func isAbbreviation(text string) bool {
	last := text[max(strings.LastIndexAny(text, " (")+1, len(text)-longestAbbreviation):]
	return slices.Contains(abbreviations(), strings.ToLower(last))
}
