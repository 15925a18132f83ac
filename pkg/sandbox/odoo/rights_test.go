package odoo_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

func TestIntegrationUserMayNotAdministrate(t *testing.T) {
	for version, group := range map[int]string{16: "Administration/Settings", 17: "Administration/Settings", 18: "Administration/Settings", 19: "Role / Administrator", 20: "Role / Administrator"} {
		server := newOdoo(t, odoo.Options{Version: version})
		for _, tc := range []struct{ model, label, method string }{
			{"ir.config_parameter", "System Parameter", "get_param"},
			{"ir.config_parameter", "System Parameter", "search"},
			{"mail.blacklist", "Mail Blacklist", "search"},
		} {
			t.Run(fmt.Sprintf("%s of %s in %d", tc.method, tc.model, version), func(t *testing.T) {
				assert.Equal(t, odoo.FaultError{Code: 4, Text: "You are not allowed to access '" + tc.label + "' (" + tc.model + ") records.\n\n" +
					"This operation is allowed for the following groups:\n\t- " + group + "\n\nContact your administrator to request access if necessary."},
					refused(t, server, bot, tc.model, tc.method, []any{}))
			})
		}
	}
	server := newOdoo(t, odoo.Options{})
	t.Run("and not read ir.model.data", func(t *testing.T) {
		assert.Equal(t, 4, refused(t, server, bot, "ir.model.data", "search", []any{}).Code)
	})
	t.Run("or change users and companies", func(t *testing.T) {
		assert.Contains(t, refused(t, server, bot, "res.users", "write", []any{6}, values{"email": "x@example.com"}).Text, "\t- Access Rights\n")
		assert.Equal(t, 4, refused(t, server, bot, "res.company", "write", []any{1}, values{"name": "x"}).Code)
	})
	t.Run("but an administrator may", func(t *testing.T) {
		execute(t, server, admin, "res.users", "write", []any{6}, values{"email": "seller@example.com"})
		assert.Equal(t, values{"email": "seller@example.com"}, read(t, server, "res.users", 6, "email"))
	})
}

func TestSalespersonSeesHisOwnAndUnassignedOpportunities(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	others, own, free := newLead(t, server, nil), newLead(t, server, values{"user_id": 6}), newLead(t, server, values{"user_id": false})
	message := newMessage(t, server, others, nil)

	assert.Equal(t, []any{free, own}, execute(t, server, sam, "crm.lead", "search", []any{}))
	execute(t, server, sam, "crm.lead", "write", []any{own, free}, values{"priority": "1"})
	refusal := odoo.FaultError{Code: 4, Text: "Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n" +
		"Sorry, Sam Seller (id=6) doesn't have 'read' access to:\n- Lead (crm.lead)\n\n" +
		"If you really, really need access, perhaps you can win over your friendly administrator with a batch of freshly baked cookies."}
	assert.Equal(t, refusal, refused(t, server, sam, "crm.lead", "read", []any{others}, []string{"name"}))
	assert.Equal(t, refusal, refused(t, server, sam, "crm.lead", "write", []any{own, others}, values{"priority": "2"}))
	assert.Equal(t, values{"priority": "1"}, read(t, server, "crm.lead", own, "priority"))

	t.Run("and the messages on them", func(t *testing.T) {
		on := func(lead int64) any {
			return execute(t, server, sam, "mail.message", "search_count", []any{term("model", "=", "crm.lead"), term("res_id", "=", lead)})
		}
		assert.Equal(t, []any{0, 2, 1}, []any{on(others), on(own), on(free)})
		assert.Equal(t, 4, refused(t, server, sam, "mail.message", "write", []any{message}, values{"subject": "x"}).Code)
	})
	t.Run("but deletes none", func(t *testing.T) {
		assert.Contains(t, refused(t, server, sam, "crm.lead", "unlink", []any{own}).Text, "\t- Sales/Administrator\n")
	})
}

