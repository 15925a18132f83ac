package state_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/state"
)

func TestATextIsSavedForLaterRuns(t *testing.T) {
	t.Parallel()
	s := state.Saved{Dir: filepath.Join(t.TempDir(), "state"), Name: "token"}
	text, err := s.Load()
	require.NoError(t, err)
	assert.Empty(t, text)
	for _, next := range []string{"first", "second, which is longer", "third"} {
		require.NoError(t, s.Save([]byte(next)))
		text, err := s.Load()
		require.NoError(t, err)
		assert.Equal(t, next, string(text))
	}
	info, err := os.Stat(filepath.Join(s.Dir, s.Name))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	files, err := os.ReadDir(s.Dir)
	require.NoError(t, err)
	assert.Len(t, files, 1, "nothing is left over")

	require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "token.new"), []byte("torn"), 0o600))
	require.NoError(t, s.Save([]byte("fourth")), "a run that died may have left its file")
}

func TestATextIsKeptInNoFileOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := state.Saved{Dir: dir, Name: "token"}
	elsewhere := filepath.Join(dir, "elsewhere")
	require.NoError(t, os.WriteFile(elsewhere, []byte("theirs"), 0o600))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, "token")))
	_, err := s.Load()
	var e *state.DirError
	require.ErrorAs(t, err, &e)
	assert.EqualError(t, err, "use state_dir "+dir+": keep token: open "+dir+"/token: it is a link: remove it")

	require.NoError(t, s.Save([]byte("ours")), "the link is replaced, and not followed")
	text, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	assert.Equal(t, "theirs", string(text))
}

func TestATextIsLocked(t *testing.T) {
	t.Parallel()
	s := state.Saved{Dir: t.TempDir(), Name: "token"}
	release, err := s.Lock(t.Context())
	require.NoError(t, err)
	got := make(chan error)
	go func() {
		again, err := s.Lock(t.Context())
		if err == nil {
			again()
		}
		got <- err
	}()
	select {
	case err := <-got:
		require.NoError(t, err)
		t.Error("two have the lock")
	case <-time.After(20 * time.Millisecond):
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = s.Lock(short)
	require.Error(t, err, "nobody waits for ever")
	release()
	require.NoError(t, <-got)
}
