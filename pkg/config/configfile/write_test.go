package configfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/config/configfile"
)

// modeOf returns the permissions of a file or folder.
func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Mode().Perm()
}

func TestSetMakesAPrivateFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "config.yaml")
	require.NoError(t, configfile.Set(path, "odoo.password", "hunter2"))
	assert.Equal(t, "odoo:\n  password: hunter2\n", textOf(t, path))
	assert.Equal(t, fs.FileMode(0o600), modeOf(t, path))
	assert.Equal(t, fs.FileMode(0o700), modeOf(t, filepath.Join(dir, "a")))
	assert.Equal(t, fs.FileMode(0o700), modeOf(t, filepath.Join(dir, "a", "b")))
}

func TestSetKeepsTheMode(t *testing.T) {
	for _, mode := range []fs.FileMode{0o400, 0o600, 0o640, 0o664, 0o644} {
		path := fileOf(t, "smtp:\n  port: 25\n")
		require.NoError(t, os.Chmod(path, mode))
		require.NoError(t, configfile.Set(path, "smtp.port", "26"))
		assert.Equal(t, mode, modeOf(t, path))
		assert.Equal(t, "smtp:\n  port: 26\n", textOf(t, path))
	}
}

func TestSetKeepsTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := fileOf(t, "smtp:\n  port: 25\n")
	require.NoError(t, os.Chmod(path, 0o640))
	require.NoError(t, os.Chown(path, 4711, 4712))
	require.NoError(t, configfile.Set(path, "smtp.port", "26"))
	info, err := os.Stat(path)
	require.NoError(t, err)
	owner, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	assert.Equal(t, []uint32{4711, 4712}, []uint32{owner.Uid, owner.Gid})
	assert.Equal(t, fs.FileMode(0o640), info.Mode().Perm())
}

func TestSetFollowsLinks(t *testing.T) {
	path := fileOf(t, "smtp:\n  port: 25\n")
	links := t.TempDir()
	link, second := filepath.Join(links, "link.yaml"), filepath.Join(links, "second.yaml")
	require.NoError(t, os.Symlink(path, link))
	require.NoError(t, os.Symlink("link.yaml", second))
	require.NoError(t, configfile.Set(second, "smtp.port", "26"))
	assert.Equal(t, "smtp:\n  port: 26\n", textOf(t, path))
	target, err := os.Readlink(link)
	require.NoError(t, err)
	assert.Equal(t, path, target)

	t.Run("but not one that leads nowhere", func(t *testing.T) {
		require.NoError(t, os.Remove(path))
		require.ErrorIs(t, configfile.Set(link, "smtp.port", "26"), fs.ErrNotExist)
		assert.NoFileExists(t, path)
	})
}

func TestSetLeavesNothingBehind(t *testing.T) {
	entries := func(dir string) []string {
		var names []string
		found, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range found {
			names = append(names, e.Name())
		}
		return names
	}
	t.Run("after a change", func(t *testing.T) {
		path := fileOf(t, "smtp:\n  port: 25\n")
		require.NoError(t, configfile.Set(path, "smtp.port", "26"))
		assert.Equal(t, []string{"config.yaml"}, entries(filepath.Dir(path)))
	})
	t.Run("after a change that fails at its last step", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "config.yaml")
		require.NoError(t, os.Mkdir(path, 0o700))
		var refused *configfile.EditError
		require.ErrorAs(t, configfile.Set(path, "smtp.port", "26"), &refused)
		assert.Equal(t, &configfile.EditError{Place: path, Cause: "is not a regular file"}, refused)
		assert.Equal(t, []string{"config.yaml"}, entries(dir))
	})
	t.Run("where the folder cannot be made", func(t *testing.T) {
		path := fileOf(t, "")
		var failed *fs.PathError
		require.ErrorAs(t, configfile.Set(filepath.Join(path, "config.yaml"), "smtp.port", "26"), &failed)
		assert.Empty(t, textOf(t, path))
	})
}

func TestSetWritesOnlyChanges(t *testing.T) {
	path := fileOf(t, "smtp:\n  port: 25\n")
	before, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, configfile.Set(path, "smtp.port", "25"))
	found, err := configfile.Unset(path, "smtp.host")
	require.NoError(t, err)
	assert.False(t, found)
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "the file was not replaced")
}

func TestSetRefusesAHugeFile(t *testing.T) {
	path := fileOf(t, "#"+string(make([]byte, 1<<20)))
	require.ErrorContains(t, configfile.Set(path, "smtp.port", "25"), "larger than 1 MiB")
}
