package config_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

func TestLoadWarnsOfReadableSecrets(t *testing.T) {
	for _, c := range []struct {
		name       string
		file, key  fs.FileMode
		yaml       string
		wantedKeys []string
	}{
		{"files for the owner alone are well", 0o600, 0o600, "odoo: {password: a}\nsmtp: {password_file: /key}", nil},
		{"files for a group are well", 0o640, 0o440, "odoo: {password: a}\nsmtp: {password_file: /key}", nil},
		{"a configuration for all is well without a secret", 0o644, 0o600, "smtp: {password_file: /key}", nil},
		{"a configuration for all with a secret", 0o644, 0o600, "odoo: {password: a}", []string{
			`odoo.password = "<redacted>" (/c.yaml:1): every user of this host can read it; run chmod o-rwx /c.yaml`,
		}},
		{"a secret's file for all", 0o600, 0o644, "smtp: {password_file: /key}", []string{
			`smtp.password_file = "/key" (/c.yaml:1): every user of this host can read it; run chmod o-rwx /key`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := memory{fstest.MapFS{
				"c.yaml": {Data: []byte(c.yaml), Mode: c.file},
				"key":    {Data: []byte("hunter2"), Mode: c.key},
			}}
			s := config.Load(config.Options{Path: "/c.yaml", Environ: home(), Files: files, User: hostfile.User{ID: 1000, Group: 1000}})
			assert.ElementsMatch(t, c.wantedKeys, shown(s.Warnings()))
		})
	}
}

func TestLoadWarnsOfFilesThatOthersCanChange(t *testing.T) {
	const yaml = "odoo: {password_file: /keys/key, ca_file: /keys/ca.pem}\nsmtp: {password_file: /keys/key}\ntemplates: {dir: /own}\n"
	host := func() memory {
		return memory{fstest.MapFS{
			"etc":                {Mode: fs.ModeDir | 0o755},
			"etc/c.yaml":         {Data: []byte(yaml), Mode: 0o644},
			"keys":               {Mode: fs.ModeDir | 0o755},
			"keys/key":           {Data: []byte("hunter2"), Mode: 0o600},
			"keys/ca.pem":        {Data: []byte(certificate(t)), Mode: 0o644},
			"own":                {Mode: fs.ModeDir | 0o755},
			"own/a.en.txt":       {Mode: 0o644},
			"own/texts":          {Mode: fs.ModeDir | 0o755},
			"own/texts/b.yaml":   {Mode: 0o644},
			"own/questionnaires": {Mode: fs.ModeDir | 0o755},
		}}
	}
	const (
		key = `odoo.password_file = "/keys/key" (/etc/c.yaml:1): other users of this host can `
		dir = `templates.dir = "/own" (/etc/c.yaml:3): other users of this host can `
	)
	for _, c := range []struct {
		path string
		mode fs.FileMode
		want string
	}{
		{"etc/c.yaml", 0o664, "/etc/c.yaml: other users of this host can change it; run chmod go-w /etc/c.yaml"},
		{"etc", fs.ModeDir | 0o777, "/etc/c.yaml: other users of this host can replace the files in /etc; run chmod go-w /etc"},
		{"etc", fs.ModeDir | fs.ModeSticky | 0o777, ""},
		{"keys/key", 0o620, key + "change it; run chmod go-w /keys/key"},
		{"keys", fs.ModeDir | 0o775, key + "replace the files in /keys; run chmod go-w /keys"},
		{"keys/ca.pem", 0o666, `odoo.ca_file = "/keys/ca.pem" (/etc/c.yaml:1): other users of this host can change it; run chmod go-w /keys/ca.pem`},
		{"own", fs.ModeDir | 0o777, dir + "change 1 of its files and folders, such as /own; run chmod -R go-w /own"},
		{"own/a.en.txt", 0o666, dir + "change 1 of its files and folders, such as /own/a.en.txt; run chmod -R go-w /own"},
		{"own/texts/b.yaml", 0o646, dir + "change 1 of its files and folders, such as /own/texts/b.yaml; run chmod -R go-w /own"},
		{"own/questionnaires", fs.ModeDir | 0o775, dir + "change 1 of its files and folders, such as /own/questionnaires; run chmod -R go-w /own"},
	} {
		files := host()
		files.files[c.path].Mode = c.mode
		s := config.Load(config.Options{Path: "/etc/c.yaml", Environ: home("CRM_TOOL_SMTP_USER=x"), Files: files})
		want := []string{}
		if c.want != "" {
			want = append(want, c.want)
		}
		assert.Equal(t, want, shown(s.Warnings()), c.path)
	}
}

// forbidden is a file system of root's, of which this user may read nothing.
type forbidden struct {
	memory
	asked *int
	err   error
}

func (f forbidden) ReadFile(name string) ([]byte, error) {
	*f.asked++
	return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
}

func TestAFileThatCannotBeReadIsOneProblem(t *testing.T) {
	asked := 0
	load := func(err error) *config.Settings {
		asked = 0
		return config.Load(config.Options{Path: "/etc/c.yaml", Environ: home("CRM_TOOL_ODOO_PASSWORD_FILE=/key"), Files: forbidden{with(), &asked, err}})
	}
	assert.Equal(t, []string{
		"/etc/c.yaml: cannot be read: permission denied",
		`odoo.password_file = "/key" (CRM_TOOL_ODOO_PASSWORD_FILE): cannot be read: permission denied`,
	}, shown(problems(load(fs.ErrPermission))))
	assert.Equal(t, 2, asked)
	assert.Equal(t, []string{
		"/etc/c.yaml: cannot be read: " + hostfile.ErrHangs.Error(),
		`odoo.password_file = "/key" (CRM_TOOL_ODOO_PASSWORD_FILE): cannot be read: ` + hostfile.ErrHangs.Error(),
	}, shown(problems(load(hostfile.ErrHangs))))
	assert.Equal(t, 1, asked, "a file system that hangs is waited for once")
}

func TestACertificateIsNoPipe(t *testing.T) {
	files := with()
	files.files["pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe | 0o600}
	s := config.Load(config.Options{Path: "/etc/c.yaml", Environ: home("CRM_TOOL_ODOO_CA_FILE=/pipe"), Files: files})
	assert.Contains(t, shown(problems(s)), `odoo.ca_file = "/pipe" (CRM_TOOL_ODOO_CA_FILE): is not a regular file`)
}
