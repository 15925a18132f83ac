package examples_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
)

//go:generate go test -run=^(TestTheConfigurationIsTheTemplateFilledIn|Test.*Generated)$ . -update

var update = flag.Bool("update", false, "write the examples that are generated")

const configFile = "config.yaml"

// configured are the settings that the example sets; it shows the others with
// their defaults.
func configured() map[string]string {
	return map[string]string{
		"odoo.url":           "https://odoo.example.com",
		"odoo.database":      "production",
		"odoo.user":          "crm-tool@example.com",
		"odoo.password_file": "/etc/crm-tool/odoo.key",
		"smtp.host":          "smtp.example.com",
		"smtp.user":          "crm-tool",
		"smtp.password_file": "/etc/crm-tool/smtp.password",
		"mail.from":          "Example Sales <sales@example.com>",
		"state_dir":          "/var/lib/crm-tool",
	}
}

func TestTheConfigurationIsTheTemplateFilledIn(t *testing.T) {
	want, err := configfile.Template(configured())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(configFile, []byte(want), 0o644))
	}
	got, err := os.ReadFile(configFile)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "make docs writes it anew")
}

func TestTheConfigurationShowsEverySetting(t *testing.T) {
	content, err := os.ReadFile(configFile)
	require.NoError(t, err)
	commented := regexp.MustCompile(`(?m)^( *)# ([a-z_]+: \S.*)$`)
	var tree map[string]any
	require.NoError(t, yaml.Unmarshal(commented.ReplaceAll(content, []byte("$1$2")), &tree))

	var got, want []string
	var walk func(prefix string, section map[string]any)
	walk = func(prefix string, section map[string]any) {
		for name, value := range section {
			if inner, ok := value.(map[string]any); ok {
				walk(prefix+name+".", inner)
			} else {
				got = append(got, prefix+name)
			}
		}
	}
	walk("", tree)
	for _, key := range config.Keys() {
		want = append(want, key.Name)
	}
	assert.ElementsMatch(t, want, got)
}

func TestTheConfigurationIsRight(t *testing.T) {
	content, err := os.ReadFile(configFile)
	require.NoError(t, err)
	settings := config.Load(config.Options{
		Environ: []string{"HOME=/nonexistent"},
		Files: host{
			"etc/crm-tool/config.yaml":   {Data: content, Mode: 0o640},
			"etc/crm-tool/odoo.key":      {Data: []byte("a key\n"), Mode: 0o640},
			"etc/crm-tool/smtp.password": {Data: []byte("a password\n"), Mode: 0o640},
		},
	})
	assert.Empty(t, settings.Warnings())
	_, err = settings.Config(config.NeedOdoo | config.NeedMail)
	require.NoError(t, err)

	set := map[string]string{}
	for _, value := range settings.List() {
		if value.Source.Layer == config.FromFile {
			set[value.Key.Name] = value.String()
		}
	}
	assert.Equal(t, configured(), set)
}

func TestTheConfigurationWorks(t *testing.T) {
	s := newServers(t)
	settings := map[string]string{config.PathEnv: configFile}
	status, output := s.run(settings, "config", "check", "--quiet")
	assert.Zero(t, status)
	assert.Empty(t, output)
	s.day(settings, [][]string{
		{"remind", "--quiet"}, {"archive", "--quiet"}, {"feedback", "collect", "--quiet"}, {"feedback", "send", "--quiet"},
	})
}

// host is the file system of another host.
type host fstest.MapFS

var _ config.Files = host{}

// ReadFile returns the content of a file.
func (h host) ReadFile(name string) ([]byte, error) {
	return fs.ReadFile(fstest.MapFS(h), h.path(name))
}

// ReadDir lists a folder.
func (h host) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(fstest.MapFS(h), h.path(name))
}

// Stat describes a file.
func (h host) Stat(name string) (fs.FileInfo, error) { return fs.Stat(fstest.MapFS(h), h.path(name)) }

func (host) path(name string) string {
	path, _ := filepath.Rel("/", name) // An absolute path always lies below the root.
	return path
}
