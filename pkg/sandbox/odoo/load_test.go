package odoo_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
)

// once is the context in which load inserts what is absent and leaves alone
// what is there.
func once() values { return values{"mode": "update", "noupdate": true} }

// columns are those of a claim.
func columns() []string {
	return []string{"id", "model", "res_id", "subject", "message_id", "message_type"}
}

// claim is a row that claims a lead with a token of one's own.
func claim(lead int64, token string) []any {
	return []any{
		fmt.Sprintf("crm_tool.remind_%d_7", lead), "crm.lead", fmt.Sprint(lead), token,
		fmt.Sprintf("<crm-tool.remind.%d.7.%s@example.com>", lead, token), "notification",
	}
}

// load calls load with rows and returns the ids and the messages.
func load(t *testing.T, server *odoo.Server, context values, rows ...any) (ids, messages any) {
	t.Helper()
	result, ok := within(t, server, context, bot, "mail.message", "load", columns(), rows).(values)
	require.True(t, ok)
	assert.Equal(t, int64(0), int64(result["nextrow"].(int)))
	return result["ids"], result["messages"]
}

// blamed returns the rows that messages blame, and the last message.
func blamed(t *testing.T, messages any) (rows []int, text string) {
	t.Helper()
	for _, m := range messages.([]any) {
		rows = append(rows, m.(values)["record"].(int))
		text = m.(values)["message"].(string)
	}
	return rows, text
}

func TestLoadWithAnExternalID(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	a, b := newLead(t, server, nil), newLead(t, server, nil)

	first, _ := load(t, server, once(), claim(a, "mine"))
	id := first.([]any)[0].(int64)

	t.Run("a second claim gets the same record, unchanged", func(t *testing.T) {
		ids, messages := load(t, server, once(), claim(b, "yours"), claim(a, "yours"))
		assert.Equal(t, id, ids.([]any)[1])
		assert.Empty(t, messages)
		assert.Equal(t, values{"subject": "mine"}, read(t, server, "mail.message", id, "subject"))
	})
	t.Run("the record's external id is told without a right on ir.model.data", func(t *testing.T) {
		rows := execute(t, server, bot, "mail.message", "get_metadata", []any{id}).([]any)
		assert.Equal(t, fmt.Sprintf("crm_tool.remind_%d_7", a), rows[0].(values)["xmlid"])
		assert.Equal(t, true, rows[0].(values)["noupdate"])
	})
	t.Run("a claim that was deleted can be made again", func(t *testing.T) {
		execute(t, server, bot, "mail.message", "unlink", []any{id})
		ids, _ := load(t, server, once(), claim(a, "again"))
		assert.NotEqual(t, id, ids.([]any)[0])
		assert.Equal(t, values{"subject": "again"}, read(t, server, "mail.message", ids.([]any)[0].(int64), "subject"))
	})
	t.Run("without the context a second load changes the record", func(t *testing.T) {
		tag := func(name string) any {
			return execute(t, server, bot, "crm.tag", "load", []string{"id", "name"}, []any{[]any{"crm_tool.tag", name}}).(values)["ids"]
		}
		before := tag("Quiet")
		assert.Equal(t, before, tag("Silent"))
		assert.Equal(t, values{"name": "Silent"}, read(t, server, "crm.tag", before.([]any)[0].(int64), "name"))
	})
}

func TestLoadConverts(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	context := once()
	context["tz"] = "Europe/Paris"
	result := within(t, server, context, bot, "mail.message", "load",
		[]string{"id", "model", "res_id", "message_type", "date", "subtype_id/.id", "author_id/id", "mail_activity_type_id", "is_internal", "body"},
		[]any{[]any{"crm_tool.x", "crm.lead", fmt.Sprint(lead), "Comment", "2026-11-01 10:00:00", "2", "base.partner_admin", "Call", "1", "Hello"}})
	id := result.(values)["ids"].([]any)[0].(int64)
	assert.Equal(t, values{
		"res_id": lead, "message_type": "comment", "date": "2026-11-01 09:00:00", "is_internal": true, "body": "<p>Hello</p>",
		"subtype_id": []any{int64(2), "Note"}, "author_id": []any{int64(3), "Administrator"}, "mail_activity_type_id": []any{int64(2), "Call"},
	}, read(t, server, "mail.message", id, "res_id", "message_type", "date", "subtype_id", "author_id", "mail_activity_type_id", "is_internal", "body"))
}

