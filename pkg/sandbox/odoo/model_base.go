package odoo

import (
	"fmt"
	"slices"
	"strings"
)

// deniedModel is a model that a user without administration may not touch.
func deniedModel(version int, name, label, keeper string) *model {
	refuse := func(op operation) func(*env, *table, arguments) (any, error) {
		return func(e *env, t *table, _ arguments) (any, error) { return false, e.checkModel(t, op) }
	}
	return newModel(model{
		name: name, label: label, keeper: keeper,
		methods: map[string]method{
			"get_param": newMethod(refuse(opRead), 1, "key", "default"),
			"set_param": newMethod(refuse(opRead), 2, "key", "value"),
		},
	}, version,
		field{name: "name", label: "Name", kind: char},
		field{name: "model", label: "Model", kind: char},
	)
}

// langModel is res.lang.
func langModel(version int) *model {
	return newModel(model{name: "res.lang", label: "Languages", rights: readOnly()}, version,
		field{name: "name", label: "Name", kind: char, required: true},
		field{name: "code", label: "Locale Code", kind: char, required: true},
		field{name: "active", label: "Active", kind: boolean},
	)
}

// countryModel is res.country.
func countryModel(version int) *model {
	return newModel(model{name: "res.country", label: "Country", rights: readOnly(), order: "name"}, version,
		field{name: "name", label: "Country Name", kind: char, required: true},
		field{name: "code", label: "Country Code", kind: char, required: true},
	)
}

// companyModel is res.company.
func companyModel(version int) *model {
	alias := func(part string) func(*env, *record) any {
		return func(e *env, _ *record) any {
			if e.db.aliasDomain == "" {
				return ""
			}
			return part + "@" + e.db.aliasDomain
		}
	}
	return newModel(model{
		name: "res.company", label: "Companies", rights: readOnly(), keeper: rightsKeeper, order: "name",
		allows: func(e *env, r *record, _ operation) bool { return slices.Contains(e.companies(), r.id) }, strict: true,
		defaults: companyDefaults, created: companyCreated,
	}, version,
		field{name: "name", label: "Company Name", kind: char, via: "partner_id"},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "partner_id", label: "Partner", kind: many2one, relation: "res.partner", required: true},
		field{name: "email", label: "Email", kind: char, via: "partner_id"},
		field{name: "phone", label: "Phone", kind: char, via: "partner_id"},
		field{name: "website", label: "Website Link", kind: char, via: "partner_id"},
		field{name: "street", label: "Street", kind: char, via: "partner_id"},
		field{name: "zip", label: "Zip", kind: char, via: "partner_id"},
		field{name: "city", label: "City", kind: char, via: "partner_id"},
		field{name: "country_id", label: "Country", kind: many2one, relation: "res.country", via: "partner_id"},
		field{name: "catchall_email", label: "Catchall Email", kind: char, compute: alias("catchall")},
		field{name: "bounce_email", label: "Bounce Email", kind: char, since: 17, compute: alias("bounce")},
	)
}

// companyDefaults gives a new company a contact.
func companyDefaults(e *env, values map[string]any) error {
	if values["partner_id"] != nil {
		return nil
	}
	contact, err := e.create(e.table("res.partner"), map[string]any{"name": values["name"], "is_company": true})
	if err == nil {
		values["partner_id"] = contact.id
	}
	return err
}

// companyCreated lets whoever makes a company work in it.
func companyCreated(e *env, r *record, _ map[string]any) error {
	if e.user != nil {
		e.set(e.user, "company_ids", append(slices.Clone(ids(e.user.values["company_ids"])), r.id))
	}
	return nil
}

