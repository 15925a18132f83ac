// Package plaintext finds what keeps a file that somebody wrote from being UTF-8
// text: another encoding, or bytes that no text has.
//
// Its errors name the one cause, the line and the cure. They quote nothing of the
// file, which may hold passwords.
package plaintext

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// Error says why a file is no UTF-8 text.
type Error struct {
	// Line counts from 1; 0 means that the whole file is meant.
	Line int
	// Cause says what is wrong and what to do about it.
	Cause string
}

// Error names the line and the cause.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Cause
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Cause)
}

// Check returns an [*Error] unless data is UTF-8 text without NUL bytes. A byte
// order mark at the beginning is allowed.
func Check(data []byte) error {
	bad := invalid(data)
	nul := bytes.IndexByte(data, 0)
	switch {
	case isUTF16(data):
		return &Error{Cause: "is UTF-16 text: save it as UTF-8"}
	case bad >= 0 && (nul < 0 || bad < nul):
		return &Error{Line: Line(data, bad), Cause: "is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252"}
	case nul >= 0:
		return &Error{Line: Line(data, nul), Cause: "has a NUL byte: the file is damaged, or is no text"}
	}
	return nil
}

// Line returns the line of an offset, which counts from 1. It ends at a line feed,
// a carriage return, or both.
func Line(data []byte, offset int) int {
	before := data[:offset]
	return 1 + bytes.Count(before, []byte("\n")) + bytes.Count(before, []byte("\r")) - bytes.Count(before, []byte("\r\n"))
}

// invalid returns the offset of the first byte that is not UTF-8, or -1.
func invalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// isUTF16 recognises the byte order mark or, without one, text in which every
// other byte is mostly NUL, as that of letters and digits is.
func isUTF16(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return true
	}
	var nuls [2]int
	for i, b := range data {
		if b == 0 {
			nuls[i%2]++
		}
	}
	most, least := max(nuls[0], nuls[1]), min(nuls[0], nuls[1])
	return 4*most > len(data) && 10*least < most
}
