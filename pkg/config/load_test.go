package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// memory is a file system of absolute names.
type memory struct{ files fstest.MapFS }

var _ config.Files = memory{}

func (m memory) ReadFile(name string) ([]byte, error) {
	return m.files.ReadFile(strings.TrimPrefix(name, "/"))
}

func (m memory) Stat(name string) (fs.FileInfo, error) {
	return m.files.Stat(strings.TrimPrefix(name, "/"))
}

func (m memory) ReadDir(name string) ([]fs.DirEntry, error) {
	return m.files.ReadDir(strings.TrimPrefix(name, "/"))
}

// with makes a file system of pairs of name and content.
func with(pairs ...string) memory {
	m := memory{fstest.MapFS{}}
	for i := 0; i < len(pairs); i += 2 {
		m.files[strings.TrimPrefix(pairs[i], "/")] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: 0o600}
	}
	return m
}

// home is an environment with a home folder and more.
func home(variables ...string) []string { return append([]string{"HOME=/home/bob"}, variables...) }

// load reads one file and an environment.
func load(yaml string, variables ...string) *config.Settings {
	return config.Load(config.Options{
		Path: "/c.yaml", Environ: home(variables...), Files: with("/c.yaml", yaml),
	})
}

// problems returns what is wrong with the values that were found.
func problems(s *config.Settings) []config.Problem {
	_, err := s.Config(0)
	if all, ok := errors.AsType[*config.ProblemsError](err); ok {
		return all.Problems
	}
	return nil
}

// shown is what a person sees of problems.
func shown(problems []config.Problem) []string {
	lines := []string{}
	for _, p := range problems {
		lines = append(lines, p.Error())
	}
	return lines
}

// value is the text and the place of one setting.
func value(t *testing.T, s *config.Settings, name string) string {
	t.Helper()
	v, err := s.Value(name)
	require.NoError(t, err)
	return v.String() + " from " + v.Source.String()
}

func TestAFileIsBlankThatSetsNothing(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                    true,
		"# odoo:\n":                           true,
		"state_dir: /var/lib/crm-tool\n":      true,
		"odoo:\n  url: https://example.com\n": false,
		"odoo:\n  password: secret\n":         false,
		"odo:\n  url: https://example.com\n":  false, // a mistyped name
		"odoo: [\n":                           false,
	} {
		assert.Equal(t, want, load(text).IsBlank(), text)
	}
}

func TestLoadFindsTheFile(t *testing.T) {
	const xdg, user, system = "/xdg/crm-tool/config.yaml", "/home/bob/.config/crm-tool/config.yaml", "/etc/crm-tool/config.yaml"
	for _, c := range []struct {
		name    string
		flag    string
		environ []string
		files   []string
		path    string
		exists  bool
	}{
		{
			"the flag wins over everything",
			"/flag.yaml", home("CRM_TOOL_CONFIG=/env.yaml", "XDG_CONFIG_HOME=/xdg"),
			[]string{"/flag.yaml", "/env.yaml", xdg, user, system},
			"/flag.yaml", true,
		},
		{
			"the variable wins over the usual places",
			"", home("CRM_TOOL_CONFIG=/env.yaml", "XDG_CONFIG_HOME=/xdg"),
			[]string{"/env.yaml", xdg, system},
			"/env.yaml", true,
		},
		{"the user's file wins over the system's", "", home("XDG_CONFIG_HOME=/xdg"), []string{xdg, user, system}, xdg, true},
		{"the home folder serves without XDG_CONFIG_HOME", "", home(), []string{user, system}, user, true},
		{"a relative XDG_CONFIG_HOME is ignored", "", home("XDG_CONFIG_HOME=xdg"), []string{"/xdg/crm-tool/config.yaml", user}, user, true},
		{"an empty variable names no file", "", home("CRM_TOOL_CONFIG="), []string{user}, user, true},
		{"the system's file is the last", "", home("XDG_CONFIG_HOME=/xdg"), []string{system}, system, true},
		{"without a file the user's would be made", "", home("XDG_CONFIG_HOME=/xdg"), nil, xdg, false},
		{"without a home the system's would be made", "", nil, nil, system, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := with()
			for _, name := range c.files {
				files.files[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Data: []byte("odoo:\n  user: " + name), Mode: 0o600}
			}
			s := config.Load(config.Options{Path: c.flag, Environ: c.environ, Files: files})
			path, exists := s.Path()
			assert.Equal(t, c.path, path)
			assert.Equal(t, c.exists, exists)
			assert.Empty(t, shown(problems(s)))
			if c.exists {
				assert.Equal(t, c.path+" from "+c.path+":2", value(t, s, "odoo.user"))
			}
		})
	}
	t.Run("one that was asked for must exist", func(t *testing.T) {
		s := config.Load(config.Options{Path: "/flag.yaml", Environ: home(), Files: with()})
		assert.Equal(t, []string{"/flag.yaml: cannot be read: file does not exist"}, shown(problems(s)))
	})
	t.Run("one that cannot be read does not give way to the next", func(t *testing.T) {
		files := with("/etc/crm-tool/config.yaml", "", "/home/bob/.config/crm-tool/config.yaml/x", "")
		s := config.Load(config.Options{Environ: home(), Files: files})
		assert.Equal(t, []string{"/home/bob/.config/crm-tool/config.yaml: cannot be read: invalid argument"}, shown(problems(s)))
	})
}

