package jsonvalue

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plainForm reads the one value in body, as [Decode] promises it, in one pass. It is not
// ok for what is not valid, out of bounds, or unusual. The decoder of the standard library
// judges that.
//
// It reads no further than body, and calls itself no deeper than depth.
func plainForm(body []byte, depth int) (v any, ok bool) {
	r := plainReader{body: body, limit: depth, names: map[string]string{}}
	v, ok = r.value(0)
	return v, ok && r.next() == 0 && r.at == len(r.body)
}

// plainReader is an answer, and how far it was read.
type plainReader struct {
	body      []byte
	at, limit int
	// names are the names of members, of which each record has the same.
	names map[string]string
}

// next skips white space and returns the byte after it, which stays; 0 at the end.
func (r *plainReader) next() byte {
	for ; r.at < len(r.body); r.at++ {
		switch c := r.body[r.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// skip skips white space and one byte, if it is this one.
func (r *plainReader) skip(c byte) bool {
	if r.next() != c {
		return false
	}
	r.at++
	return true
}

// value reads a value within so many lists and objects.
func (r *plainReader) value(depth int) (any, bool) {
	switch r.next() {
	case '"':
		raw, as, ok := r.quoted()
		switch {
		case !ok || as:
			return textOf(raw), ok
		default:
			return unescaped(raw)
		}
	case '[':
		return r.list(depth + 1)
	case '{':
		return r.object(depth + 1)
	case 'n':
		return false, r.word("null")
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	}
	return r.number()
}

// textOf is a text without escapes. An empty one is nil.
func textOf(raw []byte) any {
	if len(raw) == 0 {
		return nil
	}
	return string(raw)
}

func (r *plainReader) word(word string) bool {
	end := r.at + len(word)
	if end > len(r.body) || string(r.body[r.at:end]) != word {
		return false
	}
	r.at = end
	return true
}

// quoted returns what stands between quotation marks, and whether it is the text as it
// is, without escapes.
func (r *plainReader) quoted() (raw []byte, as, ok bool) {
	if !r.skip('"') {
		return nil, false, false
	}
	start, ascii := r.at, true
	for as = true; r.at < len(r.body); r.at++ {
		switch c := r.body[r.at]; {
		case c == '"':
			raw = r.body[start:r.at]
			r.at++
			return raw, as, ascii || utf8.Valid(raw)
		case c == '\\':
			as = false
			r.at++
		case c < ' ':
			return nil, false, false
		case c >= utf8.RuneSelf:
			ascii = false
			as = as && c != '\xEF' // U+FFFE and U+FFFF begin so.
		}
	}
	return nil, false, false
}

func (r *plainReader) list(depth int) (any, bool) {
	r.at++
	list := []any{}
	if depth > r.limit {
		return nil, false
	}
	if r.skip(']') {
		return list, true
	}
	for {
		v, ok := r.value(depth)
		if !ok {
			return nil, false
		}
		list = append(list, v)
		if !r.skip(',') {
			return list, r.skip(']')
		}
	}
}

func (r *plainReader) object(depth int) (any, bool) {
	r.at++
	members := map[string]any{}
	if depth > r.limit {
		return nil, false
	}
	if r.skip('}') {
		return members, true
	}
	for {
		raw, as, ok := r.quoted()
		if !ok || !as || !r.skip(':') {
			return nil, false
		}
		name, known := r.names[string(raw)]
		if !known {
			name = string(raw)
			r.names[name] = name
		}
		if members[name], ok = r.value(depth); !ok {
			return nil, false
		}
		if !r.skip(',') {
			return members, r.skip('}')
		}
	}
}

// number reads a number without a fraction.
func (r *plainReader) number() (any, bool) {
	start := r.at
	for r.at < len(r.body) && strings.IndexByte("+-.0123456789Ee", r.body[r.at]) >= 0 {
		r.at++
	}
	literal := string(r.body[start:r.at])
	digits := strings.TrimPrefix(literal, "-")
	if digits == "" || digits[0] == '0' && len(digits) > 1 || strings.Trim(digits, "0123456789") != "" {
		return fraction(literal, digits)
	}
	n, err := strconv.ParseInt(literal, 10, 64)
	return n, err == nil
}

// fraction reads a number such as -12.50.
func fraction(literal, digits string) (any, bool) {
	whole, part, found := strings.Cut(digits, ".")
	if !found || whole == "" || part == "" || strings.Trim(whole+part, "0123456789") != "" || whole[0] == '0' && len(whole) > 1 {
		return nil, false
	}
	f, err := strconv.ParseFloat(literal, 64)
	return f, err == nil
}

// unescaped returns a text without the escapes of Python's json, in the form that [text]
// gives it.
func unescaped(raw []byte) (any, bool) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++ // quoted has seen to it that a byte follows.
		switch raw[i] {
		case '"', '\\', '/':
			out = append(out, raw[i])
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			letter, width := codePoint(raw[i+1:])
			if width == 0 {
				return nil, false
			}
			out, i = utf8.AppendRune(out, letter), i+width
		default:
			return nil, false
		}
	}
	return text(string(out)), true
}

// codePoint reads what follows \u, and returns its length: 4, or 10 for two surrogates, or
// 0 for something else.
func codePoint(raw []byte) (letter rune, width int) {
	unit := func(from int) rune {
		if len(raw) < from+4 {
			return utf8.RuneError
		}
		n, err := strconv.ParseUint(string(raw[from:from+4]), 16, 16)
		if err != nil {
			return utf8.RuneError
		}
		return rune(n)
	}
	first := unit(0)
	switch {
	case first == utf8.RuneError:
		return 0, 0
	case !utf16.IsSurrogate(first):
		return first, 4
	case len(raw) < 10 || string(raw[4:6]) != `\u`:
		return 0, 0
	}
	if letter = utf16.DecodeRune(first, unit(6)); letter == utf8.RuneError {
		return 0, 0
	}
	return letter, 10
}
