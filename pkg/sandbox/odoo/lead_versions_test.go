package odoo_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// What scripts fell over on live servers.

func TestALeadThatIsMadeInAWonStageIsClosedFrom19On(t *testing.T) {
	for version := 16; version <= 20; version++ {
		server := newOdoo(t, odoo.Options{Version: version})
		won := execute(t, server, bot, "crm.stage", "search", []any{term("is_won", "=", true)}).([]any)[0]
		made := read(t, server, "crm.lead", newLead(t, server, values{"stage_id": won}), "date_closed")
		assert.Equal(t, version >= 19, made["date_closed"] != false, "made there in %d", version)
		moved := newLead(t, server, nil)
		execute(t, server, bot, "crm.lead", "write", moved, values{"stage_id": won})
		assert.NotEqual(t, false, read(t, server, "crm.lead", moved, "date_closed")["date_closed"], "moved there in %d", version)
	}
}

func TestAContactLosesTheAddressOfItsLeadUpTo17(t *testing.T) {
	for version := 16; version <= 20; version++ {
		server := newOdoo(t, odoo.Options{Version: version})
		contact := execute(t, server, bot, "res.partner", "create", values{"name": "Zoë", "email": "zoe@client.example"}).(int64)
		execute(t, server, bot, "crm.lead", "write", newLead(t, server, values{"partner_id": contact}), values{"email_from": false})
		want := any("zoe@client.example")
		if version < 18 {
			want = false
		}
		assert.Equal(t, want, read(t, server, "res.partner", contact, "email")["email"], "in %d", version)
	}
}

func TestTheAdministratorHasAnAddressUpTo18(t *testing.T) {
	for version := 16; version <= 20; version++ {
		server := newOdoo(t, odoo.Options{Version: version})
		found := execute(t, server, bot, "res.users", "search_read", []any{term("login", "=", admin)}, []string{"email"}).([]any)[0].(values)
		assert.Equal(t, version < 19, found["email"] != false, "in %d", version)
	}
}
