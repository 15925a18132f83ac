package base

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
)

// API keys, which users make themselves: up to 18 and in the first builds of 19 in a
// browser alone (odoo/addons/base/models/res_users.py, res.users.apikeys).
const (
	// ManageKeys is the parameter that lets users do so by calls.
	ManageKeys = "base.enable_programmatic_api_keys"

	// mostKeys is how many keys a user may have who makes another by a call.
	mostKeys = 10
	// longest is for how long a key of somebody works who is no administrator.
	longest = 90 * 24 * time.Hour
	keySize = 20
)

// AddKey gives the user of the environment an API key.
func AddKey(e *orm.Env, key string, values map[string]any) (*orm.Record, error) {
	values["user_id"] = e.User.ID
	r, err := e.Create(e.Table("res.users.apikeys"), values)
	if err == nil {
		e.Keys[r.ID] = key
	}
	return r, err
}

// mayManage refuses a call that makes or revokes keys.
func mayManage(e *orm.Env, t *orm.Table, method string) error {
	if e.Version < 20 && !e.ManagesKeys {
		return e.NoMethod(t, method)
	}
	set := e.Table("ir.config_parameter").Find("key", ManageKeys)
	if e.Role == orm.RoleAdministrator || slices.ContainsFunc(set, func(r *orm.Record) bool { return strings.EqualFold(e.Text(r, "value"), "true") }) {
		return nil
	}
	return orm.UserError("Programmatic API keys are not enabled")
}

// callGenerate is res.users.apikeys.generate. It returns the new key.
func callGenerate(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	if err := mayManage(e, t, "generate"); err != nil {
		return nil, err
	}
	own := slices.DeleteFunc(t.Find("user_id", e.User.ID), func(r *orm.Record) bool { return !e.Lives(r) })
	if len(own) >= mostKeys {
		return nil, orm.UserError("Limit of %d API keys is reached for programmatic creation", mostKeys)
	}
	key, _ := a["key"].(string)
	scope, _ := a["scope"].(string)
	known := e.Key(key)
	if known == nil || known.Values["user_id"] != e.User.ID || e.Text(known, "scope") != "" && e.Text(known, "scope") != scope {
		return nil, denied("The provided API key is invalid or does not belong to the current user.")
	}
	end, _ := a["expiration_date"].(string)
	if err := checkEnd(e, end); err != nil {
		return nil, err
	}
	values := map[string]any{"name": a["name"], "scope": a["scope"], "expiration_date": a["expiration_date"]}
	random := make([]byte, keySize)
	_, _ = rand.Read(random) // It never fails.
	made := hex.EncodeToString(random)
	_, err := AddKey(e.System(e.User), made, values)
	return made, err
}

// checkEnd refuses an end that is not the user's to choose.
func checkEnd(e *orm.Env, end string) error {
	if e.Role == orm.RoleAdministrator {
		return nil
	}
	if end == "" {
		return orm.UserError("The API key must have an expiration date")
	}
	at, err := time.Parse(time.DateTime, end)
	if err != nil {
		return orm.ServerError("ValueError: time data '%s' does not match format '%%Y-%%m-%%d %%H:%%M:%%S'", end)
	}
	if at.After(e.Now.Add(longest)) {
		return orm.UserError("You cannot exceed 90.0 days.")
	}
	return nil
}

// callRevoke is res.users.apikeys.revoke.
func callRevoke(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	if err := mayManage(e, t, "revoke"); err != nil {
		return nil, err
	}
	key, _ := a["key"].(string)
	known := e.Key(key)
	switch {
	case known == nil:
		return nil, denied("The provided API key is invalid.")
	case known.Values["user_id"] != e.User.ID && e.Role != orm.RoleAdministrator:
		return nil, orm.AccessError("You can not remove API keys unless they're yours or you are a system user")
	}
	e.Remove(known)
	return true, nil
}

// denied refuses a secret.
func denied(text string) error { return &orm.FaultError{Code: orm.FaultDenied, Text: text} }
