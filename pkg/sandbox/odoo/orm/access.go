package orm

import (
	"slices"
	"strings"
	"time"
)

// Role is what a user's groups amount to.
type Role int

// The roles, from the least rights up. A salesperson is what a user is whose groups
// nobody named.
const (
	RolePortal Role = iota - 2
	RoleEmployee
	RoleSalesperson
	RoleManager
	RoleAdministrator
)

// CheckModel refuses what the user's groups may not do with the model.
func (e *Env) CheckModel(t *Table, op Operation) error {
	if e.system || e.Role == RoleAdministrator {
		return nil
	}
	if e.reaches(t, op) && slices.Contains(t.Rights, op) && (t.Group == "" || e.member(t.Group)) && (e.Role == RoleManager || !slices.Contains(t.Managed, op)) {
		return nil
	}
	return e.noModelAccess(t.Model, op)
}

// reaches says whether the user's role has anything to do with the model.
func (e *Env) reaches(t *Table, op Operation) bool {
	switch e.Role {
	case RoleEmployee:
		return !strings.HasPrefix(t.Name, "crm.")
	case RolePortal:
		return t.Name == "res.users" || t.Name == "ir.attachment" && op == OpRead
	case RoleSalesperson, RoleManager, RoleAdministrator:
	}
	return true
}

// UpdateRole sets a user's role by their groups.
func (e *Env) UpdateRole(user *Record) {
	groups := IDs(user.Values[GroupsField(e.Version)])
	r := RoleSalesperson
	switch {
	case slices.Contains(groups, e.Ref("base.group_system")):
		r = RoleAdministrator
	case slices.Contains(groups, e.Ref("sales_team.group_sale_manager")):
		r = RoleManager
	case slices.Contains(groups, e.Ref("sales_team.group_sale_salesman")):
	case slices.Contains(groups, e.Ref("base.group_portal")):
		r = RolePortal
	case slices.Contains(groups, e.Ref("base.group_user")):
		r = RoleEmployee
	}
	e.roles[user.ID] = r
}

// member says whether the user is in the group with that external id.
func (e *Env) member(group string) bool {
	return slices.Contains(IDs(e.User.Values[GroupsField(e.Version)]), e.Ref(group))
}

// GroupsField names the field of res.users that holds their groups.
func GroupsField(version Version) string {
	if version >= 19 {
		return "group_ids"
	}
	return "groups_id"
}

// Allowed applies the record rule.
func (e *Env) Allowed(r *Record, op Operation) bool {
	t := r.Table
	if e.system || t.Allows == nil || e.Role == RoleAdministrator && !t.Strict {
		return true
	}
	return t.Allows(e, r, op)
}

// UserByLogin returns an active user, or nil.
func (db *Database) UserByLogin(login string) *Record {
	for _, u := range db.tables["res.users"].Find("login", login) {
		if u.Values["active"] == true {
			return u
		}
	}
	return nil
}

// Knows says whether the secret is the password or an API key of an active
// user.
func (db *Database) Knows(uid int64, secret any) bool {
	s, _ := secret.(string)
	u := db.tables["res.users"].Rows[uid]
	if u == nil || u.Values["active"] != true || s == "" {
		return false
	}
	key := db.Key(s)
	return db.Passwords[uid] == s || key != nil && key.Values["user_id"] == uid
}

// Key returns the record of an API key that has not ended, or nil.
func (db *Database) Key(key string) *Record {
	for id, r := range db.tables["res.users.apikeys"].Rows {
		if db.Keys[id] == key && db.Lives(r) {
			return r
		}
	}
	return nil
}

// Lives says whether an API key has not ended.
func (db *Database) Lives(key *Record) bool {
	end, ends := key.Values["expiration_date"].(time.Time)
	return !ends || !end.Before(db.Now())
}

// Companies returns the companies that the user works in; the context may
// narrow them.
func (e *Env) Companies() []int64 {
	if list, ok := e.Context["allowed_company_ids"].([]any); ok {
		return Arguments{"ids": list}.IDs()
	}
	return IDs(e.User.Values["company_ids"])
}

// checkCompanies refuses a context with a company that is not the user's.
func (e *Env) checkCompanies() error {
	own := IDs(e.User.Values["company_ids"])
	for _, id := range e.Companies() {
		if !slices.Contains(own, id) {
			return AccessError("Access to unauthorized or invalid companies.")
		}
	}
	return nil
}

// Foreign says that the record belongs to a company that the user does not
// work in.
func (e *Env) Foreign(r *Record) bool {
	company, ok := r.Values["company_id"].(int64)
	return ok && !slices.Contains(e.Companies(), company)
}