func TestLoadOrdersItsSources(t *testing.T) {
	shared := map[string]string{"guard.max_records": "4"}
	const file, variable = "guard:\n  max_records: 3\n", "CRM_TOOL_GUARD_MAX_RECORDS=2"

	assert.Equal(t, "200 from default", value(t, load(""), "guard.max_records"))
	assert.Equal(t, "4 from Odoo", value(t, load("").WithShared(shared), "guard.max_records"))
	assert.Equal(t, "3 from /c.yaml:2", value(t, load(file).WithShared(shared), "guard.max_records"))
	assert.Equal(t, "2 from CRM_TOOL_GUARD_MAX_RECORDS", value(t, load(file, variable).WithShared(shared), "guard.max_records"))

	t.Run("what is empty says nothing", func(t *testing.T) {
		s := load("mail: {language: ''}", "CRM_TOOL_MAIL_LANGUAGE=")
		assert.Equal(t, "fr from Odoo", value(t, s.WithShared(map[string]string{"mail.language": "fr"}), "mail.language"))
		assert.Empty(t, shown(problems(s)))
	})
	t.Run("of two variables of one name the first counts", func(t *testing.T) {
		s := load("", "CRM_TOOL_SMTP_PORT=25", "CRM_TOOL_SMTP_PORT=26")
		assert.Equal(t, "25 from CRM_TOOL_SMTP_PORT", value(t, s, "smtp.port"))
	})
}

func TestLoadReadsTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		name     string
		variable string
		problems []string
	}{
		{"a mistyped name", "CRM_TOOL_SMPT_HOST=x", []string{"CRM_TOOL_SMPT_HOST: unknown setting; did you mean CRM_TOOL_SMTP_HOST?"}},
		{"a mistyped last word", "CRM_TOOL_SMTP_HSOT=x", []string{"CRM_TOOL_SMTP_HSOT: unknown setting; did you mean CRM_TOOL_SMTP_HOST?"}},
		{"an unknown setting of a section", "CRM_TOOL_SMTP_HELO_AS=x", []string{"CRM_TOOL_SMTP_HELO_AS: unknown setting"}},
		{"a mistyped name set to nothing", "CRM_TOOL_SMPT_HOST=", []string{"CRM_TOOL_SMPT_HOST: unknown setting; did you mean CRM_TOOL_SMTP_HOST?"}},
		{"a bad value", "CRM_TOOL_SMTP_PORT=x", []string{`smtp.port = "x" (CRM_TOOL_SMTP_PORT): is not a whole number`}},
		{"an empty value counts as not set", "CRM_TOOL_SMTP_PORT=", []string{}},
		{"an empty switch is a problem", "CRM_TOOL_REMINDERS_ENABLED=", []string{"reminders.enabled (CRM_TOOL_REMINDERS_ENABLED): has no value"}},
		{"the file's name is no setting", "CRM_TOOL_CONFIG=/c.yaml", []string{}},
		{"the number of shards is no setting", "CRM_TOOL_SHARDS=3", []string{}},
		{"what tests use is no setting", "CRM_TOOL_TEST_ODOO_URL=x", []string{}},
		{"a wrapper's variable is no setting", "CRM_TOOL_VERSION=1.2.3", []string{}},
		{"a service of Kubernetes is no setting", "CRM_TOOL_SMTP_SERVICE_HOST=10.0.0.1", []string{}},
		{"a port of Kubernetes is no setting", "CRM_TOOL_ODOO_PORT_8069_TCP_ADDR=10.0.0.1", []string{}},
		{"another program's variable is no setting", "SMTP_HOST=x", []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.problems, shown(problems(load("", c.variable))))
		})
	}
	t.Run("every key has a variable", func(t *testing.T) {
		for _, k := range config.Keys() {
			s := load("", k.Env()+"=\x01")
			assert.Equal(t, k.Name, problems(s)[0].Key)
			assert.Equal(t, k.Env(), problems(s)[0].Place)
		}
	})
}

