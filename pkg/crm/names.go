package crm

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/crm-tool/crm-tool/pkg/address"
)

// NameRule says which names of opportunities their clients read.
type NameRule string

// The values of NameRule.
const (
	// NamesAuto shows the names that people gave, unless they look internal.
	NamesAuto NameRule = "auto"
	NamesShow NameRule = "show"
	NamesHide NameRule = "hide"
)

// TitleOf returns the name of an opportunity as its client reads it; empty if they are
// not to read it.
func (n NameRule) TitleOf(r Record) string {
	name := address.Printable(r.Opportunity.Name)
	switch {
	case n == NamesHide, !strings.ContainsFunc(name, isWordRune):
		return ""
	case n != NamesAuto:
		return name
	case r.NamedByOdoo(), r.Opportunity.InternalWord() != "":
		return ""
	}
	return r.withoutClient(name)
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// withoutClient returns a name without the client's own at one of its ends: Odoo calls
// an attendee's opportunity "Spring Fair - Nadia Petit".
func (r Record) withoutClient(name string) string {
	const dash = " - "
	for i := range name {
		if !strings.HasPrefix(name[i:], dash) {
			continue
		}
		before, after := name[:i], name[i+len(dash):]
		switch {
		case before != "" && r.isClient(normalName(after)):
			return before
		case after != "" && r.isClient(normalName(before)):
			return after
		}
	}
	return name
}

// isClient tells whether a normal name is one of the client's, or an address.
func (r Record) isClient(name string) bool {
	return name != "" && (isAddress(name) || slices.ContainsFunc(
		[]string{r.Contact.Name, r.Opportunity.ContactName, r.Opportunity.OrganizationName},
		func(known string) bool { return normalName(known) == name },
	))
}

//go:embed names.txt
var namesText string

// nameLists are what names.txt lists.
type nameLists struct {
	// made are the patterns of the names that Odoo gives.
	made []madeName
	// internal are words that are not for clients, as they are and as [spaced] has them.
	internal, spaced []string
}

// madeName is the pattern of a name that Odoo gives: what stands before and after the
// name of the client, or of anybody. Without either, before is the whole name.
type madeName struct {
	before, after   string
	client, anybody bool
}

var names = sync.OnceValue(func() nameLists { //nolint:gochecknoglobals // A constant that Go has no form for.
	all := sections(namesText)
	lists := nameLists{internal: all["internal"]}
	for _, pattern := range all["names"] {
		var m madeName
		if m.before, m.after, m.anybody = strings.Cut(pattern, "%!"); !m.anybody {
			m.before, m.after, m.client = strings.Cut(pattern, "%s")
		}
		lists.made = append(lists.made, m)
	}
	for _, word := range lists.internal {
		lists.spaced = append(lists.spaced, spaced(word))
	}
	return lists
})

// NamedByOdoo tells whether Odoo made the opportunity's name: out of the client's name,
// or of an e-mail, whose address or subject it is then. The subject of an answer or of
// a forwarded mail is known without the mail.
func (r Record) NamedByOdoo() bool {
	name := normalName(r.Opportunity.Name)
	return r.isClient(name) || r.isSubject(name) || beginsWith(trimTags(name), "replies") != "" ||
		slices.ContainsFunc(names().made, func(m madeName) bool { return r.isMade(name, m) })
}

// isAddress tells whether a name is an e-mail address, with a name before it or
// without.
func isAddress(name string) bool {
	if _, err := address.First(name); err != nil {
		return false
	}
	return !strings.Contains(name, " ") || strings.HasSuffix(name, ">")
}

// isSubject tells whether a name is the subject of the mail that created the
// opportunity.
func (r Record) isSubject(name string) bool {
	return slices.ContainsFunc(r.Messages, func(m Message) bool {
		return m.Incoming && m.At.Sub(r.Opportunity.Created).Abs() <= creationSpan && normalName(m.Subject) == name
	})
}

// isMade tells whether a name is a pattern with a name of the client.
func (r Record) isMade(name string, m madeName) bool {
	switch {
	case !m.client && !m.anybody:
		return name == m.before
	case len(name) <= len(m.before)+len(m.after), !strings.HasPrefix(name, m.before), !strings.HasSuffix(name, m.after):
		return false
	}
	return m.anybody || r.isClient(name[len(m.before):len(name)-len(m.after)])
}

// normalName returns a name as names.txt has it.
func normalName(s string) string {
	return strings.ToLower(address.Printable(s))
}

// spaced returns the words of a text with one blank around each.
func spaced(s string) string {
	return " " + strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !isWordRune(r) }), " ") + " "
}

// InternalWord returns the words in an opportunity's name by which it looks as if it
// was not meant for its client, being internal or rude; empty if there are none.
func (o Opportunity) InternalWord() string {
	name, lists := spaced(normalName(o.Name)), names()
	for i, words := range lists.spaced {
		if strings.Contains(name, words) {
			return lists.internal[i]
		}
	}
	return ""
}
