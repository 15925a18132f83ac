package address

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFound is the number of addresses that are read from one field.
const maxFound = 50

// Parse returns the valid addresses of a field in order, at most 50 and without
// duplicates. The field is what a person typed: addresses separated by commas,
// semicolons, newlines or blanks, with names, quotes, mailto: and stray words. If
// there is no valid address, the error is [ErrNone], or an [*InvalidError] about
// the first text that was meant to be one.
func Parse(field string) ([]Address, error) {
	s := scanner{rest: field}
	s.scan()
	switch {
	case len(s.found) > 0:
		return s.found, nil
	case s.bad != nil:
		return nil, s.bad
	case strings.ContainsFunc(field, isWordRune):
		return nil, invalid(field, "it has no @")
	default:
		return nil, ErrNone
	}
}

// First returns the first valid address of a field. It has the errors of [Parse].
func First(field string) (Address, error) {
	all, err := Parse(field)
	if err != nil {
		return Address{}, err
	}
	return all[0], nil
}

func isWordRune(r rune) bool {
	return r == '@' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// A scanner reads a field from left to right. It collects words until it knows
// what they are: the name of an address in angle brackets, or addresses that end
// with a separator.
type scanner struct {
	rest  string
	word  word
	words []word
	// at is true when one of the words has an @, and unclosed when the rest of
	// the line has no closing quote.
	at, unclosed bool
	found        []Address
	bad          *InvalidError
}

// A word is a text without blanks, except in quotes.
type word struct {
	text   []byte
	quoted bool // some of it was in quotes
	bare   bool // some of it was not
}

func (s *scanner) scan() {
	for s.rest != "" {
		r, size := utf8.DecodeRuneInString(s.rest)
		char := s.rest[:size]
		s.rest = s.rest[size:]
		switch {
		case r == '"':
			s.quote()
		case r == '<':
			s.angle()
		case r == ',':
			s.comma()
		case r == ';':
			s.flush()
		case r == '\n', r == '\r', r == '\u2028', r == '\u2029':
			s.flush()
			s.unclosed = false
		case unicode.IsSpace(r):
			s.endWord()
		default:
			s.word.bare = true
			s.word.text = append(s.word.text, char...)
		}
	}
	s.flush()
}

// quote reads up to the closing quote on the same line. If there is none, the
// opening quote counts as a blank.
func (s *scanner) quote() {
	text := s.word.text
	for i := 0; i < len(s.rest) && !s.unclosed; i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			s.word.quoted, s.word.text = true, text
			return
		case c == '\n', c == '\r':
			s.unclosed = true
		case c == '\\' && i+1 < len(s.rest) && (s.rest[i+1] == '"' || s.rest[i+1] == '\\'):
			i++
			text = append(text, s.rest[i])
		default:
			text = append(text, c)
		}
	}
	s.unclosed = true
	s.endWord()
}

// angle reads an address in angle brackets, whose name are the words before it.
// If there is no closing bracket, the opening one counts as a blank. If the
// address is invalid, the words before it may be addresses themselves.
func (s *scanner) angle() {
	s.endWord()
	end := strings.IndexAny(s.rest, "<>\r\n")
	if end < 0 || s.rest[end] != '>' {
		return
	}
	content := s.rest[:end]
	s.rest = s.rest[end+1:]
	if mailbox, reason := check(strip(content)); reason == "" {
		s.add(Address{Name: s.takeName(), Mailbox: mailbox})
		return
	}
	s.flush()
	if strings.ContainsFunc(content, isWordRune) {
		s.candidate(content)
	}
}

// comma ends an address but not a name: in "Client, Zoë <zoe@client.example>" it
// is part of the name.
func (s *scanner) comma() {
	s.endWord()
	if s.at {
		s.flush()
	} else if n := len(s.words); n > 0 {
		s.words[n-1].text = append(s.words[n-1].text, ',')
	}
}

func (s *scanner) endWord() {
	if !s.word.quoted && !s.word.bare {
		return
	}
	s.at = s.at || bytes.IndexByte(s.word.text, '@') >= 0
	s.words = append(s.words, s.word)
	s.word = word{}
}

// takeName returns the collected words as a name.
func (s *scanner) takeName() string {
	parts := make([]string, len(s.words))
	for i, w := range s.words {
		parts[i] = string(w.text)
	}
	s.words, s.at = nil, false
	return cleanName(strings.Join(parts, " "))
}

// flush reads the collected words as addresses without a name. It ignores words
// without an @.
func (s *scanner) flush() {
	s.endWord()
	for _, w := range s.words {
		switch text := string(w.text); {
		case !strings.ContainsRune(text, '@'):
		case w.quoted && w.bare:
			s.reject(text, "quoted text before the @ is not supported")
		default:
			s.candidate(text)
		}
	}
	s.words, s.at = nil, false
}

func (s *scanner) candidate(text string) {
	mailbox, reason := check(strip(text))
	if reason != "" {
		s.reject(text, reason)
		return
	}
	s.add(Address{Mailbox: mailbox})
}

func (s *scanner) reject(text, reason string) {
	if s.bad == nil {
		s.bad = invalid(text, reason)
	}
}

func (s *scanner) add(a Address) {
	if len(s.found) < maxFound && !slices.ContainsFunc(s.found, a.Equal) {
		s.found = append(s.found, a)
	}
}

// strip removes what people and programs put around an address: blanks, brackets,
// full stops, and the mailto: and parameters of a link.
func strip(text string) string {
	const both = " \t.,:;!?()[]{}<>\"'"
	text = trim(text, both, both+`-/\|*_`)
	if len(text) > len("mailto:") && strings.EqualFold(text[:len("mailto:")], "mailto:") {
		text, _, _ = strings.Cut(text[len("mailto:"):], "?")
		text = trim(text, both, both)
	}
	return text
}

func trim(text, left, right string) string {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return isInvisible(r) || strings.ContainsRune(left, r) })
	return strings.TrimRightFunc(text, func(r rune) bool { return isInvisible(r) || strings.ContainsRune(right, r) })
}
