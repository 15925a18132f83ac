package state_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestARunThatHoldsALockIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, err := state.Lock(dir, job, noon)
	require.NoError(t, err)
	held, err := state.Holders(dir)
	require.NoError(t, err)
	assert.Equal(t, []state.Holder{{File: state.LockFile(job), PID: os.Getpid(), Since: noon}}, held)
	release()
	held, err = state.Holders(dir)
	require.NoError(t, err)
	assert.Empty(t, held)
	release, err = state.Lock(dir, job, noon)
	require.NoError(t, err, "a look takes no lock")
	release()
}

func TestADamagedJournalIsNamed(t *testing.T) {
	t.Parallel()
	dir := died(t)
	right, damaged, err := state.CheckJournals(dir, time.Now())
	require.NoError(t, err)
	assert.Equal(t, 1, right)
	assert.Empty(t, damaged)
	require.NoError(t, os.WriteFile(journal(dir), []byte("nonsense\n"), 0o600))
	right, damaged, err = state.CheckJournals(dir, time.Now())
	require.NoError(t, err)
	assert.Equal(t, 1, right, "a run may just be writing it")
	assert.Empty(t, damaged)
	right, damaged, err = state.CheckJournals(dir, time.Now().Add(time.Minute))
	require.NoError(t, err)
	assert.Zero(t, right)
	require.Len(t, damaged, 1)
	assert.ErrorContains(t, damaged[0], journal(dir)+" is damaged: line 1: the checksum is wrong")
}

func TestAFolderThatDoesNotExistHasNeitherLocksNorJournals(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "none")
	held, err := state.Holders(dir)
	require.NoError(t, err)
	assert.Empty(t, held)
	right, damaged, err := state.CheckJournals(dir, noon)
	require.NoError(t, err)
	assert.Zero(t, right)
	assert.Empty(t, damaged)
	assert.NoDirExists(t, dir)
}
