package odoo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// names searches opportunities and returns their names.
func names(t *testing.T, server *odoo.Server, domain []any, kwargs values) string {
	t.Helper()
	if kwargs == nil {
		kwargs = values{}
	}
	if kwargs["order"] == nil {
		kwargs["order"] = "id"
	}
	kwargs["fields"] = []string{"name"}
	found, err := server.Execute(bot, "crm.lead", "search_read", []any{domain}, kwargs)
	require.NoError(t, err)
	var list []string
	for _, row := range found.([]any) {
		list = append(list, row.(values)["name"].(string))
	}
	return strings.Join(list, ", ")
}

// pipeline makes four opportunities, one of them archived.
func pipeline(t *testing.T) *odoo.Server {
	t.Helper()
	server := newOdoo(t, odoo.Options{})
	require.NoError(t, server.Blacklist("b@client.example"))
	tag := execute(t, server, bot, "crm.tag", "create", values{"name": "Quiet"})
	a := newLead(t, server, values{"name": "A", "email_from": "Zoë <a@client.example>", "phone": "1", "tag_ids": []any{[]any{6, 0, []any{tag}}}})
	newLead(t, server, values{"name": "B", "email_from": "b@client.example", "user_id": false, "priority": "2"})
	newLead(t, server, values{"name": "C", "user_id": 6, "stage_id": 4, "date_conversion": "2026-11-10 12:00:00"})
	newLead(t, server, values{"name": "D", "active": false})
	newMessage(t, server, a, values{"message_id": "<crm-tool.remind.1.7.token@example.com>", "subject": "Desks"})
	return server
}

func TestOdooSearches(t *testing.T) {
	server := pipeline(t)
	for _, tc := range []struct {
		name   string
		domain []any
		want   string
	}{
		{"an empty domain finds all that is active", []any{}, "A, B, C"},
		{"conditions side by side must all hold", []any{term("name", ">", "A"), term("priority", "=", "0")}, "C"},
		{"one of two", []any{"|", term("name", "=", "A"), term("name", "=", "C")}, "A, C"},
		{"both of two", []any{"&", term("name", "!=", "A"), term("name", "<", "C")}, "B"},
		{"not either", []any{"!", "|", term("name", "=", "A"), term("name", "=", "C")}, "B"},
		{"not both", []any{"!", "&", term("name", "=", "A"), term("phone", "=", "1")}, "B, C"},
		{"archived ones when the domain speaks of them", []any{term("active", "in", []any{true, false})}, "A, B, C, D"},
		{"the ids listed", []any{term("id", "in", []any{1, 3, 99})}, "A, C"},
		{"no id of an empty list", []any{term("id", "in", []any{})}, ""},
		{"all but the ids listed", []any{term("id", "not in", []any{1, 3})}, "B"},
		{"ids above a number", []any{term("id", ">", 1)}, "B, C"},
		{"an absent text", []any{term("email_from", "=", false)}, "C"},
		{"a present text", []any{term("email_from", "!=", false)}, "A, B"},
		{"an unequal text includes the absent", []any{term("phone", "!=", "1")}, "B, C"},
		{"an absent link", []any{term("user_id", "=", false)}, "B"},
		{"one of several links or none", []any{term("user_id", "in", []any{6, false})}, "B, C"},
		{"an absent date", []any{term("date_conversion", "=", false)}, "A, B"},
		{"an earlier date leaves out the absent", []any{term("date_conversion", "<", "2026-11-11 00:00:00")}, "C"},
		{"a pattern with wildcards at both ends of its own", []any{term("email_from", "like", "client")}, "A, B"},
		{"a pattern in the wrong case", []any{term("email_from", "like", "CLIENT")}, ""},
		{"a pattern that ignores case", []any{term("email_from", "ilike", "CLIENT")}, "A, B"},
		{"a pattern for the whole text", []any{term("email_from", "=like", "_@client.%")}, "B"},
		{"a pattern for the whole text that ignores case", []any{term("email_from", "=ilike", "B@CLIENT.%")}, "B"},
		{"what does not match a pattern includes the absent", []any{term("email_from", "not like", "Zo")}, "B, C"},
		{"a field of a linked record", []any{term("stage_id.is_won", "=", true)}, "C"},
		{"a field of the records that link here", []any{term("message_ids.message_id", "=like", "<crm-tool.remind.%.7.%")}, "A"},
		{"no such record that links here", []any{"!", term("message_ids.message_id", "=like", "<crm-tool.remind.%.7.%")}, "B, C"},
		{"a path of two links", []any{term("user_id.partner_id.name", "=", "Sam Seller")}, "C"},
		{"a tag's name", []any{term("tag_ids.name", "=", "Quiet")}, "A"},
		{"no tag", []any{term("tag_ids", "=", false)}, "B, C"},
		{"a tag by its name", []any{term("tag_ids", "in", []any{"Quiet"})}, "A"},
		{"a link by its name", []any{term("user_id", "=", "Sam Seller")}, "C"},
		{"blacklisted clients", []any{term("is_blacklisted", "=", true)}, "B"},
		{"clients that are not blacklisted, also those without an address", []any{term("is_blacklisted", "=", false)}, "A, C"},
		{"what is won", []any{term("won_status", "=", "won")}, "C"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, names(t, server, tc.domain, nil))
		})
	}
}

