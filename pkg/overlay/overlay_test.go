package overlay_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/overlay"
)

// files makes a file system in which every file holds the text.
func files(text string, names ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, name := range names {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestAUsersFilesReplaceBuiltInOnesOneByOne(t *testing.T) {
	t.Parallel()
	both := overlay.New(
		files("own", "a", "sub/b", "new/c", "d/not-a-file"),
		files("built-in", "a", "b", "sub/a", "sub/b", "d"),
	)
	require.NoError(t, fstest.TestFS(both, "a", "b", "sub/a", "sub/b", "new/c", "d"))
	for name, want := range map[string]string{
		"a": "own", "b": "built-in", "sub/a": "built-in", "sub/b": "own", "d": "built-in",
	} {
		got, err := fs.ReadFile(both, name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), name)
		assert.Equal(t, want == "own", both.Own(name), name)
	}
	assert.False(t, both.Own("sub"), "a folder is shown for both")
	assert.False(t, both.Own("missing"))
}

func TestWithoutFilesOfTheirOwnAUserHasTheBuiltInOnes(t *testing.T) {
	t.Parallel()
	builtin := files("x", "a", "sub/b")
	for name, own := range map[string]fs.FS{"no folder": nil, "an empty folder": fstest.MapFS{}} {
		both := overlay.New(own, builtin)
		require.NoError(t, fstest.TestFS(both, "a", "sub/b"), name)
		assert.False(t, both.Own("a"), name)
	}
}

func TestTheUsersFolderMustBeThere(t *testing.T) {
	t.Parallel()
	both := overlay.New(os.DirFS(filepath.Join(t.TempDir(), "missing")), files("x", "a"))
	_, err := fs.ReadDir(both, ".")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = fs.ReadDir(overlay.New(nil, files("x", "a")), "sub")
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

func TestAUsersFileThatCannotBeReadIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "a")))
	_, err := fs.ReadFile(overlay.New(os.DirFS(dir), files("x", "a")), "a")
	assert.ErrorIs(t, err, fs.ErrNotExist)
}
