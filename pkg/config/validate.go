package config

import (
	"slices"

	"github.com/crm-tool/crm-tool/pkg/config/notation"
)

// Need says what a command needs settings for. Values combine with |.
type Need uint8

// What a command may need.
const (
	// NeedOdoo is for commands that call Odoo.
	NeedOdoo Need = 1 << iota
	// NeedMail is for commands that send mails.
	NeedMail
	// NeedMonitor is for runs that a monitor hears of, NeedAlerts for a mail about one.
	NeedMonitor
	NeedAlerts
)

// missing returns the problems of settings that a command needs and that are not
// set.
func (s *Settings) missing(need Need) []Problem {
	var required []string
	if need&NeedOdoo != 0 {
		required = append(required, "odoo.url", "odoo.database")
		if s.effective["odoo.api"].text != string(JSON2API) {
			required = append(required, "odoo.user") // The key of JSON-2 tells it.
		}
		required = append(required, "odoo.password")
	}
	if need&NeedMail != 0 {
		if !s.throughOdoo() {
			required = append(required, "smtp.host")
		}
		required = append(required, "mail.from")
	}
	var problems []Problem
	for _, name := range required {
		if k, _ := Lookup(name); s.lacks(k) && !s.isHidden(name) {
			cause := "is missing: set it in " + s.path + " or as " + k.Env()
			problems = append(problems, Problem{Key: name, Cause: cause})
		}
	}
	return problems
}

// throughOdoo tells whether Odoo sends the mails.
func (s *Settings) throughOdoo() bool {
	return s.effective["mail.transport"].text == string(OdooTransport)
}

// lacks reports whether a key has no value, and no file or command for one.
func (s *Settings) lacks(k Key) bool {
	isSet := func(name string) bool { return s.effective[name].text != "" }
	return !isSet(k.Name) && !slices.ContainsFunc(formsOf(k), isSet)
}

// A conflict is about the values of several keys together.
type conflict struct {
	// keys are those keys; the problem names the first.
	keys   []string
	broken bool
	cause  string
}

// conflicts returns the problems of values that are valid alone but not together.
func (s *Settings) conflicts(c Config) []Problem {
	password, _ := Lookup("smtp.password")
	login, secret := c.SMTP.User != "", !s.lacks(password)
	byToken := c.SMTP.Auth == OAuth2Auth
	conflicts := []conflict{
		{
			[]string{"odoo.url", "odoo.allow_http"},
			!c.Odoo.AllowHTTP && notation.IsCleartext(c.Odoo.URL),
			"would send the password unencrypted: use https://, or set odoo.allow_http",
		},
		{
			[]string{"smtp.user", "smtp.tls"},
			c.SMTP.TLS == NoTLS && login,
			"needs encryption, but smtp.tls is none",
		},
		{
			[]string{"smtp.user", "smtp.auth", "smtp.tls"},
			c.SMTP.TLS != NoTLS && login && !secret && !byToken,
			"needs a password: set smtp.password_file or smtp.password",
		},
	}
	if byToken && !s.throughOdoo() {
		conflicts = append(conflicts, s.tokenConflicts(c.SMTP)...)
	}
	for _, name := range formsOf(password) {
		set := s.effective[name].text != ""
		conflicts = append(conflicts, conflict{[]string{name, "smtp.user", "smtp.tls"}, set && !login, "needs smtp.user"})
	}
	return s.broken(append(conflicts, s.doubled()...))
}

// tokenConflicts returns what a login by an access token lacks.
func (s *Settings) tokenConflicts(c SMTP) []conflict {
	secret, _ := Lookup("smtp.oauth2.client_secret")
	refresh, _ := Lookup("smtp.oauth2.refresh_token")
	lacks := func(name string, is bool, what string) conflict {
		return conflict{[]string{"smtp.auth", name}, is, "needs " + what}
	}
	return []conflict{
		lacks("smtp.user", c.User == "", "smtp.user: the address of the mailbox"),
		lacks("smtp.oauth2.token_url", c.OAuth2.TokenURL == "", "smtp.oauth2.token_url"),
		lacks("smtp.oauth2.client_id", c.OAuth2.ClientID == "", "smtp.oauth2.client_id"),
		lacks(secret.Name, s.lacks(secret) && s.lacks(refresh), "smtp.oauth2.client_secret_file or smtp.oauth2.refresh_token_file"),
	}
}

