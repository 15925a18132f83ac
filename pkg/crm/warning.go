package crm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// WarningKey is the key of a warning before archiving: the number-th one about an
// opportunity.
func WarningKey(o OpportunityID, number int) Key {
	return Key{Kind: Warned, Opportunity: o, Step: number}
}

// WarningToken is the token of all claims of one mail with warnings. It carries the
// run's own token, the key of the claim under whose Message-ID the mail leaves, and the
// salesperson to whom it goes.
func WarningToken(run string, lead Key, to UserID) string {
	return fmt.Sprintf("%sw%dw%dw%d", run, lead.Opportunity, lead.Step, to)
}

var warningToken = regexp.MustCompile(`^([0-9a-v]+)w([1-9][0-9]{0,17})w([1-9][0-9]{0,8})w([1-9][0-9]{0,17})$`)

// WarnedUser returns to whom the mail of a warning goes; 0 for another entry.
func (e Entry) WarnedUser() UserID {
	parts := warningToken.FindStringSubmatch(e.Token)
	if e.Key.Kind != Warned || parts == nil {
		return 0
	}
	id, _ := strconv.ParseInt(parts[4], 10, 64) // It has at most 18 digits.
	return UserID(id)
}

// SentAs returns the Message-ID of the mail that an entry is about: its own, unless
// the mail has several claims.
func (e Entry) SentAs() string {
	parts := warningToken.FindStringSubmatch(e.Token)
	_, domain, _ := strings.Cut(e.MessageID, "@")
	if e.Key.Kind != Warned || parts == nil || domain == "" {
		return e.MessageID
	}
	return fmt.Sprintf("<crm-tool.%s.%s.%s.%s@%s", Warned, parts[2], parts[3], e.Token, domain)
}

// RunToken returns the token of the run that wrote an entry.
func (e Entry) RunToken() string {
	if parts := warningToken.FindStringSubmatch(e.Token); e.Key.Kind == Warned && parts != nil {
		return parts[1]
	}
	return e.Token
}

// LastWarning returns the newest warning about the opportunity, a claim too. One about
// an opportunity that Odoo merged into this one does not count: it named another one.
func (r Record) LastWarning() (last Entry, found bool) {
	for _, e := range r.Entries {
		if e.Key.Kind == Warned && e.Key.Opportunity == r.Opportunity.ID && (!found || e.Key.Step > last.Key.Step) {
			last, found = e, true
		}
	}
	return last, found
}

// Colleague is what somebody wrote who may keep an opportunity from being archived.
type Colleague struct {
	Opportunity OpportunityID
	// At is when Odoo stored it, by Odoo's clock.
	At      time.Time
	Subject string
	// Author is the contact of a user; 0 for somebody else.
	Author ContactID
	// Answers is the Message-ID of the warning that it answers; empty if none.
	Answers string
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// LastReminder returns when the client was last reminded; zero if they were not.
func (r Record) LastReminder() time.Time {
	var last time.Time
	for _, e := range r.Entries {
		if e.Key.Kind == Reminder && e.Confirmed && e.At.After(last) {
			last = e.At
		}
	}
	return last
}