func TestSharedStateOnTheWebsiteTeam(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	website := within(t, server, values{"active_test": false}, bot, "crm.team", "search", []any{term("name", "=", "Website")}).([]any)[0].(int64)
	columns := []string{"id", "name", "res_model", "res_id", "description"}
	row := []any{"crm_tool.settings_x", "crm-tool/x", "crm.team", fmt.Sprint(website), "on"}
	id := within(t, server, once(), bot, "ir.attachment", "load", columns, []any{row}).(values)["ids"].([]any)[0].(int64)

	t.Run("a sales manager writes it", func(t *testing.T) {
		execute(t, server, bot, "ir.attachment", "write", []any{id}, values{"description": "off"})
		assert.Equal(t, values{"description": "off", "res_id": website, "name": "crm-tool/x"}, read(t, server, "ir.attachment", id, "description", "res_id", "name"))
	})
	t.Run("a salesperson reads it", func(t *testing.T) {
		found := execute(t, server, sam, "ir.attachment", "search_read", []any{term("name", "=like", "crm-tool/%")}, []string{"description"})
		assert.Equal(t, []any{values{"id": id, "description": "off"}}, found)
	})
	t.Run("a salesperson does not change it", func(t *testing.T) {
		refusal := odoo.FaultError{Code: 4, Text: fmt.Sprintf("Sorry, you are not allowed to access this document. "+
			"Please contact your system administrator.\n\n(Operation: write)\n\nRecords: ir.attachment(%d,), User: 6", id)}
		assert.Equal(t, refusal, refused(t, server, sam, "ir.attachment", "write", []any{id}, values{"description": "x"}))
		assert.Equal(t, refusal, refused(t, server, sam, "ir.attachment", "unlink", []any{id}))
		again := within(t, server, once(), sam, "ir.attachment", "load", columns,
			[]any{[]any{"crm_tool.settings_y", "crm-tool/y", "crm.team", fmt.Sprint(website), "on"}}).(values)
		assert.Equal(t, false, again["ids"])
	})
	t.Run("nobody deletes the team", func(t *testing.T) {
		want := odoo.FaultError{Code: 2, Text: `Cannot delete default team "Website"`}
		assert.Equal(t, want, refused(t, server, bot, "crm.team", "unlink", []any{website}))
		assert.Equal(t, want, refused(t, server, admin, "crm.team", "unlink", []any{website}))
	})
	t.Run("with another team its attachments go", func(t *testing.T) {
		team := execute(t, server, bot, "crm.team", "create", values{"name": "North"}).(int64)
		attachment := execute(t, server, bot, "ir.attachment", "create", values{"name": "x", "res_model": "crm.team", "res_id": team})
		execute(t, server, bot, "crm.team", "unlink", []any{team})
		assert.Empty(t, execute(t, server, bot, "ir.attachment", "read", []any{attachment}))
	})
}

func TestUsers(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	id := execute(t, server, admin, "res.users", "create", values{
		"login": "nina", "name": "Nina New", "email": "nina@example.com", "password": "nina-password", "lang": "fr_FR",
	}).(int64)

	t.Run("a new one is a salesperson", func(t *testing.T) {
		assert.Equal(t, 4, refused(t, server, "nina", "crm.lead", "unlink", []any{1}).Code)
	})
	t.Run("a password is never read", func(t *testing.T) {
		assert.Equal(t, values{"password": false}, read(t, server, "res.users", id, "password"))
	})
	t.Run("a group makes a manager", func(t *testing.T) {
		groups := execute(t, server, admin, "res.groups", "search", []any{term("name", "=", "Administrator")}).([]any)
		execute(t, server, admin, "res.users", "write", []any{id}, values{"group_ids": []any{[]any{4, groups[0]}}})
		lead := newLead(t, server, nil)
		execute(t, server, "nina", "crm.lead", "unlink", []any{lead})
	})
	t.Run("a deactivated one still reads", func(t *testing.T) {
		execute(t, server, admin, "res.users", "write", []any{id}, values{"active": false})
		assert.Empty(t, execute(t, server, bot, "res.users", "search", []any{term("id", "=", id)}))
		assert.Equal(t, values{"active": false, "email": "nina@example.com", "lang": "fr_FR", "signature": "<div>Nina New</div>"},
			read(t, server, "res.users", id, "active", "email", "lang", "signature"))
	})
	t.Run("their contacts are not shared, a client's is", func(t *testing.T) {
		client := execute(t, server, bot, "res.partner", "create", values{"name": "Zoë"}).(int64)
		assert.Equal(t, values{"partner_share": true, "lang": "en_US"}, read(t, server, "res.partner", client, "partner_share", "lang"))
		assert.Equal(t, values{"partner_share": false}, read(t, server, "res.partner", 7, "partner_share"))
	})
}