func TestOdooOrdersAndPages(t *testing.T) {
	server := pipeline(t)
	for _, tc := range []struct {
		name   string
		kwargs values
		want   string
	}{
		{"by id", values{"order": "id desc"}, "C, B, A"},
		{"by default the important ones first, then the new ones", values{"order": ""}, "B, C, A"},
		{"by two fields", values{"order": "priority desc, name"}, "B, A, C"},
		{"absent values come last", values{"order": "email_from, id"}, "A, B, C"},
		{"or first when the order is reversed", values{"order": "email_from desc, id"}, "C, B, A"},
		{"a page", values{"offset": 1, "limit": 1}, "B"},
		{"the last page", values{"offset": 2, "limit": 5}, "C"},
		{"a page behind the last", values{"offset": 7}, ""},
		{"no limit", values{"limit": false}, "A, B, C"},
		{"archived ones when the context says so", values{"context": values{"active_test": false}}, "A, B, C, D"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, tc.want, names(t, server, []any{}, tc.kwargs))
		})
	}
}

func TestOdooRefusesWhatItCannotOrder(t *testing.T) {
	server := pipeline(t)
	for order, want := range map[string]string{
		"nope":    "ValueError: Invalid field 'nope' on model 'crm.lead'\n",
		"id nope": "Invalid \"order\" specified (id nope).",
		"id,":     "Invalid \"order\" specified (id,).",
	} {
		assert.Contains(t, refused(t, server, bot, "crm.lead", "search", []any{}, 0, false, order).Text, want)
	}
}

func TestOdooRefusesWhatItCannotSearch(t *testing.T) {
	server := pipeline(t)
	for _, tc := range []struct {
		name   string
		domain any
		want   string
	}{
		{"an unknown field", []any{term("nope", "=", 1)}, "ValueError: Invalid field crm.lead.nope in condition ('nope', '=', 1)"},
		{"an unknown field of a linked record", []any{term("stage_id.nope", "=", 1)}, "ValueError: Invalid field crm.stage.nope in condition ('nope', '=', 1)"},
		{"an unknown operator", []any{term("name", "~~", "x")}, "ValueError: Invalid operator in condition ('name', '~~', 'x')"},
		{"a field of a field that links to nothing", []any{term("name.x", "=", 1)}, "ValueError: Invalid field property 'x' on crm.lead.name"},
		{"an operator without operands", []any{"|", term("name", "=", "x")}, "ValueError: Domain() malformed domain ['|', ['name', '=', 'x']]"},
		{"something that is no condition", []any{1}, "ValueError: Domain() invalid item in domain: 1"},
		{"something that is no domain", "x", "TypeError: Domain() invalid argument type for domain: 'x'"},
		{"a time with a zone", []any{term("create_date", ">", "2026-11-16T23:00:00Z")}, "ValueError: expecting only datetimes with no timezone: '2026-11-16T23:00:00Z'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fault := refused(t, server, bot, "crm.lead", "search", tc.domain)
			assert.Equal(t, 1, fault.Code)
			lines := strings.Split(strings.TrimSpace(fault.Text), "\n")
			assert.Equal(t, tc.want, lines[len(lines)-1])
		})
	}
}

