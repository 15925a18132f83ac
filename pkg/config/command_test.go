package config_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// commands are what commands print, and which were run.
type commands struct {
	prints map[string]string
	ran    []string
}

func (c *commands) run(line string) ([]byte, error) {
	c.ran = append(c.ran, line)
	text, ok := c.prints[line]
	if !ok {
		return nil, errors.New("ended with exit status 1: no such entry")
	}
	return []byte(text), nil
}

func TestCommandsPrintSecrets(t *testing.T) {
	const complete = "odoo: {url: 'https://a.example', database: d, user: u, password_command: show odoo}\n" +
		"smtp: {host: h, user: bot, password_command: show smtp}\nmail: {from: a@b.example}"
	load := func(c *commands, yaml string, variables ...string) *config.Settings {
		return config.Load(config.Options{Path: "/c.yaml", Environ: home(variables...), Files: with("/c.yaml", yaml, "/key", "hunter4"), Run: c.run})
	}
	passwords := func() *commands {
		return &commands{prints: map[string]string{"show odoo": "hunter2\n", "show smtp": "hunter3\n"}}
	}

	t.Run("when they are needed", func(t *testing.T) {
		ran := passwords()
		s := load(ran, complete)
		_, err := s.Config(0)
		require.NoError(t, err)
		assert.NotEmpty(t, s.List())
		assert.Empty(t, ran.ran, "to list settings needs no secret")

		connection, err := s.Connection()
		require.NoError(t, err)
		assert.Equal(t, "hunter2", connection.Password.Reveal())
		assert.Equal(t, []string{"show odoo"}, ran.ran)

		c, err := s.Config(config.NeedOdoo | config.NeedMail)
		require.NoError(t, err)
		assert.Equal(t, "hunter3", c.SMTP.Password.Reveal())
		_, err = load(ran, complete+"\n", "CRM_TOOL_MAIL_TRANSPORT=odoo").Config(config.NeedMail)
		require.NoError(t, err)
		assert.Equal(t, []string{"show odoo", "show odoo", "show smtp"}, ran.ran, "through Odoo there is no login")
	})
	for _, c := range []struct{ name, yaml, variable, want string }{
		{
			"that fails", "smtp: {user: bot, password_command: show gone}", "",
			`smtp.password_command = "show gone" (/c.yaml:1): ended with exit status 1: no such entry`,
		},
		{
			"that prints nothing", "smtp: {user: bot, password_command: show nothing}", "",
			`smtp.password_command = "show nothing" (/c.yaml:1): printed nothing`,
		},
		{
			"that prints more than a line", "smtp: {user: bot, password_command: show lines}", "",
			`smtp.password_command = "show lines" (/c.yaml:1): its output must be one line`,
		},
		{
			"beside a password", "smtp: {user: bot, password: a, password_command: show smtp}", "",
			`smtp.password_command = "show smtp" (/c.yaml:1): cannot be set together with smtp.password: remove one of them`,
		},
		{
			"beside a file", "smtp: {user: bot, password_file: /key, password_command: show smtp}", "",
			`smtp.password_command = "show smtp" (/c.yaml:1): cannot be set together with smtp.password_file: remove one of them`,
		},
		{"without a user", "smtp: {password_command: show smtp}", "", `smtp.password_command = "show smtp" (/c.yaml:1): needs smtp.user`},
		{
			"in a variable", "smtp: {user: bot}", "CRM_TOOL_SMTP_PASSWORD_COMMAND=show gone",
			`smtp.password_command = "show gone" (CRM_TOOL_SMTP_PASSWORD_COMMAND): ended with exit status 1: no such entry`,
		},
	} {
		t.Run("or else there is a problem: one "+c.name, func(t *testing.T) {
			ran := passwords()
			ran.prints["show nothing"], ran.prints["show lines"] = "\n", "hunter4\nlogin: bot\n"
			var variables []string
			if c.variable != "" {
				variables = append(variables, c.variable)
			}
			_, err := load(ran, "mail: {from: a@b.example}\n"+c.yaml+"\n", append(variables, "CRM_TOOL_SMTP_HOST=h")...).Config(config.NeedMail)
			all, ok := errors.AsType[*config.ProblemsError](err)
			require.True(t, ok)
			for i := range all.Problems {
				if all.Problems[i].Place == "/c.yaml:2" {
					all.Problems[i].Place = "/c.yaml:1"
				}
			}
			assert.Equal(t, []string{c.want}, shown(all.Problems))
			assert.NotContains(t, err.Error(), "hunter")
		})
	}
	t.Run("unless a higher place tells it otherwise", func(t *testing.T) {
		ran := passwords()
		c, err := load(ran, complete, "CRM_TOOL_ODOO_PASSWORD=mine").Config(config.NeedOdoo)
		require.NoError(t, err)
		assert.Equal(t, "mine", c.Odoo.Password.Reveal())
		assert.Empty(t, ran.ran)
	})
	t.Run("never from Odoo", func(t *testing.T) {
		ran := passwords()
		s := load(ran, complete).WithShared(map[string]string{"odoo.password_command": "evil", "smtp.password_command": "evil"})
		_, err := s.Config(config.NeedOdoo | config.NeedMail)
		require.NoError(t, err)
		assert.NotContains(t, ran.ran, "evil")
		assert.Len(t, s.Warnings(), 2)
	})
}

func TestCommandsOfAFileThatOthersCanWriteAreNotRun(t *testing.T) {
	for name, c := range map[string]struct {
		file, folder fs.FileMode
		want         []string
	}{
		"for the owner alone is well": {0o600, 0o755, []string{}},
		"for all to read is well":     {0o644, 0o755, []string{}},
		"for a group to write": {0o660, 0o755, []string{
			`odoo.password_command = "show" (/etc/c.yaml:1): is not run: other users of this host can write in /etc/c.yaml; run chmod go-w /etc/c.yaml`,
		}},
		"in a folder for all to write": {0o600, 0o777, []string{
			`odoo.password_command = "show" (/etc/c.yaml:1): is not run: other users of this host can write in /etc; run chmod go-w /etc`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			files := memory{fstest.MapFS{
				"etc": {Mode: fs.ModeDir | c.folder}, "etc/c.yaml": {Data: []byte("odoo: {password_command: show}"), Mode: c.file},
			}}
			ran := &commands{prints: map[string]string{"show": "hunter2"}}
			s := config.Load(config.Options{Path: "/etc/c.yaml", Environ: home(), Files: files, User: hostfile.User{ID: 1000, Group: 1000}, Run: ran.run})
			assert.Equal(t, c.want, shown(problems(s)))
			_, err := s.Connection()
			require.Error(t, err, "the rest is missing")
			assert.Equal(t, len(c.want) == 0, len(ran.ran) == 1)
		})
	}
}
