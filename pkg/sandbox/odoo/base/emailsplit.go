package base

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Odoo reads addresses with Python's email.utils.getaddresses, not in its strict
// mode, and then tries two things of its own. What that makes of odd text is not
// what RFC 5322 says, but it decides whom Odoo means by an address.

// endsAtom are the characters that end an atom. In a phrase, a dot does not.
const (
	endsAtom   = "()<>@,:;.\"[] \t\r\n"
	endsPhrase = "()<>@,:;\"[] \t\r\n"
)

// foundAddress finds addresses when Odoo reads one that begins with an @.
var foundAddress = regexp.MustCompile(`[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,63}`)

// NormalizeEmail returns the first address that Odoo finds in a text, normalized;
// empty when it finds none.
func NormalizeEmail(s string) string {
	found := slices.DeleteFunc(readAddresses(s), func(m mailbox) bool { return !strings.Contains(m.address, "@") })
	if len(found) == 0 {
		return ""
	}
	first := found[0]
	if slices.ContainsFunc(found, func(m mailbox) bool { return strings.HasPrefix(m.address, "@") }) {
		if match := foundAddress.FindString(s); match != "" {
			first = mailbox{address: match}
		}
	}
	if !first.named && strings.Contains(first.address, " ") {
		first.address = lastOf(first.address)
	}
	return normalize(first.address)
}

// lastOf returns the last address in a text with blanks, as Odoo does for a name
// that stands before an address without brackets.
func lastOf(text string) string {
	for _, m := range slices.Backward(readAddresses(strings.ReplaceAll(text, " ", ","))) {
		if strings.Contains(m.address, "@") {
			return m.address
		}
	}
	return text
}

// normalize writes an address in lower case, but for a local part that is not ASCII.
func normalize(address string) string {
	at := strings.LastIndex(address, "@")
	local, domain := address[:max(at, 0)], address[at+1:]
	if !strings.ContainsFunc(local, func(r rune) bool { return r > unicode.MaxASCII }) {
		local = strings.ToLower(local)
	}
	if at < 0 {
		return strings.ToLower(domain)
	}
	return local + "@" + strings.ToLower(domain)
}

// mailbox is an address, and whether a name stands with it.
type mailbox struct {
	address string
	named   bool
}

// readAddresses returns the addresses in a text as Python reads them.
func readAddresses(s string) []mailbox {
	r := addressReader{rest: []rune(s)}
	var all []mailbox
	for len(r.rest) > 0 {
		all = append(all, r.address()...)
	}
	return all
}

// addressReader reads a text from left to right.
type addressReader struct {
	rest []rune
	// named is set when the address that is being read has a name.
	named bool
}

// at returns whether one of the characters comes next.
func (r *addressReader) at(chars string) bool {
	return len(r.rest) > 0 && strings.ContainsRune(chars, r.rest[0])
}

// skip passes over one character, if one is left.
func (r *addressReader) skip() { r.rest = r.rest[min(1, len(r.rest)):] }

// blanks passes over blanks, line ends and comments, and returns the blanks.
func (r *addressReader) blanks() string {
	var blanks []rune
	for {
		switch {
		case r.at(" \t"):
			blanks = append(blanks, r.rest[0])
			r.skip()
		case r.at("\r\n"):
			r.skip()
		case r.at("("):
			r.comment()
		default:
			return string(blanks)
		}
	}
}

