package mail

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxLine is the longest line without its CRLF (RFC 5322, section 2.1.1), and
// maxFolded the length to which headers are folded: a line with an encoded word
// must not be longer (RFC 2047, section 2).
const (
	maxLine   = 998
	maxFolded = 76
)

// normalizer takes what gomail writes, and makes the bytes of a message the same each
// time, with headers folded as RFC 2047 wants: gomail writes them in random order, with a
// random boundary, and folds them without regard to the field's name.
type normalizer struct {
	messageID string
	// head is what came of the header. body is the message, once its header ended.
	head  []byte
	body  bytes.Buffer
	ended bool
	// random is gomail's boundary, own what stands for it; both are nil without parts.
	random, own []byte
}

// Write takes a piece of the message. It has no boundary that the next one continues.
func (n *normalizer) Write(p []byte) (int, error) {
	rest := p
	if !n.ended {
		const end = "\r\n\r\n"
		before := max(0, len(n.head)-len(end)+1) // Most pieces are a word.
		n.head = append(n.head, p...)
		i := bytes.Index(n.head[before:], []byte(end))
		if i < 0 {
			return len(p), nil
		}
		n.ended, rest = true, n.head[before+i+len(end):]
		n.writeHeader(splitFields(string(n.head[:before+i])))
	}
	if n.random != nil {
		rest = bytes.ReplaceAll(rest, n.random, n.own)
	}
	n.body.Write(rest)
	return len(p), nil
}

func (n *normalizer) writeHeader(fields []string) {
	slices.SortStableFunc(fields, func(a, b string) int { return rank(a) - rank(b) })
	contentType := &fields[len(fields)-1]
	if start, random, multipart := strings.Cut(*contentType, "boundary="); multipart {
		// "=_" occurs in no quoted-printable text, so no content can hold the
		// boundary (RFC 2045, section 6.7).
		own := fmt.Sprintf("=_%x", sha256.Sum256([]byte(n.messageID)))[:34]
		*contentType = start + `boundary="` + own + `"`
		n.random, n.own = []byte(random), []byte(own)
	}
	for _, field := range fields {
		n.body.WriteString(fold(field))
		n.body.WriteString("\r\n")
	}
	n.body.WriteString("\r\n")
}

// splitFields cuts a header into its fields, each on one line.
func splitFields(head string) []string {
	return strings.Split(strings.ReplaceAll(head, "\r\n ", " "), "\r\n")
}

// fold breaks a field at blanks, so that a line is too long only when a single word
// is. The first word stays beside the field name: not every program looks for it on
// the next line, and a line of white space alone is obsolete (RFC 5322, section 4.2).
func fold(field string) string {
	var folded strings.Builder
	length := 0
	for i, word := range strings.Split(field, " ") {
		switch {
		case i == 0:
		case length+1+len(word) > maxFolded && i > 1:
			folded.WriteString("\r\n ")
			length = 1
		default:
			folded.WriteByte(' ')
			length++
		}
		folded.WriteString(word)
		length += len(word)
	}
	return folded.String()
}

// rank returns the position of a header field, in the order in which a person
// would look for it. The type of the body comes last.
func rank(field string) int {
	name, _, _ := strings.Cut(field, ":")
	return slices.Index([]string{
		"List-Unsubscribe", "List-Unsubscribe-Post", "Date", "From", "Reply-To", "To", "Cc", "Subject", "Message-ID",
		"In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language",
		"Mime-Version", "Content-Transfer-Encoding", "Content-Type",
	}, name)
}

// checkLines checks what the package promises about the bytes.
func checkLines(raw []byte) error {
	start := 0
	for i, c := range raw {
		switch {
		case isPrintable(c), c == '\t', c == '\r' && bytes.HasPrefix(raw[i:], []byte("\r\n")):
			continue
		case c != '\n' || i == 0 || raw[i-1] != '\r':
			return &FieldError{Field: "composed mail", Err: errors.New("a character is not printable ASCII")}
		}
		if length := i - 1 - start; length > maxLine {
			return &FieldError{Field: "composed mail", Err: fmt.Errorf("a line has %d characters", length)}
		}
		start = i + 1
	}
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		return &FieldError{Field: "composed mail", Err: errors.New("the last line is not ended")}
	}
	return nil
}
