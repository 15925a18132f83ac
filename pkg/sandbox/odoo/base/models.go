package base

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// deniedModel is a model that a user without administration may not touch.
func deniedModel(name, label, keeper string) orm.Model {
	refuse := func(op orm.Operation) func(*orm.Env, *orm.Table, orm.Arguments) (any, error) {
		return func(e *orm.Env, t *orm.Table, _ orm.Arguments) (any, error) { return false, e.CheckModel(t, op) }
	}
	return orm.Model{
		Name: name, Label: label, Keeper: keeper,
		Methods: map[string]orm.Method{
			"get_param": orm.NewMethod(refuse(orm.OpRead), 1, "key", "default"),
			"set_param": orm.NewMethod(refuse(orm.OpRead), 2, "key", "value"),
		},
		Fields: []orm.Field{
			{Name: "name", Label: "Name", Kind: orm.Char},
			{Name: "model", Label: "Model", Kind: orm.Char},
		},
	}
}

// companyModel is res.company.
func companyModel() orm.Model {
	alias := func(part string) func(*orm.Env, *orm.Record) any {
		return func(e *orm.Env, _ *orm.Record) any {
			if e.AliasDomain == "" {
				return ""
			}
			return part + "@" + e.AliasDomain
		}
	}
	return orm.Model{
		Name: "res.company", Label: "Companies", Rights: orm.ReadOnly(), Keeper: orm.RightsKeeper, Order: "name",
		Allows: func(e *orm.Env, r *orm.Record, _ orm.Operation) bool { return slices.Contains(e.Companies(), r.ID) }, Strict: true,
		Defaults: companyDefaults, Created: companyCreated,
		Fields: []orm.Field{
			{Name: "name", Label: "Company Name", Kind: orm.Char, Via: "partner_id"},
			{Name: "active", Label: "Active", Kind: orm.Boolean},
			{Name: "partner_id", Label: "Partner", Kind: orm.Many2one, Relation: "res.partner", Required: true},
			{Name: "email", Label: "Email", Kind: orm.Char, Via: "partner_id"},
			{Name: "phone", Label: "Phone", Kind: orm.Char, Via: "partner_id"},
			{Name: "website", Label: "Website Link", Kind: orm.Char, Via: "partner_id"},
			{Name: "street", Label: "Street", Kind: orm.Char, Via: "partner_id"},
			{Name: "zip", Label: "Zip", Kind: orm.Char, Via: "partner_id"},
			{Name: "city", Label: "City", Kind: orm.Char, Via: "partner_id"},
			{Name: "country_id", Label: "Country", Kind: orm.Many2one, Relation: "res.country", Via: "partner_id"},
			{Name: "catchall_email", Label: "Catchall Email", Kind: orm.Char, Compute: alias("catchall")},
			{Name: "bounce_email", Label: "Bounce Email", Kind: orm.Char, Since: 17, Compute: alias("bounce")},
		},
	}
}

// companyDefaults gives a new company a contact.
func companyDefaults(e *orm.Env, values map[string]any) error {
	if values["partner_id"] != nil {
		return nil
	}
	contact, err := e.Create(e.Table("res.partner"), map[string]any{"name": values["name"], "is_company": true})
	if err == nil {
		values["partner_id"] = contact.ID
	}
	return err
}

// companyCreated lets whoever makes a company work in it.
func companyCreated(e *orm.Env, r *orm.Record, _ map[string]any) error {
	if e.User != nil {
		e.Set(e.User, "company_ids", append(slices.Clone(orm.IDs(e.User.Values["company_ids"])), r.ID))
	}
	return nil
}