// delimited reads what begins with the next character and ends with one of ends.
func (r *addressReader) delimited(ends string, comments bool) string {
	var text []rune
	for r.skip(); len(r.rest) > 0; {
		switch {
		case r.at(ends):
			r.skip()
			return string(text)
		case comments && r.at("("):
			text = append(text, []rune(r.delimited(ends, true))...)
			continue
		case r.at(`\`):
			r.skip()
		}
		if len(r.rest) > 0 {
			text = append(text, r.rest[0])
			r.skip()
		}
	}
	return string(text)
}

// comment passes over a comment, which counts as a name.
func (r *addressReader) comment() { r.named = r.delimited(")\r", true) != "" || r.named }

func (r *addressReader) atom(ends string) string {
	end := slices.IndexFunc(r.rest, func(c rune) bool { return strings.ContainsRune(ends, c) })
	if end < 0 {
		end = len(r.rest)
	}
	text := string(r.rest[:end])
	r.rest = r.rest[end:]
	return text
}

// phrases reads the words of a name.
func (r *addressReader) phrases() []string {
	var words []string
	for len(r.rest) > 0 {
		switch {
		case r.at(" \t\r\n"):
			r.skip()
		case r.at(`"`):
			words = append(words, r.delimited("\"\r", false))
		case r.at("("):
			r.comment()
		case r.at(endsPhrase):
			return words
		default:
			words = append(words, r.atom(endsPhrase))
		}
	}
	return words
}

// address reads the next address, or those of the next group.
func (r *addressReader) address() []mailbox {
	r.named = false
	r.blanks()
	before := r.rest
	words := r.phrases()
	r.blanks()
	var all []mailbox
	switch {
	case r.at(".@"):
		r.rest = before
		address := r.spec()
		all = []mailbox{{address, r.named}}
	case r.at(":"):
		all = r.group()
	case r.at("<"):
		address := r.route()
		all = []mailbox{{address, r.named || strings.Join(words, " ") != ""}}
	case len(words) > 0:
		all = []mailbox{{words[0], r.named}}
	default:
		r.skip()
	}
	r.blanks()
	if r.at(",") {
		r.skip()
	}
	return all
}

func (r *addressReader) group() []mailbox {
	var all []mailbox
	for r.skip(); len(r.rest) > 0; {
		r.blanks()
		if r.at(";") {
			r.skip()
			break
		}
		all = append(all, r.address()...)
	}
	return all
}

// route reads an address in angle brackets, and leaves out where it says that the
// mail goes on its way.
func (r *addressReader) route() string {
	r.skip()
	r.blanks()
	for domain := false; len(r.rest) > 0; r.blanks() {
		switch {
		case domain:
			r.domain()
			domain = false
		case r.at(">"):
			r.skip()
			return ""
		case r.at("@"):
			r.skip()
			domain = true
		case r.at(":"):
			r.skip()
		default:
			spec := r.spec()
			r.skip()
			return spec
		}
	}
	return ""
}

// spec reads local@domain.
func (r *addressReader) spec() string {
	var parts []string
	dropBlank := func() {
		if n := len(parts); n > 0 && strings.TrimSpace(parts[n-1]) == "" {
			parts = parts[:n-1]
		}
	}
	r.blanks()
	for len(r.rest) > 0 {
		keep := true
		if r.at(".") {
			dropBlank()
			parts = append(parts, ".")
			r.skip()
			keep = false
		} else if r.at(`"`) {
			quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(r.delimited("\"\r", false))
			parts = append(parts, `"`+quoted+`"`)
		} else if r.at(endsAtom) {
			dropBlank()
			break
		} else {
			parts = append(parts, r.atom(endsAtom))
		}
		if blanks := r.blanks(); keep && blanks != "" {
			parts = append(parts, blanks)
		}
	}
	local := strings.Join(parts, "")
	if !r.at("@") {
		return local
	}
	r.skip()
	r.blanks()
	domain := r.domain()
	if domain == "" {
		return ""
	}
	return local + "@" + domain
}

// domain reads a domain. One that is followed by another @ is none.
func (r *addressReader) domain() string {
	var domain strings.Builder
	for len(r.rest) > 0 {
		switch {
		case r.at(" \t"):
			r.skip()
		case r.at("("):
			r.comment()
		case r.at("["):
			domain.WriteString("[" + r.delimited("]\r", false) + "]")
		case r.at("."):
			domain.WriteString(".")
			r.skip()
		case r.at("@"):
			return ""
		case r.at(endsAtom):
			return domain.String()
		default:
			domain.WriteString(r.atom(endsAtom))
		}
	}
	return domain.String()
}
