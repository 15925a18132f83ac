package browser_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// target is an Odoo to try it on.
type target struct {
	name string
	open func(t *testing.T) *server
}

// server is an Odoo with people in it.
type server struct {
	url, database string
	// sam is the salesperson, bot the tool's user.
	sam, bot user
}

// user is somebody who may log in.
type user struct{ login, password string }

func standIn() target {
	return target{name: "sandbox", open: func(t *testing.T) *server {
		t.Helper()
		o, err := sandboxodoo.New(sandboxodoo.Options{Clock: time.Now})
		require.NoError(t, err)
		address, err := o.Start()
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, o.Close()) })
		return &server{
			url: address, database: sandboxodoo.Database,
			sam: user{sandboxodoo.SamLogin, sandboxodoo.SamPassword}, bot: user{sandboxodoo.BotLogin, sandboxodoo.BotPassword},
		}
	}}
}

// environment configures the tool for the server and a mailbox, and for nothing
// else of this machine.
func (o *server) environment(mailbox *sandboxsmtp.Mailbox) []string {
	host, port, _ := strings.Cut(mailbox.Addr(), ":")
	return []string{
		"HOME=" + os.TempDir(), "CRM_TOOL_STATE_DIR=none", "CRM_TOOL_ODOO_ALLOW_HTTP=true",
		"CRM_TOOL_ODOO_URL=" + o.url, "CRM_TOOL_ODOO_DATABASE=" + o.database,
		"CRM_TOOL_ODOO_USER=" + o.bot.login, "CRM_TOOL_ODOO_PASSWORD=" + o.bot.password,
		"CRM_TOOL_SMTP_HOST=" + host, "CRM_TOOL_SMTP_PORT=" + port, "CRM_TOOL_SMTP_TLS=none",
		"CRM_TOOL_MAIL_FROM=Example Sales <sales@example.com>",
	}
}

// asSam calls a method as the salesperson.
func (o *server) asSam(t *testing.T, model, method string, kwargs map[string]any, args ...any) any {
	t.Helper()
	client, err := odoo.New(odoo.Options{
		URL: o.url, AllowHTTP: true, Database: o.database, User: o.sam.login, Password: func() string { return o.sam.password },
		Timeout: 2 * time.Minute, Now: time.Now,
	})
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Login(t.Context())
	require.NoError(t, err)
	answer, err := client.Call(t.Context(), odoo.Request{Model: model, Method: method, Args: args, Kwargs: maps.Clone(kwargs)})
	require.NoError(t, err, "%s.%s", model, method)
	return answer
}

// finish lets sam mark a meeting on an opportunity as done, and returns the
// opportunity's id.
func (o *server) finish(t *testing.T) any {
	t.Helper()
	lead := o.asSam(t, "crm.lead", "create", nil, map[string]any{
		"name": "Office chairs", "type": "opportunity", "contact_name": "Zoë Müller", "email_from": "zoe@client.example",
	})
	types, ok := o.asSam(t, "mail.activity.type", "search", nil, []any{[]any{"name", "=", "Meeting"}}).([]any)
	require.True(t, ok)
	require.Len(t, types, 1)
	activity := o.asSam(t, "mail.activity", "create", map[string]any{"context": map[string]any{"default_res_model": "crm.lead"}},
		map[string]any{"res_id": lead, "activity_type_id": types[0]})
	o.asSam(t, "mail.activity", "action_feedback", nil, []any{activity})
	return lead
}

// note returns the only note with answers on an opportunity.
func (o *server) note(t *testing.T, lead any) string {
	t.Helper()
	found, ok := o.asSam(t, "mail.message", "search_read", map[string]any{"fields": []any{"body"}}, []any{
		[]any{"model", "=", "crm.lead"}, []any{"res_id", "=", lead}, []any{"message_id", "=like", "<crm-tool.answer.%"},
	}).([]any)
	require.True(t, ok)
	require.Len(t, found, 1)
	fields, ok := found[0].(map[string]any)
	require.True(t, ok)
	body, ok := fields["body"].(string)
	require.True(t, ok)
	return body
}
