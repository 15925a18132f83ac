package config

import (
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config/notation"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// envPrefix begins the name of every setting in the environment.
const envPrefix = "CRM_TOOL_"

// These make the names of the settings that say which file holds a secret, and which
// command prints it.
const (
	fileSuffix    = "_file"
	commandSuffix = "_command"
)

// Kind says what values a setting has and how they are written.
type Kind string

// The kinds of settings. Lists are written with commas in the environment, and
// as YAML lists in a file.
const (
	Text     Kind = "text"           // one line
	Choice   Kind = "choice"         // one of a few words
	URL      Kind = "URL"            // the address of a server, without a path
	Link     Kind = "link"           // of a page, with {address} for a client's
	Mailbox  Kind = "e-mail address" // with or without a name
	Path     Kind = "path"           // in a file relative to its folder, elsewhere to the working folder
	Password Kind = "secret"
	Command  Kind = "command" // a line for /bin/sh, see package shell
	Switch   Kind = "switch"  // on or off; off in any place is off
	Bool     Kind = "true or false"
	Number   Kind = "whole number"
	Decimal  Kind = "number"        // perhaps with a point, as in 0.5
	Fraction Kind = "share"         // from 0 to 1
	Duration Kind = "duration"      // with its unit, as in 30s
	Days     Kind = "list of days"  // 7,15,30
	Hours    Kind = "hours"         // 08:00-18:00
	Periods  Kind = "list of dates" // 2026-12-24..2027-01-02,2027-05-01
	Rules    Kind = "list of rules" // won,stage:Negotiation; none is an empty list

	ScoreTags     Kind = "list of tags by score"  // below 50=Unhappy,from 80=Happy
	ActivityRules Kind = "list of activity types" // Meeting=nps,Call=none

	OpportunityRules Kind = "list of rules for opportunities" // [{team: Export, days: [5, 10]}], see package rule
)

// Key describes one setting.
type Key struct {
	// Name is section and name in the file, with a dot between them.
	Name string
	Kind Kind
	// Default is in canonical form. If it is empty, Doc says what then happens.
	Default string
	// Doc is what the setting does, in one or two sentences.
	Doc string
	// Choices are the values of a [Choice].
	Choices []string
	// Shared settings live in Odoo and count for every host. The others belong
	// to this host and are never read from Odoo.
	Shared bool
	// check refuses values of the right kind that make no sense.
	check check
}

// Env returns the name of the variable that sets the key: CRM_TOOL_SMTP_HOST for
// smtp.host.
func (k Key) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// Section returns the part of the name before the last dot, or nothing if there is no
// dot.
func (k Key) Section() string {
	section, _ := split(k.Name)
	return section
}

// Leaf returns the name within the section.
func (k Key) Leaf() string {
	_, leaf := split(k.Name)
	return leaf
}

// Values returns the values of a setting that has few of them, each in one
// spelling.
func (k Key) Values() []string {
	switch k.Kind {
	case Choice:
		return k.Choices
	case Switch:
		return []string{"on", "off"}
	case Bool:
		return []string{"true", "false"}
	default:
		return nil
	}
}

// Range returns the least and the greatest value of a setting that has them, in
// canonical form.
func (k Key) Range() (low, high string, ok bool) {
	return k.check.low, k.check.high, k.check.low != ""
}

// split cuts a name at its last dot.
func split(name string) (section, leaf string) {
	dot := strings.LastIndex(name, ".")
	if dot < 0 {
		return "", name
	}
	return name[:dot], name[dot+1:]
}

// isWithin reports whether a name is that of a section, or of something in it.
func isWithin(name, section string) bool {
	return name == section || strings.HasPrefix(name, section+".")
}

// show returns a value without its secrets.
func (k Key) show(text string) string {
	if text != "" && k.Kind == Password {
		return redacted
	}
	// Somebody may have typed a password into a URL.
	if k.Kind == URL || k.Kind == Link || strings.Contains(text, "://") {
		return notation.MaskLogin(text, redacted)
	}
	return text
}

// quote returns a value for a message about it: nothing for a long list of rules, whose
// messages say where in it they belong.
func (k Key) quote(text string) string {
	if k.Kind == OpportunityRules {
		return ""
	}
	return k.show(text)
}

// Lookup returns the key of this exact name.
func Lookup(name string) (Key, bool) {
	for _, k := range allKeys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// ResolveKey returns the key that a person means. The name of a section means
// its switch: reminders is reminders.enabled. The error is a [Problem] that names
// the nearest key.
func ResolveKey(name string) (Key, error) {
	if k, ok := Lookup(name + ".enabled"); ok && k.Kind == Switch {
		return k, nil
	}
	if slices.Contains(sections(), name) {
		keys := slices.DeleteFunc(keyNames(), func(key string) bool { return !strings.HasPrefix(key, name+".") })
		return Key{}, Problem{Key: name, Cause: "is a section, with " + strings.Join(keys, ", ")}
	}
	return find(name)
}

// find returns the key of this exact name. The error is a [Problem] that names the
// nearest key.
func find(name string) (Key, error) {
	if k, ok := Lookup(name); ok {
		return k, nil
	}
	return Key{}, unknown(name, "", nearest(name, keyNames()))
}

// sections returns the names of the sections in the order of the file.
func sections() []string {
	var names []string
	for _, k := range allKeys() {
		if s := k.Section(); s != "" && !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	return names
}

func keyNames() []string {
	keys := allKeys()
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// nearest returns the candidate that is most like a mistyped name, or an empty
// string. A name with the right last part in a wrong section is similar enough,
// except for the switches, which many sections have.
func nearest(name string, candidates []string) string {
	_, leaf := split(strings.ToLower(strings.ReplaceAll(name, "-", "_")))
	limit := spelling.Tolerance(name)
	best, least := "", limit+1
	for _, candidate := range candidates {
		d := spelling.Distance(name, candidate)
		if _, other := split(candidate); other == leaf && leaf != "enabled" {
			d = min(d, limit)
		}
		if d < least {
			best, least = candidate, d
		}
	}
	return best
}
