package hostfile_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

func TestAFileHasALimit(t *testing.T) {
	t.Parallel()
	_, err := hostfile.Files{}.ReadFile("/dev/zero")
	require.EqualError(t, err, "read /dev/zero: larger than 1 MiB")
}

func TestAPipeIsReadAsAFile(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte("secret\n"), 0o600) }()
	content, err := hostfile.Files{}.ReadFile(pipe)
	require.NoError(t, err)
	require.NoError(t, <-written)
	assert.Equal(t, "secret\n", string(content))
}

func TestNothingIsWaitedForInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		start := time.Now()
		_, err := hostfile.Within(hostfile.Patience, func() (int, error) { <-release; return 1, nil })
		require.ErrorIs(t, err, hostfile.ErrHangs)
		assert.Less(t, time.Since(start), 10*time.Second, "a signal ends a run within ten seconds")
		close(release)
		got, err := hostfile.Within(hostfile.Patience, func() (int, error) { return 1, fs.ErrExist })
		require.ErrorIs(t, err, fs.ErrExist)
		assert.Equal(t, 1, got)
	})
}

func TestAFolderHasFilesAndFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "texts"), 0o700))
	for _, name := range []string{"a.txt", "texts/b.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	require.NoError(t, os.Symlink("a.txt", filepath.Join(dir, "link.txt")))
	folder := hostfile.Folder(dir)
	content, err := fs.ReadFile(folder, "link.txt")
	require.NoError(t, err)
	assert.Equal(t, "a.txt", string(content), "links are followed, as Kubernetes makes them")
	require.NoError(t, os.Remove(filepath.Join(dir, "link.txt")))
	require.NoError(t, fstest.TestFS(folder, "a.txt", "texts/b.yaml"))

	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.txt"), 0o600))
	_, err = fs.ReadFile(folder, "pipe.txt")
	require.ErrorIs(t, err, hostfile.ErrNotRegular)
	_, err = fs.ReadFile(folder, "absent.txt")
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = folder.Open("../x")
	require.ErrorIs(t, err, fs.ErrInvalid)
}
