// Package jsonvalue reads the JSON in which Odoo answers JSON-2 (RFC 8259), within
// bounds, as the values that package odoo promises for either protocol: nil for an
// empty string, false for null, int64 for a number without a fraction, float64 for
// another one.
package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The reasons for which an answer is no value.
var (
	ErrTruncated = errors.New("the answer ends too early")
	ErrTooDeep   = errors.New("the answer is nested too deep")
	ErrNotJSON   = errors.New("not JSON")
)

// Decode reads the one value in body, in which lists and objects are nested at most
// depth deep. What Odoo usually answers is read by [plainForm], everything else by the
// standard library.
func Decode(body []byte, depth int) (any, error) {
	if v, ok := plainForm(body, depth); ok {
		return v, nil
	}
	return decode(body, depth)
}

// decode reads any answer.
func decode(body []byte, depth int) (any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, ErrTruncated
	}
	if deeper(body, depth) {
		return nil, ErrTooDeep
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, ErrTruncated
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotJSON, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows the value", ErrNotJSON)
	}
	return plain(v)
}

// deeper tells whether brackets outside of strings are nested too deep. The decoder
// calls itself for each.
func deeper(body []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[', c == '{':
			if depth++; depth > limit {
				return true
			}
		case c == ']', c == '}':
			depth--
		}
	}
	return false
}

// plain turns a decoded value into one that Decode promises.
func plain(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return false, nil
	case json.Number:
		return number(v.String())
	case string:
		return text(v), nil
	case []any:
		for i := range v {
			if v[i], err = plain(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = plain(v[name]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func number(literal string) (any, error) {
	if !strings.ContainsAny(literal, ".eE") {
		n, err := strconv.ParseInt(literal, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: a number is out of range", ErrNotJSON)
		}
		return n, nil
	}
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: a number is out of range", ErrNotJSON)
	}
	return f, nil
}

// text gives a text the form that it has over XML-RPC: what XML 1.0 forbids
// (section 2.2) becomes a space or U+FFFD.
func text(s string) any {
	if s == "" {
		return nil
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r':
			return ' '
		case r == '\uFFFE', r == '\uFFFF':
			return '\uFFFD'
		}
		return r
	}, s)
}