// partnerModel is res.partner.
func partnerModel() orm.Model {
	return orm.Model{
		Name: "res.partner", Label: "Contact", Rights: orm.Everything(), Order: "display_name, id",
		Title: func(e *orm.Env, r *orm.Record) string {
			if parent := e.Follow(r, "parent_id"); parent != nil {
				return e.Text(parent, "name") + ", " + e.Text(r, "name")
			}
			return e.Text(r, "name")
		},
		Defaults: func(e *orm.Env, values map[string]any) error {
			if values["name"] == nil {
				return orm.UserError("The operation cannot be completed: Contacts require a name")
			}
			parent := e.Browse("res.partner", values["parent_id"])
			if _, given := values["lang"]; !given && parent != nil {
				values["lang"] = parent.Values["lang"]
			} else if !given {
				values["lang"] = "en_US"
			}
			return nil
		},
		Fields: []orm.Field{
			{Name: "name", Label: "Name", Kind: orm.Char},
			{Name: "active", Label: "Active", Kind: orm.Boolean},
			{Name: "is_company", Label: "Is a Company", Kind: orm.Boolean},
			{Name: "parent_id", Label: "Related Company", Kind: orm.Many2one, Relation: "res.partner"},
			{Name: "company_id", Label: "Company", Kind: orm.Many2one, Relation: "res.company"},
			{Name: "email", Label: "Email", Kind: orm.Char},
			{Name: "email_normalized", Label: "Normalized Email", Kind: orm.Char, Compute: EmailNormalized("email")},
			{Name: "is_blacklisted", Label: "Blacklist", Kind: orm.Boolean, Compute: IsBlacklisted},
			{Name: "message_bounce", Label: "Bounce", Kind: orm.Integer},
			{Name: "phone", Label: "Phone", Kind: orm.Char},
			{Name: "mobile", Label: "Mobile", Kind: orm.Char, Until: 18},
			{Name: "lang", Label: "Language", Kind: orm.Char},
			{Name: "tz", Label: "Timezone", Kind: orm.Char},
			{Name: "function", Label: "Job Position", Kind: orm.Char},
			{Name: "website", Label: "Website Link", Kind: orm.Char},
			{Name: "street", Label: "Street", Kind: orm.Char},
			{Name: "zip", Label: "Zip", Kind: orm.Char},
			{Name: "city", Label: "City", Kind: orm.Char},
			{Name: "country_id", Label: "Country", Kind: orm.Many2one, Relation: "res.country"},
			{Name: "user_ids", Label: "Users", Kind: orm.One2many, Relation: "res.users", Inverse: "partner_id"},
			{Name: "partner_share", Label: "Share Partner", Kind: orm.Boolean, Compute: func(e *orm.Env, r *orm.Record) any {
				return len(e.Table("res.users").Find("partner_id", r.ID)) == 0
			}},
		},
	}
}

// usersModel is res.users. What it shares with the user's contact stands
// there.
func usersModel(version orm.Version) orm.Model {
	return orm.Model{
		Name: "res.users", Label: "User", Rights: orm.ReadOnly(), Keeper: orm.RightsKeeper, Order: "name, login",
		Defaults: userDefaults,
		Created:  userSaved,
		Updated:  userSaved,
		Methods:  map[string]orm.Method{"context_get": orm.NewMethod(callContextGet, 0)},
		Fields: []orm.Field{
			{Name: "login", Label: "Login", Kind: orm.Char, Required: true},
			{Name: "password", Label: "Password", Kind: orm.Char},
			{Name: "active", Label: "Active", Kind: orm.Boolean},
			{Name: "partner_id", Label: "Related Partner", Kind: orm.Many2one, Relation: "res.partner", Required: true, Indexed: true},
			{Name: "company_id", Label: "Company", Kind: orm.Many2one, Relation: "res.company", Required: true},
			{Name: "company_ids", Label: "Companies", Kind: orm.Many2many, Relation: "res.company"},
			{Name: orm.GroupsField(version), Label: "Groups", Kind: orm.Many2many, Relation: "res.groups"},
			{Name: "signature", Label: "Email Signature", Kind: orm.HTML},
			{Name: "share", Label: "Share User", Kind: orm.Boolean, Compute: func(*orm.Env, *orm.Record) any { return false }},
			{Name: "name", Label: "Name", Kind: orm.Char, Via: "partner_id"},
			{Name: "email", Label: "Email", Kind: orm.Char, Via: "partner_id"},
			{Name: "phone", Label: "Phone", Kind: orm.Char, Via: "partner_id"},
			{Name: "mobile", Label: "Mobile", Kind: orm.Char, Via: "partner_id", Until: 18},
			{Name: "lang", Label: "Language", Kind: orm.Char, Via: "partner_id"},
			{Name: "tz", Label: "Timezone", Kind: orm.Char, Via: "partner_id"},
			{Name: "message_bounce", Label: "Bounce", Kind: orm.Integer, Via: "partner_id"},
		},
	}
}

