package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// textColumns is the longest line of a plain text: RFC 5322, section 2.1.1,
// asks for 78.
const textColumns = 78

// signatureMark begins the sender's own part of a plain text (RFC 3676,
// section 4.3); its trailing space belongs to it.
const signatureMark = "-- "

// oneLine makes text from outside fit for one line of at most limit
// characters: white space becomes single spaces, and what is invisible and
// could turn the reading direction or end a line is dropped. What is cut off
// leaves an ellipsis.
func oneLine(s string, limit int) string {
	const surplus = 64 // bytes looked at for each character that may remain
	s = s[:min(len(s), surplus*limit)]
	words := strings.FieldsFunc(visible(s), func(r rune) bool { return breakable(r) || r == '\n' })
	line := []rune(strings.Trim(strings.Join(words, " "), " \u00a0\u202f"))
	if len(line) <= limit {
		return string(line)
	}
	return strings.TrimRight(string(line[:limit-1]), " \u00a0\u202f") + "…"
}

// visible drops control characters, bidirectional controls, byte order marks
// and broken encoding; all kinds of line ends become line feeds.
func visible(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\ufeff', r == utf8.RuneError:
			return -1
		default:
			return r
		}
	}, s)
}

// breakable is true for the spaces at which a line may end; no-break spaces
// hold French punctuation and its word together.
func breakable(r rune) bool {
	return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
}

// wrap brings a plain text into shape: lines of at most limit columns, except
// where one word is longer; never more than one empty line; none at the ends.
// It returns an empty text, or one that ends with a line feed.
func wrap(s string, limit int) string {
	var b strings.Builder
	empty := false
	for line := range strings.SplitSeq(visible(s), "\n") {
		if line != signatureMark {
			line = strings.TrimRightFunc(line, unicode.IsSpace)
		}
		if line == "" {
			empty = b.Len() > 0
			continue
		}
		if empty {
			b.WriteByte('\n')
			empty = false
		}
		wrapLine(&b, line, limit)
	}
	return b.String()
}

// wrapLine writes one line as several; the later ones are indented like the
// first.
func wrapLine(b *strings.Builder, line string, limit int) {
	if line == signatureMark || columns(line) <= limit {
		b.WriteString(line + "\n")
		return
	}
	words := strings.FieldsFunc(line, breakable)
	indent := line[:strings.Index(line, words[0])]
	b.WriteString(indent + words[0])
	used := columns(indent + words[0])
	for _, word := range words[1:] {
		w := columns(word)
		if used+1+w > limit {
			b.WriteString("\n" + indent + word)
			used = columns(indent) + w
			continue
		}
		b.WriteString(" " + word)
		used += 1 + w
	}
	b.WriteByte('\n')
}

// columns is the width of s in a font of fixed pitch: East Asian characters
// take two columns (Unicode Standard Annex 11), combining ones none.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