func TestLoadIsAllOrNothing(t *testing.T) {
	for version, wanted := range map[int][]int{16: {1}, 17: {1}, 18: {0, 1}, 19: {0, 1}, 20: {0, 1}} {
		t.Run(fmt.Sprintf("a lead that is gone refuses the batch in %d", version), func(t *testing.T) {
			server := newOdoo(t, odoo.Options{Version: version})
			good := newLead(t, server, nil)
			ids, messages := load(t, server, once(), claim(good, "x"), claim(99, "x"), claim(good+1, "x"))
			assert.Equal(t, false, ids)
			rows, _ := blamed(t, messages)
			assert.Equal(t, append(wanted, 2), rows)

			newLead(t, server, nil)
			ids, messages = load(t, server, once(), claim(good, "x"), claim(99, "x"), claim(good+1, "x"))
			assert.Equal(t, false, ids)
			rows, text := blamed(t, messages)
			assert.Equal(t, wanted, rows)
			botID, _ := user(t, server, bot)
			assert.Equal(t, fmt.Sprintf("Record does not exist or has been deleted.\n(Record: crm.lead(99,), User: %d)", botID), text)
			count := execute(t, server, bot, "mail.message", "search_count", []any{term("message_id", "=like", "<crm-tool.%")})
			assert.Equal(t, 0, count)
		})
	}
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	for _, tc := range []struct {
		name   string
		column int
		cell   any
		want   string
	}{
		{"a number that is none", 2, "x", "'x' does not seem to be an integer for field 'Related Document ID'"},
		{"a choice that is none", 5, "x", "Value 'x' not found in selection field 'Type'"},
	} {
		t.Run(tc.name+" is named", func(t *testing.T) {
			row := claim(lead, "x")
			row[tc.column] = tc.cell
			ids, messages := load(t, server, once(), row)
			assert.Equal(t, false, ids)
			assert.Equal(t, tc.want, messages.([]any)[0].(values)["message"])
		})
	}
	t.Run("a linked record that is gone is named", func(t *testing.T) {
		result := within(t, server, once(), bot, "mail.message", "load",
			[]string{"id", "model", "res_id", "subtype_id/.id"}, []any{[]any{"crm_tool.y", "crm.lead", fmt.Sprint(lead), "999"}}).(values)
		assert.Equal(t, false, result["ids"])
		assert.Equal(t, "No matching record found for database id '999' in field 'Subtype'", result["messages"].([]any)[0].(values)["message"])
	})
	t.Run("an unknown column is a fault", func(t *testing.T) {
		fault := refused(t, server, bot, "mail.message", "load", []string{"id", "nope"}, []any{[]any{"crm_tool.z", "1"}})
		assert.Equal(t, 1, fault.Code)
		assert.Contains(t, fault.Text, "ValueError: Invalid field name 'nope'\n")
	})
	t.Run("an external id of another model is refused", func(t *testing.T) {
		row := claim(lead, "x")
		row[0] = "crm.stage_lead1"
		_, messages := load(t, server, once(), row)
		_, text := blamed(t, messages)
		assert.Equal(t, "For external id crm.stage_lead1 when trying to create/update a record of model mail.message found record of different model crm.stage (1)", text)
	})
	t.Run("an update without any id is refused", func(t *testing.T) {
		result := within(t, server, once(), bot, "crm.tag", "load", []string{"name"}, []any{[]any{"Quiet"}}).(values)
		_, text := blamed(t, result["messages"])
		assert.Equal(t, "Cannot update a record without specifying its id or xml_id", text)
	})
	t.Run("after ten bad rows it gives up", func(t *testing.T) {
		var rows []any
		for i := range int64(30) {
			rows = append(rows, claim(1000+i, "x"))
		}
		_, messages := load(t, server, once(), rows...)
		list := messages.([]any)
		assert.Len(t, list, 11)
		assert.Equal(t, "warning", list[10].(values)["type"])
	})
}

func TestLoadNeedsTheRights(t *testing.T) {
	server := newOdoo(t, odoo.Options{})
	lead := newLead(t, server, nil)
	result := within(t, server, once(), sam, "mail.message", "load", columns(), []any{claim(lead, "x")}).(values)
	assert.Equal(t, false, result["ids"])
	_, text := blamed(t, result["messages"])
	assert.Contains(t, text, "The requested operation cannot be completed due to security restrictions.")
	assert.Equal(t, 0, execute(t, server, bot, "mail.message", "search_count", []any{term("message_id", "=like", "<crm-tool.%")}))
}
