package odoo_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

func TestCompaniesKeepTheirOpportunitiesApart(t *testing.T) {
	server := newOdoo(t, odoo.Options{AliasDomain: "mail.example"})
	second := execute(t, server, admin, "res.company", "create", values{"name": "Second Company", "email": "second@example.com"}).(int64)
	first := newLead(t, server, nil)
	other := execute(t, server, admin, "crm.lead", "create", values{"name": "Other", "company_id": second, "user_id": false}).(int64)
	none := newLead(t, server, values{"user_id": false})
	search := func(context values) any {
		return within(t, server, context, bot, "crm.lead", "search", []any{}, 0, false, "id")
	}

	assert.Equal(t, []any{first, none}, search(nil))
	fault := refused(t, server, bot, "crm.lead", "write", []any{first, other}, values{"priority": "2"})
	assert.Equal(t, 4, fault.Code)
	assert.Contains(t, fault.Text, "This seems to be a multi-company issue")
	assert.Equal(t, values{"priority": "0"}, read(t, server, "crm.lead", first, "priority"))
	assert.Equal(t, 4, refused(t, server, bot, "res.company", "read", []any{second}).Code)

	execute(t, server, admin, "res.users", "write", []any{5}, values{"company_ids": []any{[]any{4, second}}})
	assert.Equal(t, []any{first, other, none}, search(nil))
	assert.Equal(t, []any{other, none}, search(values{"allowed_company_ids": []any{second}}))
	assert.Equal(t, values{"name": "Second Company", "email": "second@example.com", "catchall_email": "catchall@mail.example", "bounce_email": "bounce@mail.example"},
		read(t, server, "res.company", second, "name", "email", "catchall_email", "bounce_email"))
	_, err := server.Execute(bot, "crm.lead", "search", []any{[]any{}}, values{"context": values{"allowed_company_ids": []any{1, 99}}})
	assert.EqualError(t, err, "odoo fault 4: Access to unauthorized or invalid companies.")
}

func TestMergingOpportunities(t *testing.T) {
	for version := 16; version <= 20; version++ {
		t.Run(fmt.Sprintf("in %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			early, late := newLead(t, server, nil), newLead(t, server, values{"stage_id": 3})
			claimed, _ := load(t, server, once(), claim(early, "token"))
			execute(t, server, bot, "crm.lead", "merge_opportunity", []any{early, late})

			assert.Empty(t, execute(t, server, bot, "crm.lead", "read", []any{early}, []string{"name"}))
			id := claimed.([]any)[0].(int64)
			assert.Equal(t, values{"res_id": late, "message_id": fmt.Sprintf("<crm-tool.remind.%d.7.token@example.com>", early)},
				read(t, server, "mail.message", id, "res_id", "message_id"))
			again, _ := load(t, server, once(), claim(early, "other"))
			assert.Equal(t, claimed, again)
			assert.Equal(t, 2, refused(t, server, bot, "crm.lead", "merge_opportunity", []any{late}).Code)
		})
	}
	t.Run("returns what cannot travel up to 18", func(t *testing.T) {
		server := started(t, odoo.Options{Version: 18})
		a, b := newLead(t, server, nil), newLead(t, server, nil)
		botID, _ := user(t, server, bot)
		merge := envelope("execute_kw", odoo.Database, int(botID), odoo.BotPassword, "crm.lead", "merge_opportunity", []any{[]any{int(a), int(b)}})
		got, err := fetch(t, server, objects, merge)
		require.NoError(t, err)
		assert.Contains(t, got.body, "TypeError: cannot marshal &lt;class 'odoo.api.crm.lead'&gt; objects\n")
	})
}

func TestJSON2IsAPageBefore19(t *testing.T) {
	for version, want := range map[int]int{16: 404, 17: 404, 18: 200} {
		server := started(t, odoo.Options{Version: version})
		got, err := fetch(t, server, "/json/2/crm.lead/search", "{}")
		require.NoError(t, err)
		assert.Equal(t, want, got.status, version)
		assert.Equal(t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
	}
}

func TestTheSignatureOfANewUserIsTheirName(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	id := execute(t, server, admin, "res.users", "create", values{"login": "zoe", "name": "Zoë <b>Martin</b>"}).(int64)
	assert.Equal(t, values{"signature": "<div>Zoë &lt;b&gt;Martin&lt;/b&gt;</div>"}, read(t, server, "res.users", id, "signature"))
}
