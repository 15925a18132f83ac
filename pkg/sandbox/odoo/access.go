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

// member says whether the user is in the group with that external id.
func (e *env) member(group string) bool {
	x, exists := e.odoo.external.byName[group]
	return exists && slices.Contains(ids(e.user.values[groupsField(e.odoo.version)]), x.id)
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
func (o *Server) userByLogin(login string) *record {
	t := o.tables["res.users"]
	for _, id := range t.ids {
		if u := t.rows[id]; u.values["login"] == login && u.values["active"] == true {
			return u
		}
	}
	return nil
}

// knows says whether the secret is the password or an API key of an active
// user.
func (o *Server) knows(uid int64, secret any) bool {
	s, _ := secret.(string)
	u := o.tables["res.users"].rows[uid]
	return u != nil && u.values["active"] == true && s != "" && slices.Contains(o.secrets[uid], s)
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
