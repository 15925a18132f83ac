// Package lines makes texts that people typed fit for a mail: one line for a field or a
// subject, and lines of some width for a plain text.
package lines

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Columns is the longest line of a plain text (RFC 5322, section 2.1.1).
const Columns = 78

// SignatureMark is the line before the signature of a plain text (RFC 3676,
// section 4.3), with a space at its end.
const SignatureMark = "-- "

// One returns text from outside as one line of at most limit characters, see
// [shorten]. White space becomes single spaces. Invisible
// characters that could change the reading direction or end a line are dropped.
func One(s string, limit int) string {
	const surplus = 64 // bytes looked at for each character that may remain
	s = s[:min(len(s), surplus*limit)]
	words := strings.FieldsFunc(Visible(s), func(r rune) bool { return breakable(r) || r == '\n' })
	return shorten(strings.Trim(strings.Join(words, " "), " \u00a0\u202f"), limit)
}

// shorten cuts a line to at most limit characters, the ellipsis included: after a word
// or, if the last one takes more than half of the line, within it.
func shorten(s string, limit int) string {
	line := []rune(s)
	if len(line) <= limit {
		return s
	}
	end := limit - 1
	for i := end; i > limit/2; i-- {
		if breakable(line[i]) {
			end = i
			break
		}
	}
	for end > 1 && unicode.In(line[end], unicode.M, unicode.Join_Control) {
		end-- // A letter stays together with its accents.
	}
	return strings.TrimRight(string(line[:end]), " \u00a0\u202f,;:.-–—([{“„«\"'") + "…"
}

// Visible drops control characters, bidirectional controls, byte order marks
// and broken encoding; all kinds of line ends become line feeds.
func Visible(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r >= ' ' && r <= '~': // Most letters are asked no more.
			return r
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

// breakable is true for the spaces at which a line may end. No-break spaces keep
// French punctuation beside its word.
func breakable(r rune) bool {
	return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
}

// Wrap breaks a plain text into lines of at most limit columns, except where one
// word is longer. It never leaves two empty lines together, nor one at either end.
// A text that is not empty ends with a line feed.
func Wrap(s string, limit int) string {
	var b strings.Builder
	b.Grow(len(s))
	empty := false
	for line := range strings.SplitSeq(Visible(s), "\n") {
		if line != SignatureMark {
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

// item begins a line that is an entry of a list.
const item = "- "

// wrapLine writes one line as several; the later ones are indented like the
// first, or like the text of a list's entry.
func wrapLine(b *strings.Builder, line string, limit int) {
	// No character has more columns than bytes.
	if line == SignatureMark || len(line) <= limit || columns(line) <= limit {
		b.WriteString(line)
		b.WriteByte('\n')
		return
	}
	words := strings.FieldsFunc(line, breakable)
	indent := line[:strings.Index(line, words[0])]
	b.WriteString(indent + words[0])
	used := columns(indent + words[0])
	if strings.HasPrefix(line[len(indent):], item) {
		indent += strings.Repeat(" ", len(item))
	}
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

// columns returns the width of s in a monospaced font: East Asian characters take
// two columns (Unicode Standard Annex 11), combining ones none.
func columns(s string) int {
	n := 0
	for _, r := range s {
		if r < utf8.RuneSelf {
			n++
			continue
		}
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
