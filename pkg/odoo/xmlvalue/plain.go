package xmlvalue

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// plainForm reads an answer in the form in which Python's xmlrpc.client writes values, as
// [Decode] promises them, in one pass. It is not ok for an answer in any other form: one
// with a fault, a mistake, or a form that Odoo does not use. The codec judges those.
//
// It reads no further than body, and calls itself no deeper than depth.
func plainForm(body []byte, depth int) (v any, ok bool) {
	r := plainReader{rest: body, limit: depth, names: map[string]string{}}
	if !r.skip("<?xml version='1.0'?>") && !r.skip(`<?xml version="1.0"?>`) {
		return nil, false
	}
	if !r.skip("<methodResponse>") || !r.skip("<params>") || !r.skip("<param>") {
		return nil, false
	}
	const level = 4 // methodResponse, params, param, value
	v, ok = r.value(level)
	ok = ok && r.skip("</param>") && r.skip("</params>") && r.skip("</methodResponse>")
	return v, ok && len(bytes.TrimSpace(r.rest)) == 0
}

// plainReader is the part of an answer that was not read yet.
type plainReader struct {
	rest  []byte
	limit int
	// names are the names of members, of which each record has the same.
	names map[string]string
}

// skip skips white space and a tag; without that tag it returns false.
func (r *plainReader) skip(tag string) bool {
	r.skipSpace()
	return r.skipHere(tag)
}

func (r *plainReader) skipSpace() {
	for len(r.rest) > 0 && (r.rest[0] == '\n' || r.rest[0] == ' ') {
		r.rest = r.rest[1:]
	}
}

// skipHere is skip without white space.
func (r *plainReader) skipHere(tag string) bool {
	if len(r.rest) < len(tag) || string(r.rest[:len(tag)]) != tag {
		return false
	}
	r.rest = r.rest[len(tag):]
	return true
}

// value reads a value whose element is nested so deep.
func (r *plainReader) value(depth int) (any, bool) {
	if !r.skip("<value>") || depth >= r.limit {
		return nil, false
	}
	r.skipSpace()
	end := bytes.IndexByte(r.rest, '>')
	if end < 0 {
		return nil, false
	}
	tag := r.rest[:end+1]
	r.rest = r.rest[end+1:]
	v, ok := r.typed(tag, depth)
	return v, ok && r.skip("</value>")
}

// typed reads what follows the tag with the type of a value.
func (r *plainReader) typed(tag []byte, depth int) (any, bool) {
	switch string(tag) {
	case "<string>":
		return r.text()
	case "<int>":
		raw, ok := r.until("</int>")
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, ok && err == nil
	case "<boolean>":
		raw, ok := r.until("</boolean>")
		return string(raw) == "1", ok && (string(raw) == "1" || string(raw) == "0")
	case "<double>":
		raw, ok := r.until("</double>")
		f, err := strconv.ParseFloat(string(raw), 64)
		return f, ok && err == nil
	case "<array>":
		return r.array(depth + 1)
	case "<struct>":
		return r.structure(depth + 1)
	}
	return nil, false
}

// until returns what stands before a tag, which is the next one, and skips both.
func (r *plainReader) until(tag string) ([]byte, bool) {
	end := bytes.IndexByte(r.rest, '<')
	if end < 0 {
		return nil, false
	}
	raw := r.rest[:end]
	r.rest = r.rest[end:]
	return raw, r.skipHere(tag)
}

// array reads the values of an array whose element is nested so deep.
func (r *plainReader) array(depth int) (any, bool) {
	list := []any{}
	if !r.skip("<data>") || depth >= r.limit {
		return nil, false
	}
	for !r.skip("</data>") {
		v, ok := r.value(depth + 2) // data, value
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	return list, r.skip("</array>")
}

// structure reads the members of a struct whose element is nested so deep.
func (r *plainReader) structure(depth int) (any, bool) {
	members := map[string]any{}
	for !r.skip("</struct>") {
		if !r.skip("<member>") || !r.skip("<name>") {
			return nil, false
		}
		raw, ok := r.until("</name>")
		if !ok || !bareMember(raw) {
			return nil, false
		}
		name, known := r.names[string(raw)]
		if !known {
			name = string(raw)
			r.names[name] = name
		}
		if members[name], ok = r.value(depth + 2); !ok || !r.skip("</member>") { // member, value
			return nil, false
		}
	}
	return members, true
}

// bareMember tells whether a name consists of what [memberName] allows.
func bareMember(name []byte) bool {
	for _, c := range name {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return len(name) > 0
}

// text reads a text up to the end of its element. An empty one is nil.
func (r *plainReader) text() (any, bool) {
	raw, ok := r.until("</string>")
	if !ok || len(raw) == 0 {
		return nil, ok
	}
	ascii, as := true, true // of ASCII alone, as it is
	for _, c := range raw {
		switch {
		case c == '>':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
			as = as && c != '\xEF' // See mend.
		case c == '&', c < ' ' && c != '\n' && c != '\t':
			as = false
		}
	}
	switch {
	case !ascii && !utf8.Valid(raw):
		return nil, false
	case as:
		return string(raw), true
	}
	return unescaped(raw)
}

// unescaped returns a text without the escapes that Python writes, and mended.
func unescaped(raw []byte) (any, bool) {
	mend(raw)
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexAny(raw, "&\r")
		if i < 0 {
			out = append(out, raw...)
			break
		}
		out = append(out, raw[:i]...)
		raw = raw[i:]
		switch {
		case bytes.HasPrefix(raw, []byte("&lt;")):
			out, raw = append(out, '<'), raw[len("&lt;"):]
		case bytes.HasPrefix(raw, []byte("&gt;")):
			out, raw = append(out, '>'), raw[len("&gt;"):]
		case bytes.HasPrefix(raw, []byte("&amp;")):
			out, raw = append(out, '&'), raw[len("&amp;"):]
		default:
			return nil, false // A carriage return is for the codec, too.
		}
	}
	return string(out), true
}