func TestLoadReadsSecretsFromFiles(t *testing.T) {
	password := func(s *config.Settings) string {
		c, _ := s.Config(0)
		return c.Odoo.Password.Reveal()
	}
	load := func(yaml string, files memory, variables ...string) *config.Settings {
		files.files["etc/c.yaml"] = &fstest.MapFile{Data: []byte(yaml), Mode: 0o600}
		return config.Load(config.Options{Path: "/etc/c.yaml", Environ: home(variables...), Files: files})
	}
	t.Run("without the newline at the end", func(t *testing.T) {
		for content, want := range map[string]string{"hunter2": "hunter2", "hunter2\n": "hunter2", "hunter2\r\n": "hunter2", " a b \n": " a b "} {
			s := load("odoo: {password_file: /key}", with("/key", content))
			assert.Empty(t, shown(problems(s)))
			assert.Equal(t, want, password(s))
		}
	})
	t.Run("a relative one lies beside the file that names it", func(t *testing.T) {
		s := load("odoo: {password_file: keys/odoo}", with("/etc/keys/odoo", "hunter2"))
		assert.Empty(t, shown(problems(s)))
		assert.Equal(t, "hunter2", password(s))
		assert.Equal(t, "keys/odoo from /etc/c.yaml:1", value(t, s, "odoo.password_file"))
	})
	t.Run("a relative one from a variable counts from the working folder", func(t *testing.T) {
		s := load("", with("keys/odoo", "hunter2"), "CRM_TOOL_ODOO_PASSWORD_FILE=keys/odoo")
		assert.Equal(t, "hunter2", password(s))
	})
	for _, c := range []struct{ name, content, want string }{
		{"an empty one", "\n", "is empty"},
		{"one with two lines", "hunter2\nhunter3\n", "its content must be one line"},
		{"one with binary data", "hunter2\x00", "its content has a NUL byte: the file is damaged, or is no text"},
		{"one with a byte order mark", "\ufeffhunter2\n", "its content begins with a byte order mark (BOM): save it as UTF-8 without one"},
		{"one in UTF-16", "\xff\xfeh\x00\n\x00", "its content is UTF-16 text: save it as UTF-8"},
		{"one that is not UTF-8", "hunter2\xff", "its content is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252"},
	} {
		t.Run(c.name+" is a problem", func(t *testing.T) {
			s := load("odoo:\n  password_file: /key", with("/key", c.content))
			assert.Equal(t, []string{`odoo.password_file = "/key" (/etc/c.yaml:2): ` + c.want}, shown(problems(s)))
		})
	}
	t.Run("a missing one is a problem", func(t *testing.T) {
		s := load("odoo: {password_file: /key}", with())
		assert.Equal(t, []string{`odoo.password_file = "/key" (/etc/c.yaml:1): cannot be read: file does not exist`}, shown(problems(s)))
	})
	t.Run("one beside the secret itself is a problem", func(t *testing.T) {
		s := load("odoo:\n  password: hunter2\n  password_file: /key", with("/key", "hunter3"))
		assert.Equal(t, []string{
			`odoo.password_file = "/key" (/etc/c.yaml:3): cannot be set together with odoo.password: remove one of them`,
		}, shown(problems(s)))
	})
	t.Run("a secret overrides the file that a lower place names", func(t *testing.T) {
		s := load("odoo: {password_file: /gone}", with(), "CRM_TOOL_ODOO_PASSWORD=hunter2")
		assert.Empty(t, shown(problems(s)))
		assert.Equal(t, "hunter2", password(s))
		assert.Equal(t, " from default", value(t, s, "odoo.password_file"))
	})
	t.Run("a file overrides the secret in a lower place", func(t *testing.T) {
		s := load("odoo: {password: hunter2}", with("/key", "hunter3"), "CRM_TOOL_ODOO_PASSWORD_FILE=/key")
		assert.Empty(t, shown(problems(s)))
		assert.Equal(t, "hunter3", password(s))
		assert.Equal(t, " from default", value(t, s, "odoo.password"))
	})
}