// userDefaults gives a new user a contact, a company and a signature.
func userDefaults(e *orm.Env, values map[string]any) error {
	orm.Default(values, map[string]any{"company_id": int64(1), "signature": fmt.Sprintf("<div>%s</div>", values["name"])})
	orm.Default(values, map[string]any{"company_ids": orm.LinkCommands{values["company_id"]}})
	if values["partner_id"] != nil {
		return nil
	}
	contact := map[string]any{"name": values["name"]}
	if lang := values["lang"]; lang != nil {
		contact["lang"] = lang
	}
	partner, err := e.Create(e.Table("res.partner"), contact)
	if err != nil {
		return err
	}
	values["partner_id"] = partner.ID
	return nil
}

// userSaved keeps the password and the role that the groups amount to apart
// from the record.
func userSaved(e *orm.Env, r *orm.Record, values map[string]any) error {
	if password, ok := values["password"].(string); ok {
		e.Secrets[r.ID] = []string{password}
		r.Table.Set(r, "password", nil)
	}
	if _, ok := values[orm.GroupsField(e.Version)]; ok {
		e.UpdateRole(r)
	}
	return nil
}

// callContextGet is res.users.context_get: the caller's own context.
func callContextGet(e *orm.Env, t *orm.Table, _ orm.Arguments) (any, error) {
	return xmlrpc.NewObject(
		"lang", e.Wire(e.User, t.Field("lang"), false),
		"tz", e.Wire(e.User, t.Field("tz"), false),
		"uid", e.User.ID,
	), nil
}

// attachmentModel is ir.attachment. Whoever may not change the record that an
// attachment hangs on may not change the attachment.
func attachmentModel() orm.Model {
	return orm.Model{
		Name: "ir.attachment", Label: "Attachment", Rights: orm.Everything(), Order: "id desc",
		Allows: attachmentAllowed, Refusal: attachmentRefusal,
		Defaults: func(_ *orm.Env, values map[string]any) error {
			orm.Default(values, map[string]any{"type": "binary"})
			return nil
		},
		Fields: []orm.Field{
			{Name: "name", Label: "Name", Kind: orm.Char, Required: true},
			{Name: "description", Label: "Description", Kind: orm.Text},
			{Name: "res_model", Label: "Resource Model", Kind: orm.Char},
			{Name: "res_id", Label: "Resource ID", Kind: orm.Reference, Indexed: true},
			{Name: "type", Label: "Type", Kind: orm.Selection, Choices: orm.Choices("url", "URL", "binary", "File")},
			{Name: "mimetype", Label: "Mime Type", Kind: orm.Char},
			{Name: "company_id", Label: "Company", Kind: orm.Many2one, Relation: "res.company"},
		},
	}
}

// attachmentAllowed is the rule of ir.attachment.
func attachmentAllowed(e *orm.Env, r *orm.Record, op orm.Operation) bool {
	if e.Text(r, "res_model") == "" || orm.ID(r.Values["res_id"]) == 0 {
		return r.Values["create_uid"] == e.User.ID
	}
	return e.AllowedAt(e.Target(r), op)
}

// attachmentRefusal words what attachmentAllowed refuses.
func attachmentRefusal(e *orm.Env, wanted []int64, op orm.Operation) *orm.FaultError {
	const sorry = "Sorry, you are not allowed to access this document."
	if e.Version < 19 || op == orm.OpCreate {
		return orm.AccessError(sorry)
	}
	if op == orm.OpUnlink {
		op = orm.OpWrite
	}
	return orm.AccessError("%s Please contact your system administrator.\n\n(Operation: %s)\n\nRecords: ir.attachment(%s,), User: %d",
		sorry, op, strings.Trim(xmlrpc.Repr(xmlrpc.List(wanted)), "[]"), e.User.ID)
}

// EmailNormalized computes the first address of a field, in lower case.
func EmailNormalized(source string) func(*orm.Env, *orm.Record) any {
	return func(e *orm.Env, r *orm.Record) any {
		if address := NormalizeEmail(e.Text(r, source)); address != "" {
			return address
		}
		return nil
	}
}

// IsBlacklisted says whether the normalized address is on the blacklist.
func IsBlacklisted(e *orm.Env, r *orm.Record) any {
	address := e.Text(r, "email_normalized")
	return address != "" && slices.ContainsFunc(e.Table("mail.blacklist").Find("email", address), func(listed *orm.Record) bool { return e.Flag(listed, "active") })
}

// NormalizeEmail returns the first address in a text, in lower case; empty
// when there is none.
func NormalizeEmail(s string) string {
	_, address := FirstAddress(s)
	return strings.ToLower(address)
}
