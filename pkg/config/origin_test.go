package config_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/config"
)

func TestASecretHasAnOrigin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		yaml      string
		variables []string
		key, file string
		source    string
	}{
		"none":                           {"", nil, "", "", "default"},
		"the configuration":              {"odoo:\n  password: hunter2", nil, "odoo.password", "", "/etc/c.yaml:2"},
		"a file beside it":               {"odoo: {password_file: odoo.key}", nil, "odoo.password_file", "/etc/odoo.key", "/etc/c.yaml:1"},
		"a command":                      {"odoo: {password_command: pass odoo}", nil, "odoo.password_command", "", "/etc/c.yaml:1"},
		"a variable, before the file":    {"odoo: {password_file: odoo.key}", []string{"CRM_TOOL_ODOO_PASSWORD=x"}, "odoo.password", "", "CRM_TOOL_ODOO_PASSWORD"},
		"a file that a variable names":   {"odoo: {password: x}", []string{"CRM_TOOL_ODOO_PASSWORD_FILE=/k"}, "odoo.password_file", "/k", "CRM_TOOL_ODOO_PASSWORD_FILE"},
		"the file, if variable is empty": {"odoo: {password_file: odoo.key}", []string{"CRM_TOOL_ODOO_PASSWORD="}, "odoo.password_file", "/etc/odoo.key", "/etc/c.yaml:1"},
	} {
		files := with("/etc/odoo.key", "hunter2")
		files.files["k"] = &fstest.MapFile{Data: []byte("hunter2"), Mode: 0o600}
		files.files["etc/c.yaml"] = &fstest.MapFile{Data: []byte(c.yaml), Mode: 0o600}
		s := config.Load(config.Options{Path: "/etc/c.yaml", Environ: home(c.variables...), Files: files})
		origin := s.SecretOrigin("odoo.password")
		assert.Equal(t, c.key, origin.Key.Name, name)
		assert.Equal(t, c.file, origin.File, name)
		assert.Equal(t, c.source, origin.Source.String(), name)
	}
}
