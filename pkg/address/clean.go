package address

import (
	"mime"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Limits of RFC 5321, section 4.5.3.1, in bytes; 254 is what a path of 256
// leaves between its angle brackets.
const (
	maxLocal   = 64
	maxMailbox = 254
)

// maxName is how many characters of a name are kept, and maxText how many of a
// text that is quoted in an error.
const (
	maxName = 128
	maxText = 80
)

// Clean checks local@domain and returns it with its domain in lower case and
// in the ASCII form of IDNA 2008. The local part must be a dot-atom (RFC 5322,
// section 3.2.3) of at most 64 bytes and keeps its case; the domain must have a
// dot and not end in a number; the whole has at most 254 bytes. The error is an
// *InvalidError.
func Clean(mailbox string) (string, error) {
	clean, reason := check(mailbox)
	if reason != "" {
		return "", invalid(mailbox, reason)
	}
	return clean, nil
}

// check returns the clean mailbox, or what is wrong with it.
func check(mailbox string) (clean, reason string) {
	at := strings.LastIndexByte(mailbox, '@')
	if at < 0 {
		return "", "it has no @"
	}
	local, domain := mailbox[:at], mailbox[at+1:]
	if reason := checkLocal(local); reason != "" {
		return "", reason
	}
	if domain == "" {
		return "", "nothing follows the @"
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	// U+FFFD, which idna makes of a byte that is not UTF-8, passes it.
	if err != nil || strings.ContainsRune(domain, '\ufffd') || !validDomain(ascii) {
		return "", "what follows the @ is not the name of a mail domain"
	}
	if len(local)+1+len(ascii) > maxMailbox {
		return "", "it is longer than 254 characters"
	}
	return local + "@" + ascii, ""
}

func invalid(text, reason string) *InvalidError {
	return &InvalidError{Text: limit(Printable(text), maxText), Reason: reason}
}

// checkLocal returns what is wrong with a local part, nothing when it is fine.
func checkLocal(local string) string {
	switch {
	case local == "":
		return "nothing precedes the @"
	case len(local) > maxLocal:
		return "what precedes the @ is longer than 64 characters"
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return "a dot stands at the wrong place before the @"
	}
	for _, r := range local {
		switch {
		case r == '@':
			return "it has more than one @"
		case r == '"':
			return "quoted text before the @ is not supported"
		case r > unicode.MaxASCII:
			return "a letter before the @ is not ASCII"
		case !isAtext(r):
			return "a character before the @ is not allowed there"
		}
	}
	return ""
}

// isAtext reports whether an ASCII character may stand in an atom; the dot
// between atoms included.
func isAtext(r rune) bool {
	return r == '.' || isAlphanumeric(r) || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// validDomain checks the ASCII form once more by itself (RFC 1123, section
// 2.1), so that what may stand in an SMTP command hangs on no table of Unicode.
func validDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !isAlphanumeric(r) {
				return false
			}
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// Printable returns s as one line that is safe to show on a terminal and to put
// into a header: control characters and every kind of blank become one blank,
// characters that change the direction of text or are invisible vanish, and so
// does what is not valid UTF-8.
func Printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case isInvisible(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// isInvisible reports whether a character has no shape of its own and could
// disguise text. The joiners U+200C and U+200D stay: some scripts need them.
func isInvisible(r rune) bool {
	switch r {
	case '\u200b', '\u2060', '\ufeff', '\ufff9', '\ufffa', '\ufffb':
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}

// cleanName makes a display name: printable, decoded when somebody stored it in
// the form that it had in a mail (RFC 2047), without quotes around it. A name
// that looks like an address is dropped, for it could pretend another one.
func cleanName(name string) string {
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	name = Printable(strings.ReplaceAll(name, "=?", "= ?"))
	name = strings.Trim(limit(name, maxName), " ,;")
	for len(name) > 1 && name[0] == '\'' && name[len(name)-1] == '\'' {
		name = strings.Trim(name[1:len(name)-1], " ,;")
	}
	if strings.ContainsRune(name, '@') {
		return ""
	}
	return name
}

// limit cuts s after n characters.
func limit(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return strings.TrimSpace(string(runes[:n]))
	}
	return s
}
