package odoo_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

func TestSeedMakesAPipelineOfEveryKind(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	for version := 16; version <= 20; version++ {
		server := newOdoo(t, odoo.Options{Version: version, Clock: func() time.Time { return now }})
		require.NoError(t, server.Seed())
		assert.Equal(t, 14, execute(t, server, bot, "crm.lead", "search_count", []any{}))
		for _, tc := range []struct {
			name   string
			domain []any
			want   string
		}{
			{
				"seven days old",
				[]any{term("create_date", "=", "2026-11-16 08:00:00")},
				"Office chairs for the new floor, Mobilier pour l’accueil, Library shelves, Canteen tables, Bookcases for our law library",
			},
			{"fifteen days old", []any{term("create_date", "=", "2026-11-08 08:00:00")}, "Standing desks, Reception counter, Whiteboards and screens, Desk lamps"},
			{"thirty days old", []any{term("create_date", "=", "2026-10-24 08:00:00")}, "Meeting room furniture, Cloisons acoustiques, Warehouse lockers"},
			{"won", []any{term("stage_id.is_won", "=", true)}, "Reception counter"},
			{"blacklisted", []any{term("is_blacklisted", "=", true)}, "Library shelves"},
			{"without an address", []any{term("email_from", "=", false)}, "Canteen tables"},
			{"of a salesperson who left", []any{term("user_id.active", "=", false)}, "Warehouse lockers"},
			{"with several addresses", []any{term("email_from", "like", ">, ")}, "Whiteboards and screens"},
			{"converted", []any{term("date_conversion", "=", "2026-11-16 08:00:00")}, "Showroom lighting"},
			{"with a planned activity", []any{term("activity_ids", "!=", false)}, "Meeting room furniture, Showroom lighting"},
			{"of French clients", []any{term("lang_code", "=", "fr_FR")}, "Mobilier pour l’accueil, Cloisons acoustiques"},
			{"with a client's mail", []any{term("message_ids.message_type", "=", "email")}, "Bookcases for our law library, Desk lamps"},
		} {
			assert.Equal(t, tc.want, names(t, server, tc.domain, nil), tc.name)
		}
		byMail := execute(t, server, bot, "crm.lead", "search", []any{term("name", "like", "Bookcases")}).([]any)[0].(int64)
		assert.Equal(t, read(t, server, "crm.lead", byMail, "create_date"),
			values{"create_date": messageOf(t, server, byMail)["create_date"]}, "the mail that made an opportunity is as old as it")
	}
}

// messageOf returns the first mail on an opportunity.
func messageOf(t *testing.T, server *odoo.Server, lead int64) values {
	t.Helper()
	found := execute(t, server, bot, "mail.message", "search_read",
		[]any{term("model", "=", "crm.lead"), term("res_id", "=", lead), term("message_type", "=", "email")}, []string{"create_date"}).([]any)
	require.Len(t, found, 1)
	return found[0].(values)
}
