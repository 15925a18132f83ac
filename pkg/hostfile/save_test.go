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
