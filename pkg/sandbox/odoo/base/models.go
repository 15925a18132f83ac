package base

import (
	"encoding/base64"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/value"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// alias computes one of the company's own addresses.
func alias(part string) func(*orm.Env, *orm.Record) any {
	return func(e *orm.Env, _ *orm.Record) any {
		if e.AliasDomain == "" {
			return ""
		}
		return part + "@" + e.AliasDomain
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

// partnerTitle is a contact's display name, with the company that they work for.
func partnerTitle(e *orm.Env, r *orm.Record) string {
	if parent := e.Follow(r, "parent_id"); parent != nil {
		return e.Text(parent, "name") + ", " + e.Text(r, "name")
	}
	return e.Text(r, "name")
}

// partnerDefaults gives a new contact a language.
func partnerDefaults(e *orm.Env, values map[string]any) error {
	if values["name"] == nil {
		return orm.UserError("The operation cannot be completed: Contacts require a name")
	}
	if _, given := values["lang"]; given {
		return nil
	}
	values["lang"] = "en_US"
	if parent := e.Browse("res.partner", values["parent_id"]); parent != nil {
		values["lang"] = parent.Values["lang"]
	}
	return nil
}

// isShared is true for a contact who is no user.
func isShared(e *orm.Env, r *orm.Record) any {
	return len(e.Table("res.users").Find("partner_id", r.ID)) == 0
}

// userDefaults gives a new user a contact, a company and a signature.
func userDefaults(e *orm.Env, values map[string]any) error {
	value.Default(values, map[string]any{"company_id": int64(1), "signature": "<div>" + html.EscapeString(fmt.Sprint(values["name"])) + "</div>"})
	value.Default(values, map[string]any{"company_ids": orm.LinkCommands{values["company_id"]}})
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
		e.Passwords[r.ID] = password
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
		"lang", e.Wire(e.User, t.Field("lang")),
		"tz", e.Wire(e.User, t.Field("tz")),
		"uid", e.User.ID,
	), nil
}

// fieldCreated adds the field that an administrator made to its model.
func fieldCreated(e *orm.Env, r *orm.Record, _ map[string]any) error {
	owner := e.Follow(r, "model_id")
	name := e.Text(r, "name")
	if owner == nil || !strings.HasPrefix(name, "x_") {
		return orm.UserError("Custom fields must have a name that starts with 'x_'!")
	}
	target := e.Table(e.Text(owner, "model"))
	if target.Field(name) != nil {
		return orm.UserError("Field names must be unique per model")
	}
	target.AddField(orm.Field{Name: name, Label: e.Text(r, "field_description"), Kind: orm.Kind(e.Text(r, "ttype"))})
	return nil
}

// attachmentAllowed is the rule of ir.attachment: whoever may not change the
// record that an attachment hangs on may not change the attachment. Everybody may
// read a public one.
func attachmentAllowed(e *orm.Env, r *orm.Record, op orm.Operation) bool {
	if op == orm.OpRead && e.Flag(r, "public") {
		return true
	}
	if e.Text(r, "res_model") == "" || value.ID(r.Values["res_id"]) == 0 {
		return r.Values["create_uid"] == e.User.ID
	}
	return e.AllowedAt(e.Target(r), op)
}

// countAttachments is ir.attachment.search_count, which in 16 counts for everybody
// what the record rule hides.
func countAttachments(e *orm.Env, t *orm.Table, a orm.Arguments) (any, error) {
	if e.Version < 17 {
		return orm.CountHidden(e, t, a)
	}
	return orm.CountVisible(e, t, a)
}

// indexContent is what Odoo lets people search in a file: the text of one, and no
// more than the kind of all others.
func indexContent(e *orm.Env, r *orm.Record) any {
	kind, _, _ := strings.Cut(e.Text(r, "mimetype"), "/")
	if kind != "text" {
		return kind
	}
	content, err := base64.StdEncoding.DecodeString(e.Text(r, "datas"))
	if err != nil {
		return nil
	}
	return string(content)
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

// EmailNormalized computes the first address of a field, normalized.
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
