package scenario_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

const (
	// rootVariable names the folder with the system's files of a site.
	rootVariable = "SCENARIO_ROOT"
	systemConfig = "/etc/crm-tool/"
	userConfig   = "home/.config/crm-tool/config.yaml"
)

// systemFiles are the host's files, except for the configuration of the whole
// system: a site has its own, below root. So it does not matter what the host
// that runs the tests has there.
type systemFiles struct {
	hostfile.Files

	root string
}

var _ config.Files = systemFiles{}

func (f systemFiles) path(name string) string {
	if strings.HasPrefix(name, systemConfig) {
		return filepath.Join(f.root, name)
	}
	return name
}

// ReadFile reads a file.
func (f systemFiles) ReadFile(name string) ([]byte, error) { return f.Files.ReadFile(f.path(name)) }

// Stat tells whether there is one.
func (f systemFiles) Stat(name string) (fs.FileInfo, error) { return f.Files.Stat(f.path(name)) }

// A user without a configuration file gets the system's, which is the site's
// and never that of the host that runs the tests.
func TestTheConfigurationOfThisHostDoesNotMatter(t *testing.T) {
	beside(t)
	dir := t.TempDir()
	s := newSiteOf(t, dir, served(t))
	require.NoError(t, os.Remove(filepath.Join(dir, userConfig)))
	s.pipeline(t, "client", 1, week)
	system := filepath.Join(dir, "root", systemConfig, "config.yaml")
	require.NoError(t, os.MkdirAll(filepath.Dir(system), 0o700))

	_, status := s.run(t, "remind", "--dry-run")
	require.Equal(t, 0, status, "there is none")
	require.NoError(t, os.WriteFile(system, []byte("reminders: {enabled: off}\n"), 0o600))
	d, status := s.run(t, "remind", "--dry-run")
	require.Equal(t, 0, status)
	require.Empty(t, d.Items, "it is read")
	require.NoError(t, os.WriteFile(system, []byte("reminders: [nonsense\n"), 0o600))
	d, status = s.run(t, "remind", "--dry-run")
	require.Equal(t, 78, status)
	require.Contains(t, d.Error.Message, systemConfig+"config.yaml")
}
