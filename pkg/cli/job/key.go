package job

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
)

// keyNotice is how long before its end people are told of a key.
const keyNotice = 14 * 24 * time.Hour

// findKey learns when the API key ends with which this host calls Odoo. A password does
// not end.
func (s *Session) findKey(secret string) {
	if !keys.Looks(secret) {
		return
	}
	s.keys = keys.InUse(s.Login.Keys, Hostname(), s.Gateway.Now())
	first, _ := keys.First(s.keys)
	s.KeyEnds = first.End
}

// KeyCure is what to do about a key that ends.
const KeyCure = "run crm-tool config rotate-key, which makes another or says how to"

// KeyEnd says in a sentence when the key ends, in the zone where days begin; soon says
// that it is time for another. The sentence is empty if no end is known.
func (s *Session) KeyEnd() (sentence string, soon bool) {
	first, ends := keys.First(s.keys)
	if !ends {
		return "", false
	}
	name := fmt.Sprintf("the API key %q", first.Name)
	if len(s.keys) > 1 {
		name = fmt.Sprintf("of the %d API keys of %s that may be the one in use, %q", len(s.keys), s.Login.Name, first.Name)
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	return name + " ends on " + first.End.In(zone).Format("2006-01-02 15:04 MST"), first.End.Sub(s.Gateway.Now()) < keyNotice
}

// warnOfKey tells of a key that ends soon: after that, every run would be refused.
func (s *Session) warnOfKey() {
	if sentence, soon := s.KeyEnd(); soon {
		s.Log.Warn("Odoo will refuse every run when the API key has ended; "+KeyCure, "end", sentence)
	}
}

// Keys manages the API keys of the user.
func (s *Session) Keys() keys.Manager { return keys.NewManager(s.client) }
