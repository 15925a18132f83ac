package scenario_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

func transportCommands() map[string]func(*script, []string) {
	return map[string]func(*script, []string){
		"transport": transport,
		"tamper":    tamper,
	}
}

// transport lets the tool send through Odoo, and takes its settings for a mail server away.
// Down, Odoo's mail server cannot be reached, until it is up again.
func transport(s *script, args []string) {
	s.arguments(args, "odoo|down|up")
	switch args[0] {
	case "odoo":
		for _, variable := range s.throughOdoo(s.tb) {
			name, value, _ := strings.Cut(variable, "=")
			s.ts.Setenv(name, value)
		}
	case "down":
		require.NoError(s, s.SendThrough(closedPort))
	case "up":
		require.NoError(s, s.SendThrough(s.mailbox.Port()))
	default:
		s.ts.Fatalf("write: transport odoo|down|up")
	}
}

// throughOdoo gives Odoo a mail server, in place of the tool's. It returns what is
// different in the tool's environment.
func (s *site) throughOdoo(t testing.TB) []string {
	t.Helper()
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mailbox.Close()) })
	s.mailbox, s.clear = mailbox, true
	require.NoError(t, s.SendThrough(mailbox.Port()))
	var changed []string
	for _, variable := range s.environ {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "CRM_TOOL_SMTP_") {
			changed = append(changed, name+"=")
		}
	}
	changed = append(changed, "CRM_TOOL_MAIL_TRANSPORT=odoo")
	s.environ = append(s.environ, changed...)
	return changed
}

// closedPort is a port that nobody listens at: TCPMUX (RFC 1078), which is not used any
// more. A port that was just closed may be the next test's.
const closedPort = 1

// tamper lets an administrator change fields of the mail template with which the tool
// sends.
func tamper(s *script, args []string) {
	require.NotEmpty(s, args, "write: tamper FIELD=VALUE...")
	found := s.search("mail.template", []any{[]any{"name", "=", "crm-tool: sends its mails"}}, "name")
	require.Len(s, found, 1)
	values := map[string]any{}
	for _, arg := range args {
		field, value, _ := strings.Cut(arg, "=")
		values[field] = value
		if value == "true" {
			values[field] = true
		}
	}
	s.write("mail.template", []int64{found[0].id()}, values)
}
