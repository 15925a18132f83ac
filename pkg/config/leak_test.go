package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
)

// TestNoSecretIsShown gives a secret in every place and form, valid and not,
// and looks for it in everything that can be printed.
func TestNoSecretIsShown(t *testing.T) {
	const secret = "hunter2"
	files := []string{
		"odoo: {password: %s}", "odoo: {password: '%s\n\n x'}", "odoo: {password: [%s]}", "odoo: {password: {%s: %[1]s}}",
		"odoo: {password: !%s x}", "odoo: {password: &%s x}", "odoo:\n  password: *%s", "odoo:\n  password: \"%s", "odoo:\n  password: @%s",
		"odoo:\n  password: a: %s", "odoo:\n  password: |\n    %s\n    x", "odoo: {pasword: %s}", "smpt: {password: %s}", "smpt: %s",
		"odoo: %s", "odoo: [%s]", "%s", "- %s", "odoo:\n  password: %s\n  password: %[1]s", "odoo.password: %s", "smtp: {password: %s}",
		"smtp: {password: %s, password_file: /c.yaml}", "odoo: {url: 'https://bob:%s@example.com'}", "odoo: {url: 'bob:%s@example.com'}",
		"odoo: {url: 'http://b:%s@a b/@x'}", "smtp: {host: 'smtp://bob:%s@example.com'}", "smtp: {user: bob, password_file: /secret}",
		"odoo: {password_file: /secrets}", "x: &a {password: %s}\nodoo: {<<: *a}", "odoo:\n\tpassword: %s",
	}
	variables := []string{
		"X=%s", "CRM_TOOL_ODOO_PASSWORD=%s", "CRM_TOOL_ODOO_PASSWORD=%s\n%[1]s", "CRM_TOOL_ODOO_PASSWORD=%s\xff", "CRM_TOOL_ODOO_PASWORD=%s",
		"CRM_TOOL_ODOO_URL=https://bob:%s@example.com", "CRM_TOOL_SMTP_PASSWORD=%s",
	}
	for _, file := range files {
		for _, variable := range variables {
			yaml := strings.ReplaceAll(fmt.Sprintf(file, secret), "%!(EXTRA string="+secret+")", "")
			s := config.Load(config.Options{
				Path:    "/c.yaml",
				Environ: []string{fmt.Sprintf(variable, secret)},
				Files:   with("/c.yaml", yaml, "/secret", secret, "/secrets", secret+"\n"+secret),
			}).WithShared(map[string]string{"odoo.password": secret, "odoo.pass": secret})
			c, err := s.Config(config.NeedOdoo | config.NeedMail)
			connection, connectionErr := s.Connection()
			printed := []string{
				fmt.Sprint(err), fmt.Sprint(connectionErr), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", connection),
				fmt.Sprint(shown(problems(s))), fmt.Sprint(shown(s.Warnings())), fmt.Sprintf("%#v", problems(s)),
				fmt.Sprintf("%v %+v %#v", s, s, s),
			}
			for _, v := range s.List() {
				printed = append(printed, v.String(), v.Source.String(), fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v))
			}
			path := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
			printed = append(printed,
				fmt.Sprint(configfile.Set(path, "odoo.timeout", "3s")), fmt.Sprint(configfile.Set(path, "odoo.password", secret+"\x00")),
				fmt.Sprint(configfile.Set(path, "odoo.url", "https://bob:"+secret+"@example.com")))
			assert.NotContains(t, strings.Join(printed, "\n"), secret, "%s with %s", yaml, variable)
		}
	}
}
