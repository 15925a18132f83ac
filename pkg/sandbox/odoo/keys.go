package odoo

import (
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
)

// AddKey gives a user an API key without an end, which works wherever the password does.
// JSON-2 takes only those of 40 hexadecimal digits, as Odoo makes them.
func (o *Server) AddKey(login, key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	user := o.db.UserByLogin(login)
	if user == nil {
		return fmt.Errorf("add a key: no user %s", login)
	}
	_, err := base.AddKey(o.db.System(user), key, map[string]any{"name": "crm-tool"})
	return err
}

// EndKey gives an API key another name and an end. Before 18 keys have no end.
func (o *Server) EndKey(key, name string, end time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	known := o.db.Key(key)
	if known == nil {
		return fmt.Errorf("end a key: there is none that works and is named %q", name)
	}
	e := o.db.System(nil)
	e.Set(known, "name", name)
	e.Set(known, "expiration_date", end.UTC())
	return nil
}

// KeyNames returns the names of a user's API keys that have not ended, in the order in
// which they were made.
func (o *Server) KeyNames(login string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	keys := o.db.Table("res.users.apikeys")
	for _, id := range keys.IDs {
		r := keys.Rows[id]
		if user := o.db.UserByLogin(login); r != nil && user != nil && r.Values["user_id"] == user.ID && o.db.Lives(r) {
			names = append(names, fmt.Sprint(r.Values["name"]))
		}
	}
	return names
}

// ManageKeys lets users who are no administrators make and revoke API keys by calls, as an
// administrator of 20 or of a later build of 19 can. It makes this 19 such a build.
func (o *Server) ManageKeys() error {
	o.mu.Lock()
	o.db.ManagesKeys = true
	o.mu.Unlock()
	_, err := o.Execute(AdminLogin, "ir.config_parameter", "create", []any{map[string]any{"key": base.ManageKeys, "value": "True"}}, nil)
	return err
}
