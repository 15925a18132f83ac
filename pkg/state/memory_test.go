package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestWhatWasRememberedIsRecalled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	text, err := state.Recall(dir, job)
	require.NoError(t, err)
	assert.Empty(t, text)
	for _, want := range []string{"a longer text", "short", ""} {
		require.NoError(t, state.Remember(dir, job, want))
		text, err = state.Recall(dir, job)
		require.NoError(t, err)
		assert.Equal(t, want, text)
	}
	other := job
	other.Command = "another"
	require.NoError(t, state.Remember(dir, other, "its own"))
	text, err = state.Recall(dir, job)
	require.NoError(t, err)
	assert.Empty(t, text)
}

func TestAFolderThatCannotBeUsedRemembersNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := state.Recall(file, job)
	for _, err := range []error{err, state.Remember(file, job, "x")} {
		_, ok := errors.AsType[*state.DirError](err)
		assert.True(t, ok)
	}
}
