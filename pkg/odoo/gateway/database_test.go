package gateway_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// database is an Odoo with an empty CRM, as the tests of the gateway see it:
// the stand-in, or a real one.
type database struct {
	url, name, bot, password string
	version                  int
	// api is how the gateway calls it; empty is auto.
	api     odoo.API
	execute func(login, model, method string, args []any, kwargs map[string]any) (any, error)
}

// gateway logs in as the integration user.
func (d database) gateway(t *testing.T) *gateway.Gateway {
	t.Helper()
	g := gateway.New(d.client(t))
	_, err := g.Open(t.Context())
	require.NoError(t, err)
	return g
}

// client returns the integration user's, who has yet to log in.
func (d database) client(t *testing.T) *odoo.Client {
	t.Helper()
	client, err := odoo.New(odoo.Options{
		URL: d.url, API: d.api, Database: d.name, User: d.bot, Password: func() string { return d.password }, Timeout: time.Minute, Now: time.Now,
		Sleep: func(_ context.Context, d time.Duration) { time.Sleep(d / 20) },
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// call makes a call as the administrator.
func (d database) call(t *testing.T, model, method string, args ...any) any {
	t.Helper()
	answer, err := d.execute("admin", model, method, args, map[string]any{"context": map[string]any{
		"mail_auto_subscribe_no_notify": true, "mail_create_nosubscribe": true, "mail_activity_quick_update": true, "lang": "en_US",
	}})
	require.NoError(t, err, "%s.%s", model, method)
	return answer
}

// create makes a record and returns its id.
func (d database) create(t *testing.T, model string, values map[string]any) int64 {
	t.Helper()
	switch id := d.call(t, model, "create", []any{values}).(type) {
	case []any:
		return id[0].(int64)
	case int64:
		return id
	default:
		t.Fatalf("%s.create returned %T", model, id)
		return 0
	}
}

func (d database) write(t *testing.T, model string, id int64, values map[string]any) {
	t.Helper()
	d.call(t, model, "write", []any{id}, values)
}

// find returns the records of a domain, archived ones too, by ascending id.
func (d database) find(t *testing.T, model string, domain []any, fields ...string) []map[string]any {
	t.Helper()
	answer, err := d.execute("admin", model, "search_read", []any{domain}, map[string]any{
		"fields": fields, "order": "id", "context": map[string]any{"active_test": false, "lang": "en_US"},
	})
	require.NoError(t, err, "%s.search_read", model)
	var records []map[string]any
	for _, r := range answer.([]any) {
		records = append(records, r.(map[string]any))
	}
	return records
}

// lead returns fields of one lead.
func (d database) lead(t *testing.T, id crm.OpportunityID, fields ...string) map[string]any {
	t.Helper()
	found := d.find(t, "crm.lead", []any{[]any{"id", "=", int64(id)}}, fields...)
	require.Len(t, found, 1)
	delete(found[0], "id")
	return found[0]
}

// id returns the id of the record with a text.
func (d database) id(t *testing.T, model, field, text string) int64 {
	t.Helper()
	found := d.find(t, model, []any{[]any{field, "=", text}}, field)
	require.NotEmpty(t, found, "%s %s", model, text)
	return found[0]["id"].(int64)
}

// discussions is the subtype of what clients may see; Odoo 20 gave it another name.
func (d database) discussions(t *testing.T) int64 {
	t.Helper()
	found := d.find(t, "mail.message.subtype", []any{[]any{"name", "in", []any{"Discussions", "Messages"}}, []any{"res_model", "=", false}}, "name")
	require.Len(t, found, 1)
	return found[0]["id"].(int64)
}

// opportunity makes one of sam's, with values.
func (d database) opportunity(t *testing.T, name string, values map[string]any) crm.OpportunityID {
	t.Helper()
	all := map[string]any{
		"name": name, "type": "opportunity", "user_id": d.id(t, "res.users", "login", "sam"), "probability": 25.0,
	}
	maps.Copy(all, values)
	return crm.OpportunityID(d.create(t, "crm.lead", all))
}

// activity plans one for sam.
func (d database) activity(t *testing.T, on crm.OpportunityID, summary string, values map[string]any) crm.ActivityID {
	t.Helper()
	all := map[string]any{
		"res_model_id": d.modelID(t), "res_id": int64(on), "summary": summary, "date_deadline": "2026-12-24",
		"user_id": d.id(t, "res.users", "login", "sam"), "activity_type_id": d.id(t, "mail.activity.type", "name", "Call"),
	}
	maps.Copy(all, values)
	return crm.ActivityID(d.create(t, "mail.activity", all))
}

func (d database) modelID(t *testing.T) int64 {
	t.Helper()
	return d.id(t, "ir.model", "model", "crm.lead")
}

// chatter counts the messages on an opportunity.
func (d database) chatter(t *testing.T, on crm.OpportunityID) int {
	t.Helper()
	return len(d.find(t, "mail.message", []any{[]any{"model", "=", "crm.lead"}, []any{"res_id", "=", int64(on)}}, "subject"))
}