func TestOdooComparesTimesAsItsVersionDoes(t *testing.T) {
	// Four opportunities around a full hour, by their fractions of a second.
	rows := map[string]string{
		"58": "2026-11-16T22:59:58Z", "59": "2026-11-16T22:59:59Z", "59.5": "2026-11-16T22:59:59.5Z", "00": "2026-11-16T23:00:00Z",
	}
	for _, tc := range []struct {
		operator, value, zone string
		before, since19       string
	}{
		{"<=", "2026-11-16 22:59:59", "", "58, 59", "58, 59, 59.5"},
		{"=", "2026-11-16 22:59:59", "", "59", "59, 59.5"},
		{">", "2026-11-16 22:59:59", "", "59.5, 00", "00"},
		{"<", "2026-11-16 23:00:00", "", "58, 59, 59.5", "58, 59, 59.5"},
		{">=", "2026-11-16 23:00:00", "", "00", "00"},
		{"<=", "2026-11-16", "", "58, 59, 59.5, 00", "58, 59, 59.5, 00"},
		{"<=", "2026-11-16", "Asia/Tokyo", "58, 59, 59.5, 00", ""},
		{"<", "2026-11-16", "", "", ""},
		{">", "2026-11-15", "", "58, 59, 59.5, 00", "58, 59, 59.5, 00"},
		{">=", "2026-11-17", "", "", ""},
	} {
		for _, version := range []int{16, 17, 18, 19, 20} {
			t.Run(fmt.Sprintf("%s %s %s in %d", tc.operator, tc.value, tc.zone, version), func(t *testing.T) {
				server := newOdoo(t, odoo.Options{Version: version})
				for _, name := range []string{"58", "59", "59.5", "00"} {
					at, err := time.Parse(time.RFC3339Nano, rows[name])
					require.NoError(t, err)
					require.NoError(t, server.SetCreateDate("crm.lead", newLead(t, server, values{"name": name}), at))
				}
				want := tc.before
				if version >= 19 {
					want = tc.since19
				}
				got := names(t, server, []any{term("create_date", tc.operator, tc.value)}, values{"context": values{"tz": tc.zone}})
				assert.Equal(t, want, got)
			})
		}
	}
}

func TestOdooNegatesAnAbsentValueAsItsVersionDoes(t *testing.T) {
	for version, want := range map[int]string{16: "B", 17: "B", 18: "B", 19: "B, C", 20: "B, C"} {
		t.Run(fmt.Sprintf("in %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			newLead(t, server, values{"name": "A", "phone": "12"})
			newLead(t, server, values{"name": "B", "phone": "34"})
			newLead(t, server, values{"name": "C"})
			assert.Equal(t, want, names(t, server, []any{"!", term("phone", "=like", "1%")}, nil))
		})
	}
}

func TestOdooHasTheFieldsOfItsVersion(t *testing.T) {
	for _, tc := range []struct {
		model, field string
		since, until int
	}{
		{"crm.lead", "won_status", 18, 20},
		{"res.company", "catchall_email", 16, 20},
		{"res.company", "bounce_email", 17, 20},
		{"res.users", "groups_id", 16, 18},
		{"res.users", "group_ids", 19, 20},
		{"mail.activity", "active", 17, 20},
		{"mail.activity", "role_id", 20, 20},
		{"ir.attachment", "datas", 16, 20},
	} {
		for version := 16; version <= 20; version++ {
			t.Run(fmt.Sprintf("%s.%s in %d", tc.model, tc.field, version), func(t *testing.T) {
				server := newOdoo(t, odoo.Options{Version: version})
				_, err := server.Execute(admin, tc.model, "search_read", []any{[]any{}, []string{tc.field}}, nil)
				assert.Equal(t, version >= tc.since && version <= tc.until, err == nil, "%v", err)
			})
		}
	}
}
