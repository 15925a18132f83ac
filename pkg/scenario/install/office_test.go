//go:build odoo && install

// Package install_test installs crm-tool as its users do, on a clean Debian and
// from the container image, until a client of a real Odoo gets the first reminder.
// What is installed is a release: make test-install builds it.
package install_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// top is the repository.
const top = "../../.."

const mailUser, mailPassword = "crm-tool", "password of the mailbox"

// office is a company with an Odoo, a mail server, and a client whose reminder is
// due.
type office struct {
	*odootest.Database
	mailbox *sandboxsmtp.Mailbox
	lead    int64
}

func newOffice(t *testing.T) *office {
	t.Helper()
	server, err := odootest.New(os.Getenv)
	require.NoError(t, err)
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{User: mailUser, Password: mailPassword})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	o := &office{Database: server.Open(t), mailbox: mailbox}
	users, ok := o.call(t, "res.users", "search", []any{[]any{"login", "=", "sam"}}).([]any)
	require.True(t, ok && len(users) == 1, "users with the login sam: %v", users)
	created, ok := o.call(t, "crm.lead", "create", []any{map[string]any{
		"type": "opportunity", "name": "Chairs", "email_from": "client@client.example", "user_id": users[0],
	}}).([]any)
	require.True(t, ok && len(created) == 1, "crm.lead.create returned %v", created)
	o.lead, ok = created[0].(int64)
	require.True(t, ok)
	const week = 7 * 24 * time.Hour
	require.NoError(t, o.ReceiveMail("odoo.example.com"))
	require.NoError(t, o.SetCreated("crm.lead", []int64{o.lead}, time.Now().Add(-week-time.Hour)))
	return o
}

// call calls a method as the administrator.
func (o *office) call(t *testing.T, model, method string, args ...any) any {
	t.Helper()
	answer, err := o.Execute("admin", model, method, args, nil)
	require.NoError(t, err)
	return answer
}

func (o *office) port() string { return strconv.Itoa(o.mailbox.Port()) }

// awaitReminder waits until the client has got their reminder, and Odoo knows. told
// says what there is to say if they do not.
func (o *office) awaitReminder(t *testing.T, patience time.Duration, told func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	messages, err := o.mailbox.Wait(ctx, 1)
	require.NoError(t, err, "no mail came: %s", told())
	assert.Len(t, messages, 1)
	assert.True(t, messages[0].Encrypted)
	assert.Equal(t, []string{"client@client.example", "sam@example.com"}, messages[0].Recipients)
	mail, err := messages[0].Parse()
	require.NoError(t, err)
	assert.Equal(t, []string{`"Example Sales" <sales@example.com>`}, mail.From)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		answer, err := o.Execute("admin", "mail.message", "search_read", []any{[]any{
			[]any{"model", "=", "crm.lead"}, []any{"res_id", "=", o.lead}, []any{"message_id", "=", "<" + mail.MessageID + ">"},
		}}, map[string]any{"fields": []any{"message_type", "subtype_id"}})
		require.NoError(c, err)
		entries, _ := answer.([]any)
		require.Len(c, entries, 1)
		entry, _ := entries[0].(map[string]any)
		assert.Equal(c, "comment", entry["message_type"], "the entry says that the mail left")
	}, 20*time.Second, 200*time.Millisecond)
}

// write writes a file with a mode that no umask changes.
func write(t *testing.T, path, content string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), mode))
	require.NoError(t, os.Chmod(path, mode))
	return path
}
