package odoo

import (
	"bytes"
	"errors"
	"html"
	"regexp"
	"unicode/utf8"

	"github.com/kolo/xmlrpc"
)

// maxDepth bounds the nesting of an answer, in XML elements. A page of
// records with many2one fields has 14; the codec recurses, and a hostile
// answer would exhaust the stack.
const maxDepth = 128

// errNotXMLRPC, errTruncated and errTooDeep are what is wrong with an answer
// before any value in it is looked at.
var (
	errNotXMLRPC = errors.New("not an XML-RPC answer")
	errTruncated = errors.New("the answer ends too early")
	errTooDeep   = errors.New("the answer is nested too deep")
)

// decode reads an XML-RPC methodResponse. The value consists of nil (for an
// empty string), bool, int64, float64, string, []any and map[string]any, and of
// time.Time for a dateTime, which Odoo never sends. A fault is an
// xmlrpc.FaultError.
//
// It changes body: code points that XML 1.0 forbids (section 2.2) become U+FFFD
// or a space, because Odoo lets some through and one record must not cost the
// whole page.
func decode(body []byte) (any, error) {
	if err := inspect(body); err != nil {
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
func inspect(body []byte) error {
	rest, err := skipProlog(body)
	if err != nil {
		return err
	}
	for depth := 0; ; {
		text, tail, open := bytes.Cut(rest, []byte{'<'})
		if depth == 0 && len(bytes.TrimSpace(text)) > 0 {
			return errNotXMLRPC
		}
		name, tail, closed := bytes.Cut(tail, []byte{'>'})
		if !open || !closed {
			return errTruncated
		}
		closing := bytes.HasPrefix(name, []byte{'/'})
		single := !closing && bytes.HasSuffix(name, []byte{'/'})
		name = bytes.TrimSpace(bytes.Trim(name, "/"))
		switch {
		case !bareName(name), depth == 0 && string(name) != "methodResponse":
			return errNotXMLRPC
		case closing:
			depth--
		case !single:
			depth++
		}
		if depth > maxDepth {
			return errTooDeep
		}
		rest = tail
		if depth <= 0 {
			break
		}
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return errNotXMLRPC
	}
	return nil
}

// skipProlog skips white space and the XML declaration.
func skipProlog(body []byte) ([]byte, error) {
	rest := bytes.TrimSpace(body)
	if len(rest) == 0 {
		return nil, errTruncated
	}
	if !bytes.HasPrefix(rest, []byte("<?xml ")) {
		return rest, nil
	}
	_, rest, whole := bytes.Cut(rest, []byte("?>"))
	if !whole {
		return nil, errTruncated
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

var (
	pageStart = regexp.MustCompile(`(?i)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b`)
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
)

// webPage says whether a body is an HTML page, and its title.
func webPage(body []byte) (title string, ok bool) {
	head := body[:min(len(body), 16<<10)]
	if !pageStart.Match(head) {
		return "", false
	}
	if m := pageTitle.FindSubmatch(head); m != nil {
		title = html.UnescapeString(string(m[1]))
	}
	return title, true
}