// partnerModel is res.partner.
func partnerModel(version int) *model {
	return newModel(model{
		name: "res.partner", label: "Contact", rights: everything(), order: "display_name, id",
		title: func(e *env, r *record) string {
			if parent := e.follow(r, "parent_id"); parent != nil {
				return e.text(parent, "name") + ", " + e.text(r, "name")
			}
			return e.text(r, "name")
		},
		defaults: func(e *env, values map[string]any) error {
			if values["name"] == nil {
				return userError("The operation cannot be completed: Contacts require a name")
			}
			parent := e.browse("res.partner", values["parent_id"])
			if _, given := values["lang"]; !given && parent != nil {
				values["lang"] = parent.values["lang"]
			} else if !given {
				values["lang"] = "en_US"
			}
			return nil
		},
	}, version,
		field{name: "name", label: "Name", kind: char},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "is_company", label: "Is a Company", kind: boolean},
		field{name: "parent_id", label: "Related Company", kind: many2one, relation: "res.partner"},
		field{name: "company_id", label: "Company", kind: many2one, relation: "res.company"},
		field{name: "email", label: "Email", kind: char},
		field{name: "email_normalized", label: "Normalized Email", kind: char, compute: emailNormalized("email")},
		field{name: "is_blacklisted", label: "Blacklist", kind: boolean, compute: isBlacklisted},
		field{name: "message_bounce", label: "Bounce", kind: integer},
		field{name: "phone", label: "Phone", kind: char},
		field{name: "mobile", label: "Mobile", kind: char, until: 18},
		field{name: "lang", label: "Language", kind: char},
		field{name: "tz", label: "Timezone", kind: char},
		field{name: "function", label: "Job Position", kind: char},
		field{name: "website", label: "Website Link", kind: char},
		field{name: "street", label: "Street", kind: char},
		field{name: "zip", label: "Zip", kind: char},
		field{name: "city", label: "City", kind: char},
		field{name: "country_id", label: "Country", kind: many2one, relation: "res.country"},
		field{name: "user_ids", label: "Users", kind: one2many, relation: "res.users", inverse: "partner_id"},
		field{name: "partner_share", label: "Share Partner", kind: boolean, compute: func(e *env, r *record) any {
			return len(e.table("res.users").find("partner_id", r.id)) == 0
		}},
	)
}

// usersModel is res.users. What it shares with the user's contact stands
// there.
func usersModel(version int) *model {
	return newModel(model{
		name: "res.users", label: "User", rights: readOnly(), keeper: rightsKeeper, order: "name, login",
		defaults: userDefaults,
		created:  userSaved,
		updated:  userSaved,
		methods:  map[string]method{"context_get": newMethod(callContextGet, 0)},
	}, version,
		field{name: "login", label: "Login", kind: char, required: true},
		field{name: "password", label: "Password", kind: char},
		field{name: "active", label: "Active", kind: boolean},
		field{name: "partner_id", label: "Related Partner", kind: many2one, relation: "res.partner", required: true, indexed: true},
		field{name: "company_id", label: "Company", kind: many2one, relation: "res.company", required: true},
		field{name: "company_ids", label: "Companies", kind: many2many, relation: "res.company"},
		field{name: groupsField(version), label: "Groups", kind: many2many, relation: "res.groups"},
		field{name: "signature", label: "Email Signature", kind: html},
		field{name: "share", label: "Share User", kind: boolean, compute: func(*env, *record) any { return false }},
		field{name: "name", label: "Name", kind: char, via: "partner_id"},
		field{name: "email", label: "Email", kind: char, via: "partner_id"},
		field{name: "phone", label: "Phone", kind: char, via: "partner_id"},
		field{name: "mobile", label: "Mobile", kind: char, via: "partner_id", until: 18},
		field{name: "lang", label: "Language", kind: char, via: "partner_id"},
		field{name: "tz", label: "Timezone", kind: char, via: "partner_id"},
		field{name: "message_bounce", label: "Bounce", kind: integer, via: "partner_id"},
	)
}

// userDefaults gives a new user a contact, a company and a signature.
func userDefaults(e *env, values map[string]any) error {
	if values["company_id"] == nil {
		values["company_id"] = int64(1)
	}
	if values["company_ids"] == nil {
		values["company_ids"] = linkCommands{values["company_id"]}
	}
	if values["signature"] == nil {
		values["signature"] = fmt.Sprintf("<div>%s</div>", values["name"])
	}
	if values["partner_id"] != nil {
		return nil
	}
	contact := map[string]any{"name": values["name"]}
	if lang := values["lang"]; lang != nil {
		contact["lang"] = lang
	}
	partner, err := e.create(e.table("res.partner"), contact)
	if err != nil {
		return err
	}
	values["partner_id"] = partner.id
	return nil
}

