// Package keys looks after the API keys of crm-tool's user (res.users.apikeys): when they
// end, and how one takes the place of another.
//
// Odoo tells nobody which of a user's keys a call came with, so that [InUse] can only
// leave out those that it cannot be. From 18 on the keys of users who are no
// administrators end.
package keys

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	model = "res.users.apikeys"
	// EndSince is the first version whose keys can end.
	EndSince = 18
	// Field is the field of res.users that leads to the user's keys.
	Field = "api_key_ids"
	// rpc is the scope of keys for calls alone. A key without a scope is for everything.
	rpc = "rpc"
)

// Key is what Odoo tells about an API key.
type Key struct {
	ID   int64
	Name string
	// Scope is what the key is for; empty for everything.
	Scope string
	// End is when the key stops to work, in UTC; zero for never.
	End time.Time
}

// Specification is what web_read has to be asked for in [Field].
func Specification() map[string]any {
	none := map[string]any{}
	return map[string]any{"fields": map[string]any{"name": none, "scope": none, "expiration_date": none}}
}

// Of returns the keys of a user, whose record web_read returned, by ascending id. It leaves
// out what cannot be read: nobody's run depends on it.
func Of(user odoo.Record) []Key {
	records, err := odoo.Records(user[Field])
	if err != nil {
		return nil
	}
	var list []Key
	for _, record := range records {
		r := recordset.Row{Record: record, Model: model}
		k := Key{ID: r.ID(), Name: r.Text("name"), Scope: r.Text("scope"), End: r.Time("expiration_date")}
		if r.Err == nil {
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b Key) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

var form = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Looks tells whether a secret looks like an API key: 20 bytes, in hexadecimal digits. A
// password has no end.
func Looks(secret string) bool { return form.MatchString(secret) }

// prefix begins the names of the keys that crm-tool makes.
const prefix = "crm-tool "

// Name is that of a key that crm-tool makes on a host, on a day in UTC. People see it in Odoo.
func Name(host string, now time.Time) string {
	return prefix + cmp.Or(strings.Join(strings.Fields(host), "-"), "host") + " " + now.UTC().Format(time.DateOnly)
}

var ours = regexp.MustCompile(`^` + prefix + `(\S+) \d{4}-\d\d-\d\d$`)

// MadeOn tells whether crm-tool made the key on this host.
func (k Key) MadeOn(host string) bool {
	found := ours.FindStringSubmatch(k.Name)
	return found != nil && prefix+found[1] == strings.TrimSuffix(Name(host, time.Time{}), " 0001-01-01")
}

// works tells whether calls can come with the key.
func (k Key) works(now time.Time) bool {
	return (k.Scope == "" || k.Scope == rpc) && (k.End.IsZero() || k.End.After(now))
}

// InUse returns those of a user's keys that may be the one with which this host calls. It
// is none that ended. If crm-tool made one on this host, which took the place of the one
// before, it is that one or a later one that a person made.
func InUse(all []Key, host string, now time.Time) []Key {
	list := slices.DeleteFunc(slices.Clone(all), func(k Key) bool { return !k.works(now) })
	newest := -1
	for i, k := range list {
		if k.MadeOn(host) {
			newest = i
		}
	}
	if newest < 0 {
		return list
	}
	return slices.DeleteFunc(list[newest:], func(k Key) bool { return ours.MatchString(k.Name) && !k.MadeOn(host) })
}

// First returns which of the keys ends first; false if none ends.
func First(list []Key) (Key, bool) {
	ending := slices.DeleteFunc(slices.Clone(list), func(k Key) bool { return k.End.IsZero() })
	if len(ending) == 0 {
		return Key{}, false
	}
	return slices.MinFunc(ending, func(a, b Key) int { return a.End.Compare(b.End) }), true
}