// doubled returns the conflicts of secrets that are told in two ways.
func (s *Settings) doubled() []conflict {
	var conflicts []conflict
	for _, k := range allKeys() {
		if k.Kind != Password {
			continue
		}
		forms := formsOf(k)
		for i, form := range forms {
			for _, other := range forms[:i] {
				both := s.effective[form].text != "" && s.effective[other].text != ""
				conflicts = append(conflicts, conflict{[]string{form, other}, both, "cannot be set together with " + other + ": remove one of them"})
			}
		}
	}
	return conflicts
}

// doubts returns values that are allowed but probably wrong.
func (s *Settings) doubts() []Problem {
	if s.throughOdoo() {
		return s.unused()
	}
	port, tls := s.effective["smtp.port"].value, s.effective["smtp.tls"].value
	return s.broken(append(s.unusedLogin(), []conflict{
		{
			[]string{"smtp.port", "smtp.tls"},
			port == 587 && tls == string(ImplicitTLS),
			"is the port for starttls; smtp.tls: implicit uses port 465",
		},
		{
			[]string{"smtp.port", "smtp.tls"},
			port == 465 && tls == string(StartTLS),
			"is the port for smtp.tls: implicit; starttls uses port 587",
		},
	}...))
}

// unusedLogin returns settings of the login that smtp.auth does not use.
func (s *Settings) unusedLogin() []conflict {
	var conflicts []conflict
	auth := s.effective["smtp.auth"].text
	for _, k := range allKeys() {
		ofToken := isWithin(k.Name, "smtp.oauth2")
		if secret, isSecret := secretOf(k); ofToken || isSecret && secret.Name == "smtp.password" {
			isUnused := s.effective[k.Name].text != "" && ofToken != (auth == string(OAuth2Auth))
			conflicts = append(conflicts, conflict{[]string{k.Name, "smtp.auth"}, isUnused, "is not used, as smtp.auth is " + auth})
		}
	}
	return conflicts
}

// unused returns the settings that were made and do nothing if Odoo sends the mails.
func (s *Settings) unused() []Problem {
	var conflicts []conflict
	for _, name := range []string{"smtp.host", "mail.envelope_from"} {
		if s.effective["alerts.to"].text != "" {
			continue // Alerts go through this server.
		}
		conflicts = append(conflicts, conflict{[]string{name}, s.effective[name].text != "", "is not used, as mail.transport is odoo: Odoo sends the mails"})
	}
	return append(s.broken(conflicts), s.unsendable()...)
}

// unsendable returns the problem of alerts that nothing can send. Odoo sends no mail
// that is about no opportunity.
func (s *Settings) unsendable() []Problem {
	lost := s.effective["alerts.to"].text != "" && s.effective["smtp.host"].text == ""
	return s.broken([]conflict{{
		[]string{"alerts.to"}, lost, "needs smtp.host, also if mail.transport is odoo: Odoo sends mails about opportunities alone",
	}})
}

// broken returns the problems of those that there are. A value that is invalid or could
// not be read already has a problem of its own.
func (s *Settings) broken(conflicts []conflict) []Problem {
	var problems []Problem
	for _, r := range conflicts {
		isInvalid := func(name string) bool { return !s.effective[name].valid || s.isHidden(name) }
		if r.broken && !slices.ContainsFunc(r.keys, isInvalid) {
			problems = append(problems, s.effective[r.keys[0]].problem(r.cause))
		}
	}
	return problems
}
