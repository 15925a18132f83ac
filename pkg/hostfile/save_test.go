package hostfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

func TestAWholeFileIsSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "odoo.key")
	require.NoError(t, hostfile.Save(path, []byte("a\n")))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode())
	require.NoError(t, os.Chmod(path, 0o640))
	require.NoError(t, hostfile.Save(path, []byte("b\n")))
	info, err = os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o640), info.Mode(), "an existing file keeps its mode")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "b\n", string(content))

	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.ErrorIs(t, hostfile.Save(pipe, []byte("c\n")), hostfile.ErrNotRegular)
}

func TestASecretIsReadByWhoeverReadsItsConfiguration(t *testing.T) {
	dir := t.TempDir()
	configuration := filepath.Join(dir, "config.yaml")
	mode := func(path string) fs.FileMode {
		require.NoError(t, hostfile.SaveBeside(configuration, path, []byte("a\n")))
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Mode()
	}
	secret := filepath.Join(dir, "odoo.key")
	assert.Equal(t, fs.FileMode(0o600), mode(secret), "without a configuration")
	require.NoError(t, os.WriteFile(configuration, nil, 0o600))
	require.NoError(t, os.Chmod(configuration, 0o644))
	assert.Equal(t, fs.FileMode(0o600), mode(secret), "an existing file keeps its mode")
	assert.Equal(t, fs.FileMode(0o640), mode(filepath.Join(dir, "smtp.password")), "not everybody")
}
