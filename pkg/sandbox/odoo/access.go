package odoo

import "slices"

// role is what a user's groups amount to.
type role int

const (
	roleSalesperson role = iota
	roleManager
	roleAdministrator
)

// checkModel refuses what the user's groups may not do with the model.
func (e *env) checkModel(t *table, op operation) error {
	if e.system || e.role == roleAdministrator {
		return nil
	}
	if slices.Contains(t.rights, op) && (t.group == "" || e.member(t.group)) && (e.role == roleManager || !slices.Contains(t.managed, op)) {
		return nil
	}
	return e.noModelAccess(t.model, op)
}

// updateRole makes of a user what his groups say.
func (e *env) updateRole(user *record) {
	groups := ids(user.values[groupsField(e.db.version)])
	r := roleSalesperson
	switch {
	case slices.Contains(groups, e.ref("base.group_system")):
		r = roleAdministrator
	case slices.Contains(groups, e.ref("sales_team.group_sale_manager")):
		r = roleManager
	}
	e.db.roles[user.id] = r
}

// setGroups puts a user into the groups with these external ids, as far as they
// exist, and into no other.
func (e *env) setGroups(user *record, names ...string) {
	var groups []int64
	for _, name := range names {
		if id := e.ref(name); id != 0 {
			groups = append(groups, id)
		}
	}
	e.set(user, groupsField(e.db.version), groups)
	e.updateRole(user)
}

// setSecret gives a user a password, in place of what he had.
func (db *database) setSecret(user *record, password string) {
	db.secrets[user.id] = []string{password}
}

// addSecret gives a user an API key, which works wherever the password does.
func (db *database) addSecret(user *record, key string) {
	db.secrets[user.id] = append(db.secrets[user.id], key)
}

// member says whether the user is in the group with that external id.
func (e *env) member(group string) bool {
	return slices.Contains(ids(e.user.values[groupsField(e.db.version)]), e.ref(group))
}

// groupsField names the field of res.users that holds his groups.
func groupsField(version int) string {
	if version >= 19 {
		return "group_ids"
	}
	return "groups_id"
}

// allowed applies the record rule.
func (e *env) allowed(r *record, op operation) bool {
	t := r.table
	if e.system || t.allows == nil || e.role == roleAdministrator && !t.strict {
		return true
	}
	return t.allows(e, r, op)
}

// userByLogin returns an active user, or nil.
func (db *database) userByLogin(login string) *record {
	for _, u := range db.tables["res.users"].find("login", login) {
		if u.values["active"] == true {
			return u
		}
	}
	return nil
}

// knows says whether the secret is the password or an API key of an active
// user.
func (db *database) knows(uid int64, secret any) bool {
	s, _ := secret.(string)
	u := db.tables["res.users"].rows[uid]
	return u != nil && u.values["active"] == true && s != "" && slices.Contains(db.secrets[uid], s)
}

// companies returns the companies that the user works in; the context may
// narrow them.
func (e *env) companies() []int64 {
	if list, ok := e.context["allowed_company_ids"].([]any); ok {
		return arguments{"ids": list}.ids()
	}
	return ids(e.user.values["company_ids"])
}

// checkCompanies refuses a context with a company that is not the user's.
func (e *env) checkCompanies() error {
	own := ids(e.user.values["company_ids"])
	for _, id := range e.companies() {
		if !slices.Contains(own, id) {
			return accessError("Access to unauthorized or invalid companies.")
		}
	}
	return nil
}

// foreign says that the record belongs to a company that the user does not
// work in.
func (e *env) foreign(r *record) bool {
	company, ok := r.values["company_id"].(int64)
	return ok && !slices.Contains(e.companies(), company)
}
