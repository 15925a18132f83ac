package state_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestAFolderIsTriedWithoutATrace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "a", "b")
	require.NoError(t, state.Usable(missing), "it can be made")
	assert.NoDirExists(t, filepath.Join(dir, "a"))
	require.NoError(t, state.Usable(dir))

	release, err := state.Lock(dir, job, noon)
	require.NoError(t, err)
	defer release()
	require.NoError(t, state.Usable(dir), "also while a run holds the lock")
	_, err = state.Lock(dir, job, noon)
	assert.ErrorAs(t, err, new(*state.LockedError), "which it keeps")

	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.EqualError(t, state.Usable(file), "use state_dir "+file+": write to "+file+": not a directory")
	require.EqualError(t, state.Usable(filepath.Join(file, "b")), "use state_dir "+filepath.Join(file, "b")+": write to "+filepath.Join(file, "b")+": not a directory")

	journal := filepath.Join(dir, state.JournalFile(job))
	require.NoError(t, os.Symlink(file, journal))
	assert.EqualError(t, state.Usable(dir), "use state_dir "+dir+": open "+journal+": it is a link: remove it")
}