func TestLoadChecksPaths(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	write("broken.pem", "-----BEGIN CERTIFICATE-----\n")
	write("ca.pem", certificate(t))
	write("c.yaml", "odoo:\n  ca_file: gone.pem\nsmtp:\n  ca_file: broken.pem\ntemplates:\n  dir: ca.pem\n")
	load := func() *config.Settings {
		return config.Load(config.Options{Path: filepath.Join(dir, "c.yaml"), Environ: home(), Files: hostfile.Files{}})
	}
	assert.Equal(t, []string{
		`odoo.ca_file = "gone.pem" (` + dir + `/c.yaml:2): cannot be read: no such file or directory`,
		`smtp.ca_file = "broken.pem" (` + dir + `/c.yaml:4): contains no PEM certificate`,
		`templates.dir = "ca.pem" (` + dir + `/c.yaml:6): is not a folder`,
	}, shown(problems(load())))

	write("c.yaml", "templates:\n  dir: gone\n")
	assert.Equal(t, []string{
		`templates.dir = "gone" (` + dir + `/c.yaml:2): cannot be read: no such file or directory`,
	}, shown(problems(load())))

	write("c.yaml", "odoo: {ca_file: ca.pem}\nsmtp: {ca_file: ca.pem}\ntemplates: {dir: .}\nstate_dir: state\n")
	c, err := load().Config(0)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "ca.pem"), c.Odoo.CAFile)
	assert.Equal(t, filepath.Join(dir, "ca.pem"), c.SMTP.CAFile)
	assert.Equal(t, dir, c.Templates.Dir)
	assert.Equal(t, filepath.Join(dir, "state"), c.StateDir)
}

func TestLoadFindsTheStateFolder(t *testing.T) {
	for _, c := range []struct {
		name      string
		superuser bool
		yaml      string
		environ   []string
		want      string
		warnings  []string
	}{
		{"below XDG_STATE_HOME", false, "", home("XDG_STATE_HOME=/state"), "/state/crm-tool", []string{}},
		{"below the home folder", false, "", home(), "/home/bob/.local/state/crm-tool", []string{}},
		{"below /var/lib for root", true, "", home("XDG_STATE_HOME=/state"), "/var/lib/crm-tool", []string{}},
		{"where the file says", true, "state_dir: /srv/state", home(), "/srv/state", []string{}},
		{"in the usual place when the file says nothing", false, "state_dir: ''", home(), "/home/bob/.local/state/crm-tool", []string{}},
		{"nowhere when none is wanted", true, "state_dir: none", home(), "", []string{}},
		{"nowhere without a home, with a warning", false, "", nil, "", []string{
			`state_dir = "none" (default): there is no folder for locks and journals, because neither XDG_STATE_HOME nor HOME is set`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := config.Load(config.Options{
				Path: "/c.yaml", Environ: c.environ, Superuser: c.superuser, Files: with("/c.yaml", c.yaml),
			})
			got, err := s.Config(0)
			require.NoError(t, err)
			assert.Equal(t, c.want, got.StateDir)
			assert.Equal(t, c.warnings, shown(s.Warnings()))
		})
	}
}
