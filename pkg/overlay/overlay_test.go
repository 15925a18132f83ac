package overlay_test

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

// filesIn returns the paths of all files, each of which can be read.
func filesIn(t *testing.T, both overlay.FS) []string {
	t.Helper()
	var names []string
	require.NoError(t, fs.WalkDir(both, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		names = append(names, name)
		_, err = fs.ReadFile(both, name)
		return err
	}))
	return names
}

func TestAUsersFilesReplaceBuiltInOnesOneByOne(t *testing.T) {
	t.Parallel()
	both := overlay.New(
		files("own", "a", "sub/b", "new/c", "d/not-a-file"),
		files("built-in", "a", "b", "sub/a", "sub/b", "d"),
	)
	assert.Equal(t, []string{"a", "b", "d", "new/c", "sub/a", "sub/b"}, filesIn(t, both))
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
		assert.Equal(t, []string{"a", "sub/b"}, filesIn(t, both), name)
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

func TestFilesAreListedByTheirNames(t *testing.T) {
	t.Parallel()
	both := overlay.New(files("own", "sub/b.en", "sub/c.fr", "sub/readme", "sub/d.en/x"), files("built-in", "sub/a.en", "sub/b.en"))
	parse := func(base string) (name, lang string, ok bool) { return strings.Cut(base, ".") }
	got, err := both.List("sub", parse)
	require.NoError(t, err)
	assert.Equal(t, []overlay.File{
		{Path: "sub/a.en", Name: "a", Language: "en"},
		{Path: "sub/b.en", Name: "b", Language: "en", Own: true},
		{Path: "sub/c.fr", Name: "c", Language: "fr", Own: true},
	}, got)
	got, err = both.List("missing", parse)
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestATextIsReadWithoutWhatEditorsLeave(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ raw, text, fault string }{
		"a text":                       {"a\nb\n", "a\nb\n", ""},
		"from another system":          {"\ufeffa\r\nb\r\n", "a\nb\n", ""},
		"as large as may be":           {strings.Repeat("x", 256<<10), strings.Repeat("x", 256<<10), ""},
		"too large":                    {strings.Repeat("x", 256<<10+1), "", "is larger than 256 KiB"},
		"in another encoding":          {"caf\xe9", "", "line 1: is not UTF-8 text: save the file as UTF-8, not as Latin-1 or Windows-1252"},
		"with blanks and nothing else": {" \n", "", "is empty"},
	} {
		text, err := overlay.ReadText(files(c.raw, "a"), "a")
		assert.Equal(t, c.text, text, name)
		if c.fault != "" {
			assert.EqualError(t, err, c.fault, name)
		} else {
			assert.NoError(t, err, name)
		}
	}
	_, err := overlay.ReadText(fstest.MapFS{}, "a")
	assert.EqualError(t, err, "read: file does not exist")
}

func TestFaultsAreSortedAndEachIsSaidOnce(t *testing.T) {
	t.Parallel()
	var first, second overlay.Faults
	assert.NoError(t, overlay.Join(first.Err(), nil))
	first.Add("b", 2, errors.New("x"))
	first.Add("b", 10, errors.New("x"))
	first.Add("b", 2, errors.New("x"))
	second.Add("b", 2, errors.New("x"))
	second.Add("a", 0, errors.New("y"))
	assert.EqualError(t, first.Err(), "b, line 2: x\nb, line 10: x")
	err := overlay.Join(first.Err(), fs.ErrPermission, second.Err())
	assert.EqualError(t, err, "permission denied\na: y\nb, line 2: x\nb, line 10: x")
	assert.ErrorIs(t, err, fs.ErrPermission)
}