// userSaved keeps the password and the role that the groups amount to apart
// from the record.
func userSaved(e *env, r *record, values map[string]any) error {
	if password, ok := values["password"].(string); ok {
		e.db.setSecret(r, password)
		r.table.set(r, "password", nil)
	}
	if _, ok := values[groupsField(e.db.version)]; ok {
		e.updateRole(r)
	}
	return nil
}

// callContextGet is res.users.context_get: the caller's own context.
func callContextGet(e *env, t *table, _ arguments) (any, error) {
	return newObject(
		"lang", e.wire(e.user, t.fields["lang"], false),
		"tz", e.wire(e.user, t.fields["tz"], false),
		"uid", e.user.id,
	), nil
}

// groupsModel is res.groups.
func groupsModel(version int) *model {
	return newModel(model{name: "res.groups", label: "Access Groups", rights: readOnly()}, version,
		field{name: "name", label: "Name", kind: char, required: true},
	)
}

// moduleModel is ir.module.module.
func moduleModel(version int) *model {
	return newModel(model{
		name: "ir.module.module", label: "Module", rights: readOnly(), order: "name",
		methods: map[string]method{"button_immediate_install": newMethod(callInstall, 1, "ids")},
	}, version,
		field{name: "name", label: "Technical Name", kind: char, required: true},
		field{name: "shortdesc", label: "Module Name", kind: char},
		field{name: "state", label: "Status", kind: selection},
		field{name: "latest_version", label: "Installed Version", kind: char},
	)
}

// attachmentModel is ir.attachment. Whoever may not change the record that an
// attachment hangs on may not change the attachment.
func attachmentModel(version int) *model {
	return newModel(model{
		name: "ir.attachment", label: "Attachment", rights: everything(), order: "id desc",
		allows: attachmentAllowed, refusal: attachmentRefusal,
		defaults: func(_ *env, values map[string]any) error {
			if values["type"] == nil {
				values["type"] = "binary"
			}
			return nil
		},
	}, version,
		field{name: "name", label: "Name", kind: char, required: true},
		field{name: "description", label: "Description", kind: text},
		field{name: "res_model", label: "Resource Model", kind: char},
		field{name: "res_id", label: "Resource ID", kind: reference, indexed: true},
		field{name: "type", label: "Type", kind: selection, choices: choices("url", "URL", "binary", "File")},
		field{name: "mimetype", label: "Mime Type", kind: char},
		field{name: "company_id", label: "Company", kind: many2one, relation: "res.company"},
	)
}

// attachmentAllowed is the rule of ir.attachment.
func attachmentAllowed(e *env, r *record, op operation) bool {
	name, _ := r.values["res_model"].(string)
	id := number64(r.values["res_id"])
	if name == "" || id == 0 {
		return r.values["create_uid"] == e.user.id
	}
	target := e.table(name)
	if target == nil || target.rows[id] == nil {
		return false
	}
	if op != opRead {
		op = opWrite
	}
	return e.checkModel(target, op) == nil && e.allowed(target.rows[id], op)
}

// attachmentRefusal words what attachmentAllowed refuses.
func attachmentRefusal(e *env, wanted []int64, op operation) *FaultError {
	const sorry = "Sorry, you are not allowed to access this document."
	if e.db.version < 19 || op == opCreate {
		return accessError(sorry)
	}
	if op == opUnlink {
		op = opWrite
	}
	return accessError("%s Please contact your system administrator.\n\n(Operation: %s)\n\nRecords: ir.attachment(%s,), User: %d",
		sorry, op, strings.Trim(python(each(wanted)), "[]"), e.user.id)
}

// emailNormalized computes the first address of a field, in lower case.
func emailNormalized(source string) func(*env, *record) any {
	return func(e *env, r *record) any {
		if address := normalizeEmail(e.text(r, source)); address != "" {
			return address
		}
		return nil
	}
}

// isBlacklisted says whether the normalized address is on the blacklist.
func isBlacklisted(e *env, r *record) any {
	address := e.text(r, "email_normalized")
	return address != "" && slices.ContainsFunc(e.table("mail.blacklist").find("email", address), func(listed *record) bool { return e.flag(listed, "active") })
}

// normalizeEmail returns the first address in a text, in lower case; empty
// when there is none.
func normalizeEmail(s string) string {
	_, address := firstAddress(s)
	return strings.ToLower(address)
}
