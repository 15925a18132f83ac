package address

import (
	"mime"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// The limits of RFC 5321, section 4.5.3.1, in bytes. A path may have 256, of
// which the angle brackets take 2.
const (
	maxLocal   = 64
	maxMailbox = 254
)

// maxName is the number of characters kept of a name, and maxText the number
// kept of a text that an error quotes.
const (
	maxName = 128
	maxText = 80
)

// Clean checks local@domain and returns it with the domain in lower case and in
// the ASCII form of IDNA 2008. The local part must be a dot-atom (RFC 5322,
// section 3.2.3) of at most 64 bytes and keeps its case. The domain must have a
// dot and must not end with a number. The whole has at most 254 bytes. The error
// is an [*InvalidError].
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
		return "", "there is nothing after the @"
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	// idna replaces bytes that are not UTF-8 by U+FFFD, and accepts that.
	if err != nil || strings.ContainsRune(domain, '\ufffd') || !validDomain(ascii) {
		return "", "the part after the @ is not a mail domain"
	}
	if len(local)+1+len(ascii) > maxMailbox {
		return "", "it is longer than 254 characters"
	}
	return local + "@" + ascii, ""
}

func invalid(text, reason string) *InvalidError {
	return &InvalidError{Text: limit(Printable(text), maxText), Reason: reason}
}

// checkLocal returns what is wrong with a local part, or nothing.
func checkLocal(local string) string {
	switch {
	case local == "":
		return "there is nothing before the @"
	case len(local) > maxLocal:
		return "the part before the @ is longer than 64 characters"
	case strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		return "a dot is in the wrong place before the @"
	}
	for _, r := range local {
		switch {
		case r == '@':
			return "it has more than one @"
		case r == '"':
			return "quoted text before the @ is not supported"
		case r > unicode.MaxASCII:
			return "a letter before the @ is not ASCII"
		case !strings.ContainsRune(atext, r):
			return "a character before the @ is not allowed"
		}
	}
	return ""
}

// atext are the ASCII characters that an atom may have, and the dot between atoms.
const atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~"

// validDomain checks the ASCII form once more, so that no error in a Unicode table
// puts other characters into an SMTP command. There are two labels or more, and the last
// one is no number.
func validDomain(domain string) bool {
	labels := 0
	for label := range strings.SplitSeq(domain, ".") {
		if !validLabel(label) {
			return false
		}
		labels++
	}
	return labels > 1 && !strings.HasSuffix(strings.TrimRight(domain, "0123456789"), ".")
}

// validLabel checks a label of a domain (RFC 1123, section 2.1): 1 to 63 letters, digits and
// hyphens, with no hyphen at either end.
func validLabel(label string) bool {
	for i := range len(label) {
		letter := 'a' <= label[i]|0x20 && label[i]|0x20 <= 'z'
		digit := '0' <= label[i] && label[i] <= '9'
		if !letter && !digit && (label[i] != '-' || i == 0 || i == len(label)-1) {
			return false
		}
	}
	return len(label) >= 1 && len(label) <= 63
}

// Printable returns s as one line that is safe on a terminal and in a header.
// Control characters and all kinds of blanks become one blank. Invisible
// characters, characters that change the direction of text and bytes that are
// not UTF-8 are removed.
func Printable(s string) string {
	if isPrintable(s) {
		return s
	}
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

// isPrintable tells whether a text is ASCII with single blanks between its words.
func isPrintable(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == ' ' && before == ' ' {
			return false
		}
		before = s[i]
	}
	return s == "" || before != ' '
}

// isInvisible reports whether a character is invisible and could disguise text.
// The joiners U+200C and U+200D are not, because some scripts need them.
func isInvisible(r rune) bool {
	switch r {
	case '\u200b', '\u2060', '\ufeff', '\ufff9', '\ufffa', '\ufffb':
		return true
	}
	return unicode.Is(unicode.Bidi_Control, r)
}

// cleanName makes a display name: printable, without quotes around it, and
// decoded if somebody copied it from a mail in its encoded form (RFC 2047). It
// drops a name that looks like an address, because it could hide the real one.
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

// limit returns at most n characters of s.
func limit(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return strings.TrimSpace(string(runes[:n]))
	}
	return s
}
