package state_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestNothingButARegularFileOfOursIsOpened(t *testing.T) {
	t.Parallel()
	const precious = "precious\n"
	for kind, c := range map[string]struct {
		make  func(t *testing.T, path, other string)
		cause string
	}{
		"a link":           {func(t *testing.T, path, other string) { require.NoError(t, os.Symlink(other, path)) }, "it is a link: remove it"},
		"a link to itself": {func(t *testing.T, path, _ string) { require.NoError(t, os.Symlink(path, path)) }, "it is a link: remove it"},
		"a hard link":      {func(t *testing.T, path, other string) { require.NoError(t, os.Link(other, path)) }, "it has another name, too (a hard link): remove it"},
		"a pipe":           {func(t *testing.T, path, _ string) { require.NoError(t, syscall.Mkfifo(path, 0o600)) }, "it is no regular file: remove it"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir, other := t.TempDir(), filepath.Join(t.TempDir(), "other")
			require.NoError(t, os.WriteFile(other, []byte(precious), 0o600))
			lock, journal := filepath.Join(dir, state.LockFile(job)), filepath.Join(dir, state.JournalFile(job))

			c.make(t, lock, other)
			_, err := state.Lock(dir, job, noon)
			assert.EqualError(t, err, "use state_dir "+dir+": take the lock: open "+lock+": "+c.cause)
			require.NoError(t, os.Remove(lock))

			c.make(t, journal, other)
			_, err = state.OpenJournal(dir, job, "run", noon, quiet)
			assert.EqualError(t, err, "use state_dir "+dir+": open the journal: open "+journal+": "+c.cause)
			require.NoError(t, os.Remove(journal))

			// This one belongs to nobody: it is replaced.
			c.make(t, journal+".new", other)
			j, err := state.OpenJournal(dir, job, "run", noon, quiet)
			require.NoError(t, err)
			require.NoError(t, j.Begun(sent))
			require.NoError(t, j.Close())
			info, err := os.Lstat(journal)
			require.NoError(t, err)
			assert.True(t, info.Mode().IsRegular())

			content, err := os.ReadFile(other)
			require.NoError(t, err)
			assert.Equal(t, precious, string(content))
		})
	}
}

func TestWhatRootMakesBelongsToTheFoldersOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("this user is not root")
	}
	const owner, group = 54321, 54322
	home := t.TempDir()
	require.NoError(t, os.Chown(home, owner, group))
	dir := filepath.Join(home, "state", "crm-tool")
	for run := range 2 {
		release, err := state.Lock(dir, job, noon)
		require.NoError(t, err)
		j, err := state.OpenJournal(dir, job, fmt.Sprint("run", run), noon, quiet)
		require.NoError(t, err)
		require.NoError(t, j.Begun(sent))
		require.NoError(t, j.Close())
		release()
	}
	for _, path := range []string{
		filepath.Dir(dir), dir, filepath.Join(dir, state.LockFile(job)), filepath.Join(dir, state.JournalFile(job)),
	} {
		var s syscall.Stat_t
		require.NoError(t, syscall.Stat(path, &s))
		assert.Equal(t, [2]uint32{owner, group}, [2]uint32{s.Uid, s.Gid}, path)
	}

	// A file of a third user is not ours.
	lock := filepath.Join(dir, state.LockFile(job))
	require.NoError(t, os.Chown(lock, owner+2, group))
	_, err := state.Lock(dir, job, noon)
	var foreign *state.DirError
	require.ErrorAs(t, err, &foreign)
	assert.EqualError(t, err, "use state_dir "+dir+": take the lock: open "+lock+": it belongs to 54323")
	assert.Equal(t, "run it as the owner: sudo -u '#54323' crm-tool …", foreign.Hint())
}

func TestAFolderOfSomebodyElseIsExplained(t *testing.T) {
	t.Parallel()
	const somebody = 54321
	mine := uint32(os.Geteuid())
	dir := t.TempDir()
	file := filepath.Join(dir, "remind.lock")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	refused := func(dir, path string, err error) *state.DirError {
		return &state.DirError{Dir: dir, Err: fmt.Errorf("take the lock: %w", &os.PathError{Op: "open", Path: path, Err: err})}
	}
	for name, c := range map[string]struct {
		err  *state.DirError
		user uint32
		want string
	}{
		"root's folder": {
			refused("/", "/remind.lock", syscall.EACCES), somebody,
			"^it belongs to root: if it is for crm-tool alone, sudo chown -R 54321 /; else set state_dir to a folder",
		},
		"a file of another user in a folder of one's own": {
			refused(dir, "/etc/passwd", syscall.EACCES), mine, "^(it belongs to root, as after a run with sudo: sudo chown -R [^ ]+ " + dir + "|set state_dir .*)$",
		},
		"a full disk":    {refused(dir, file, syscall.ENOSPC), somebody, "^set state_dir to a folder that this user can write to"},
		"one's own file": {refused(dir, file, syscall.EACCES), mine, "^set state_dir to a folder that this user can write to"},
	} {
		assert.Regexp(t, c.want, state.Advice(c.err, c.user), name)
	}
	if mine != 0 {
		return
	}
	// Only root can give files away.
	require.NoError(t, os.Chown(dir, somebody, somebody))
	assert.Equal(t, "it belongs to root, as after a run with sudo: sudo chown -R 54321 "+dir, state.Advice(refused(dir, file, syscall.EACCES), somebody))
	assert.Regexp(t, `^it belongs to 54321: run it as that user \(sudo -u '#54321' crm-tool …\), or set state_dir to a folder`,
		state.Advice(refused(dir, file, syscall.EACCES), somebody+1))
}

func TestAFolderThatHangsStopsNoRunFromEnding(t *testing.T) {
	t.Parallel()
	require.Less(t, state.Patience, 10*time.Second, "a signal ends a run within ten seconds")
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		dir := t.TempDir()
		j := open(t, dir, "run")
		require.NoError(t, j.Begun(sent))
		j.Hang(release)
		start := time.Now()
		j.Ended(sent, true)
		// The mail would be taken for one that was never begun.
		err := j.Begun(inHand)
		assert.EqualError(t, err, "use state_dir "+dir+": note a mail before it is sent: "+hostfile.ErrHangs.Error())
		require.NoError(t, j.Close())
		assert.Equal(t, state.NotePatience, time.Since(start), "no later call waits again")
		close(release)
	})
}
