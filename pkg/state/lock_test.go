package state_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestOneRunOfAJobGoesAtATime(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "as", "needed")
	release, err := state.Lock(dir, job, noon)
	require.NoError(t, err)
	_, err = state.Lock(dir, job, noon)
	assert.EqualError(t, err, fmt.Sprintf(
		"a remind run for this Odoo is under way on this host (process %d, since 2026-11-23T12:00:00Z)", os.Getpid()))

	for name, other := range map[string]state.Job{
		"command": {Command: "feedback send", Instance: job.Instance, Shard: job.Shard},
		"Odoo":    {Command: job.Command, Instance: "https://odoo.example.com copy", Shard: job.Shard},
		"shard":   {Command: job.Command, Instance: job.Instance, Shard: "1/4"},
	} {
		free, err := state.Lock(dir, other, noon)
		require.NoError(t, err, "another %s", name)
		free()
	}
	release()
	release, err = state.Lock(dir, job, noon)
	require.NoError(t, err)
	release()
}

func TestAChildProcessKeepsNoLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, err := state.Lock(dir, job, noon)
	require.NoError(t, err)
	inherited := duplicate(t, filepath.Join(dir, state.LockFile(job)))
	journal := open(t, dir, "run1")
	noted := duplicate(t, filepath.Join(dir, state.JournalFile(job)))
	release()
	require.NoError(t, journal.Close())

	release, err = state.Lock(dir, job, noon)
	require.NoError(t, err)
	release()
	require.NoError(t, open(t, dir, "run2").Close())
	require.NoError(t, errors.Join(syscall.Close(inherited), syscall.Close(noted)))
}

// duplicate returns another descriptor of an open file of this process, as a child has
// that was forked.
func duplicate(t *testing.T, path string) int {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	for _, d := range descriptors {
		if target, err := os.Readlink("/proc/self/fd/" + d.Name()); err != nil || target != path {
			continue
		}
		fd, err := strconv.Atoi(d.Name())
		require.NoError(t, err)
		fd, err = syscall.Dup(fd)
		require.NoError(t, err)
		return fd
	}
	t.Fatalf("%s is not open", path)
	return 0
}

func TestALockNamesNobodyWhoIsDead(t *testing.T) {
	t.Parallel()
	dead := exec.Command("true")
	require.NoError(t, dead.Run())
	for name, text := range map[string]string{
		"the last holder, who is dead": fmt.Sprintf(`{"pid":%d,"since":"2026-11-22T12:00:00Z"}`, dead.Process.Pid),
		"half a text":                  `{"pid":1,"sin`,
		"no text":                      "",
		"no process":                   `{"pid":-1,"since":"2026-11-22T12:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, state.LockFile(job))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			// The new holder has not written its own text yet.
			holder, err := os.Open(path)
			require.NoError(t, err)
			require.NoError(t, syscall.Flock(int(holder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
			_, err = state.Lock(dir, job, noon)
			require.EqualError(t, err, "a remind run for this Odoo is under way on this host (another process)")
			require.NoError(t, holder.Close())
			release, err := state.Lock(dir, job, noon)
			require.NoError(t, err, "its text locks nothing")
			release()
		})
	}
}

func TestAFolderThatIsOfNoUseIsNamedWithTheCure(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	locked := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(locked, state.LockFile(job)), 0o700))
	noted := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(noted, state.JournalFile(job)), 0o700))
	_, inFile := state.Lock(filepath.Join(file, "x"), job, noon)
	_, inDir := state.Lock(locked, job, noon)
	_, inJournal := state.OpenJournal(noted, job, "run", noon, quiet)
	for name, err := range map[string]error{file: inFile, locked: inDir, noted: inJournal} {
		var useless *state.DirError
		require.ErrorAs(t, err, &useless)
		assert.Contains(t, err.Error(), "use state_dir "+name)
		assert.Equal(t, "set state_dir to a folder that this user can write to, or to none to do without lock and journal", useless.Hint())
	}
}

func TestItIsKnownWhetherARunIsUnderWay(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	own := state.Job{Command: "config rotate-key", Instance: job.Instance}
	require.NoError(t, state.Running(dir, own), "a folder that does not exist yet")
	release, err := state.Lock(dir, state.Job{Command: "feedback send", Instance: job.Instance, Shard: "1/4"}, noon)
	require.NoError(t, err)
	releaseOwn, err := state.Lock(dir, own, noon)
	require.NoError(t, err)
	defer releaseOwn()
	err = state.Running(dir, own)
	require.EqualError(t, err, fmt.Sprintf(
		"a feedback send run for this Odoo is under way on this host (process %d, since 2026-11-23T12:00:00Z)", os.Getpid()))
	release()
	require.NoError(t, state.Running(dir, own), "its own lock is none")
	require.Error(t, state.Running(dir, state.Job{Command: "remind"}))

	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "remind-0123456789ab.lock")))
	wrong := state.Running(dir, own)
	_, isDir := errors.AsType[*state.DirError](wrong)
	assert.True(t, isDir, "%v", wrong)
}
