// Package xmlvalue writes and reads the values of XML-RPC as Odoo understands them: its
// calls, and its answers within bounds. See http://xmlrpc.com/spec.md, and xmlrpc.client
// of Python's library, which is what Odoo speaks.
package xmlvalue

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/kolo/xmlrpc"
)

// The reasons for which an answer is no value, before any value in it is looked at.
var (
	ErrNotXMLRPC = errors.New("not an XML-RPC answer")
	ErrTruncated = errors.New("the answer ends too early")
	ErrTooDeep   = errors.New("the answer is nested too deep")
)

// Decode reads an XML-RPC methodResponse, whose elements are nested at most depth deep.
// The value consists of nil (for an
// empty string), bool, int64, float64, string, []any and map[string]any, and of
// time.Time for a dateTime, which Odoo never sends. A fault is an
// xmlrpc.FaultError.
//
// It changes body: code points that XML 1.0 forbids (section 2.2) become U+FFFD
// or a space, because Odoo lets some through and one record must not cost the
// whole page.
//
// What Odoo usually answers is read by [plainForm], everything else by the codec.
func Decode(body []byte, depth int) (any, error) {
	if v, ok := plainForm(body, depth); ok {
		return v, nil
	}
	if err := inspect(body, depth); err != nil {
		return nil, err
	}
	mend(body)
	answer := xmlrpc.Response(body)
	if err := answer.Err(); err != nil {
		return nil, err
	}
	var v any
	if err := answer.Unmarshal(&v); err != nil {
		return nil, err
	}
	return v, nil
}

// inspect walks over the tags of an answer. It wants exactly one
// methodResponse, whole, made of the bare tags that Python's xmlrpc writes: no
// attribute, comment, CDATA section or DOCTYPE, so that what it counts is what
// the codec will see.
func inspect(body []byte, limit int) error {
	rest, err := skipProlog(body)
	if err != nil {
		return err
	}
	for depth := 0; ; {
		text, tail, open := bytes.Cut(rest, []byte{'<'})
		if depth == 0 && len(bytes.TrimSpace(text)) > 0 {
			return ErrNotXMLRPC
		}
		name, tail, closed := bytes.Cut(tail, []byte{'>'})
		if !open || !closed {
			return ErrTruncated
		}
		closing := bytes.HasPrefix(name, []byte{'/'})
		single := !closing && bytes.HasSuffix(name, []byte{'/'})
		name = bytes.TrimSpace(bytes.Trim(name, "/"))
		switch {
		case !bareName(name), depth == 0 && string(name) != "methodResponse":
			return ErrNotXMLRPC
		case closing:
			depth--
		case !single:
			depth++
		}
		if depth > limit {
			return ErrTooDeep
		}
		rest = tail
		if depth <= 0 {
			break
		}
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return ErrNotXMLRPC
	}
	return nil
}

// skipProlog skips white space and the XML declaration.
func skipProlog(body []byte) ([]byte, error) {
	rest := bytes.TrimSpace(body)
	if len(rest) == 0 {
		return nil, ErrTruncated
	}
	if !bytes.HasPrefix(rest, []byte("<?xml ")) {
		return rest, nil
	}
	_, rest, whole := bytes.Cut(rest, []byte("?>"))
	if !whole {
		return nil, ErrTruncated
	}
	return rest, nil
}

func bareName(name []byte) bool {
	for _, c := range name {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && c != '.' && c != ':' {
			return false
		}
	}
	return len(name) > 0
}

// mend replaces, in place, the characters that XML 1.0 forbids.
func mend(body []byte) {
	const forbidden = "\xEF\xBF" // Begins U+FFFE and U+FFFF in UTF-8, U+FFFD too.
	for i, c := range body {
		switch {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			body[i] = ' '
		case c == forbidden[0] && i+2 < len(body) && body[i+1] == forbidden[1] && body[i+2] >= 0xBE:
			utf8.EncodeRune(body[i:], utf8.RuneError)
		}
	}
}
